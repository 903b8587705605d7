// Package stream delivers an organisation's records, in order and at least once, to the destinations its customers
// named. This file is the boundary: below it each destination knows how to send, above it one engine decides when.
package stream

import (
	"context"
	"errors"
	"time"
)

// Sink sends records to one destination of one data stream. Each destination is a folder of its own below this one.
type Sink interface {
	// Send delivers the records, in their order, framed as the destination wants them. It
	// returns how many of them, counted from the first, the destination has confirmed: all of them when err is nil,
	// and with an error those that must not be sent again. When ctx ends, its error comes back as it is; every other
	// error is a *Failure.
	//
	// Send is called by one goroutine at a time. When it returns, nothing reads the records any more.
	Send(ctx context.Context, records []Record) (confirmed int, err error)

	// Close frees what the sink holds. It is called once, not during a Send.
	Close()
}

// Record is a row of the log, encoded for its destination.
type Record struct {
	Kind int64 // UsageStream or EventStream
	Key  int64 // the endpoint it is about, else the organisation: destinations with partitions keep the order within a key
	Data []byte
}

// Failure says why records could not be delivered and what the engine may do about it.
type Failure struct {
	Text  string        // for the customer: "503 Service Unavailable", or what went wrong in words
	Final bool          // the same records to the same destination cannot succeed: do not try again
	After time.Duration // the destination asks to be left alone this long; 0 when it does not say
	Cause error         // for the operator's log, never for the customer; nil when Text says it all
}

// Retry returns a failure that may pass: the engine tries again, not before after.
func Retry(text string, after time.Duration, cause error) error {
	return &Failure{Text: text, After: after, Cause: cause}
}

// Permanent returns a failure that the customer has to repair: the stream goes to its error state at once.
func Permanent(text string, cause error) error {
	return &Failure{Text: text, Final: true, Cause: cause}
}

// Error implements error.
func (f *Failure) Error() string {
	if f.Cause == nil || f.Cause.Error() == f.Text {
		return f.Text
	}
	return f.Text + ": " + f.Cause.Error()
}

// Unwrap returns the cause.
func (f *Failure) Unwrap() error { return f.Cause }

// AsFailure returns the failure inside err; nil when there is none.
func AsFailure(err error) *Failure {
	var f *Failure
	errors.As(err, &f)
	return f
}
