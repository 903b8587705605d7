// Package exchange is one HTTP exchange with a service that takes records: a POST, its answer, and what a failure means
// to the engine. Destinations that speak HTTP to a service of a known name share it; what they send is their own.
package exchange

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/egress"
	"github.com/simstead/simstead/internal/stream"
)

const (
	timeout  = 30 * time.Second // of one exchange, to the end of its answer
	maxAfter = 10 * time.Minute // of a Retry-After
	maxReply = 4 << 20          // bytes read of an answer's body: 10,000 results of 400 bytes
)

// Client makes exchanges and keeps their connections. It follows no redirect and decodes no compressed answer.
type Client struct {
	transport *http.Transport
	clock     clock.Clock
	timeout   time.Duration
}

// New returns a client that connects only to where the policy allows.
func New(policy egress.Policy, clk clock.Clock) *Client {
	return &Client{transport: policy.Transport(), clock: clk, timeout: timeout}
}

// Answer is what a service answered.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte        // as far as it came
	After  time.Duration // of its Retry-After, 10 minutes at most; 0 when it has none
}

// OK reports whether the status is a 2xx.
func (a *Answer) OK() bool { return a.Status/100 == 2 }

// Text is the status in words.
func (a *Answer) Text() string { return StatusText(a.Status) }

// StatusText is a status in the words of HTTP: the service's own may repeat what we sent.
func StatusText(status int) string {
	if text := http.StatusText(status); text != "" {
		return strconv.Itoa(status) + " " + text
	}
	return strconv.Itoa(status)
}

// Retry is the failure of an answer that may be another one later.
func (a *Answer) Retry() error { return stream.Retry(a.Text(), a.After, nil) }

// Post sends a body. When there is no answer, the error is ctx's own when that ended, otherwise a *stream.Failure. The
// body must not be changed afterwards: a connection that is being ended may still read it.
func (c *Client) Post(ctx context.Context, to *url.URL, header http.Header, body []byte) (*Answer, error) {
	limited, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	reader := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	first, _ := reader()
	req := &http.Request{
		Method: http.MethodPost, URL: to, Host: to.Host, Header: header, Body: first, GetBody: reader,
		ContentLength: int64(len(body)), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}
	resp, err := c.transport.RoundTrip(req.WithContext(limited))
	if err != nil {
		return nil, Failed(ctx, err)
	}
	defer func() { _ = resp.Body.Close() }()
	a := &Answer{Status: resp.StatusCode, Header: resp.Header, After: RetryAfter(resp.Header, c.clock.Now())}
	a.Body, err = io.ReadAll(io.LimitReader(resp.Body, maxReply))
	if err != nil && a.OK() { // what it says of the records is missing
		return nil, Failed(ctx, err)
	}
	return a, nil
}

// Close ends the connections that are kept.
func (c *Client) Close() { c.transport.CloseIdleConnections() }

// Failed is what an exchange without an answer means: ctx's own error when that has ended, otherwise a *stream.Failure.
func Failed(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("send: %w", ctx.Err())
	}
	var refused *egress.Refused
	if errors.As(err, &refused) {
		return stream.Permanent(refused.Reason, err)
	}
	return stream.Retry(egress.Explain(err), 0, err)
}

// RetryAfter reads how long an answer asks us to wait (RFC 9110 10.2.3), in seconds or until a date: 10 minutes at most.
func RetryAfter(header http.Header, now time.Time) time.Duration {
	text := header.Get("Retry-After")
	if seconds, err := strconv.Atoi(text); err == nil || errors.Is(err, strconv.ErrRange) {
		return time.Duration(min(max(seconds, 0), int(maxAfter/time.Second))) * time.Second
	}
	until, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	return min(max(until.Sub(now), 0), maxAfter)
}
