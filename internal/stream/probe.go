package stream

import (
	"context"
	"time"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/stream/format"
	"github.com/simstead/simstead/internal/value"
)

const (
	testWithin = 15 * time.Second
	testMark   = "Test of the data stream"
)

// Test sends a sample of what a stream carries to its destination at once, whatever the stream's status, and returns the
// outcome. A record of the sample has id 0 and no volume or cost; an event's description and a usage record's endpoint say
// "Test of the data stream". The cursor and the status stay as they are. A stream that the organisation does not have is a
// *fault.Error, Missing; one that is being tested already NotAllowed.
func (e *Engine) Test(ctx context.Context, organisation, id int64) (Attempt, error) {
	var s *Stream
	owner := value.Named{ID: value.ID(organisation)}
	err := e.DB.Read(ctx, func(q db.Queryer) (err error) {
		if s, err = e.Get(q, organisation, id); err == nil {
			owner.Name, err = db.One(q, db.Text, `SELECT name FROM organisation WHERE id = $1`, organisation)
		}
		return err
	})
	if err != nil {
		return Attempt{}, err
	}
	destination := e.Destinations[s.ConnectionType]
	if destination == nil {
		return Attempt{}, fault.New(fault.InvalidReference, "DataStream - connection type %s is not supported", s.ConnectionType)
	}
	if s.unreadable != nil {
		return Attempt{}, fault.New(fault.NotAllowed, "DataStream - %s", unreadable)
	}
	if !e.testing(id, true) {
		return Attempt{}, fault.New(fault.NotAllowed, "DataStream - a test of this stream is under way")
	}
	defer e.testing(id, false)
	ctx, cancel := context.WithTimeout(ctx, testWithin)
	defer cancel()
	records := sample(s, owner, destination.Encoding(s.Generation), e.Clock.Micros())
	began, since := e.Clock.Micros(), time.Now()
	confirmed := 0
	sink, err := destination.Open(s)
	if err == nil {
		defer sink.Close()
		confirmed, err = sink.Send(ctx, records)
	}
	if err != nil && AsFailure(err) == nil && ctx.Err() != nil {
		err = Retry("the destination did not answer in time", 0, err)
	}
	a := attempt(began, time.Since(since), records, confirmed, err, secretsOf(s.Credentials, destination.Mask(s.Credentials)))
	a.Test = true
	e.history.add(id, a)
	return a, nil
}

// testing notes that a test of a stream begins or ends; it says whether it may.
func (e *Engine) testing(id int64, begin bool) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !begin {
		delete(e.tested, id)
		return true
	}
	if e.tested == nil {
		e.tested = map[int64]bool{}
	}
	busy := e.tested[id]
	e.tested[id] = true
	return !busy
}

// sample makes a record of each kind that a stream carries.
func sample(s *Stream, organisation value.Named, encoding format.Encoding, now int64) (out []Record) {
	if s.Type != EventStream {
		u := format.Usage{
			Start: now - clock.Second, End: now, Organisation: organisation, TrafficType: value.Described{ID: format.Data, Description: "Data"},
			Endpoint: &format.Endpoint{Name: testMark},
		}
		out = append(out, Record{UsageStream, s.Organisation, encoding.Usage(nil, &u)})
	}
	if s.Type != UsageStream {
		e := format.Event{
			Time: now, Description: testMark, Type: value.Described{ID: 0, Description: "Generic"},
			Severity: value.Described{ID: 0, Description: "INFO"}, Source: value.Described{ID: 2, Description: "API"}, Organisation: organisation,
		}
		out = append(out, Record{EventStream, s.Organisation, encoding.Event(nil, &e)})
	}
	return out
}
