// Package webhook delivers records by HTTP to a URL that the customer named: the contract's connection type RestAPI.
// With size 1 each record is a request of its own, otherwise up to size records go as one JSON array. Any 2xx confirms
// a request's records; every other answer, a redirect included, is a failure.
package webhook

import (
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
	timeout  = 30 * time.Second // of one request, to the end of its answer
	maxAfter = 10 * time.Minute // of a Retry-After
	maxReply = 64 << 10         // bytes read of an answer's body
)

// Sink delivers to one webhook. It keeps connections open between requests.
type Sink struct {
	url    *url.URL
	method string
	header http.Header
	size   int
	// A client would act on redirects before it gives them back; the transport does not know them.
	transport *http.Transport
	timeout   time.Duration
	clock     clock.Clock
	secrets   func(now int64) []string // that a request is signed with; nil for none
}

var _ stream.Sink = (*Sink)(nil)

// New returns the sink of valid credentials, which sends the fixed headers beside the customer's. The policy is asked again: it may be stricter now than it was when the
// stream was made.
func New(c Credentials, fixed http.Header, policy egress.Policy, clk clock.Clock) (*Sink, error) {
	u, err := policy.CheckURL(c.URL)
	if err != nil {
		return nil, stream.Permanent(egress.Explain(err), err)
	}
	return &Sink{
		url: u, method: c.Method, header: requestHeader(fixed, c.Headers), size: max(c.Size, 1),
		transport: policy.Transport(), timeout: timeout, clock: clk,
	}, nil
}

// Send implements stream.Sink.
func (s *Sink) Send(ctx context.Context, records []stream.Record) (confirmed int, err error) {
	for confirmed < len(records) {
		n := min(s.size, len(records)-confirmed)
		if err := s.request(ctx, records[confirmed:confirmed+n]); err != nil {
			return confirmed, err
		}
		confirmed += n
	}
	return confirmed, nil
}

// Close implements stream.Sink.
func (s *Sink) Close() { s.transport.CloseIdleConnections() }

func (s *Sink) request(ctx context.Context, records []stream.Record) error {
	limited, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	b := &body{records: records, array: s.size > 1}
	defer b.wait()
	reader, _ := b.reader()
	header := s.header
	if s.secrets != nil {
		if secrets := s.secrets(s.clock.Micros()); len(secrets) > 0 {
			header = header.Clone()
			s.sign(header, secrets, b)
		}
	}
	req := &http.Request{
		Method: s.method, URL: s.url, Host: s.url.Host, Header: header, Body: reader, GetBody: b.reader,
		ContentLength: b.size(), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}
	resp, err := s.transport.RoundTrip(req.WithContext(limited))
	if err != nil {
		return failed(ctx, err)
	}
	// The status alone decides. The body is read so that the connection can be used again, and may break or last.
	_, _ = io.CopyN(io.Discard, resp.Body, maxReply)
	_ = resp.Body.Close()
	if resp.StatusCode/100 == 2 {
		return nil
	}
	return stream.Retry(statusText(resp.StatusCode), s.retryAfter(resp), nil)
}

func failed(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("send to webhook: %w", ctx.Err())
	}
	var refused *egress.Refused
	if errors.As(err, &refused) {
		return stream.Permanent(refused.Reason, err)
	}
	return stream.Retry(egress.Explain(err), 0, err)
}

// statusText leaves out the destination's own words for the status.
func statusText(code int) string {
	text := http.StatusText(code)
	if text == "" {
		return strconv.Itoa(code)
	}
	return strconv.Itoa(code) + " " + text
}

// retryAfter reads how long the destination asks us to wait (RFC 9110 10.2.3), in seconds or until a date.
func (s *Sink) retryAfter(resp *http.Response) time.Duration {
	if resp.StatusCode != http.StatusTooManyRequests && resp.StatusCode != http.StatusServiceUnavailable {
		return 0
	}
	text := resp.Header.Get("Retry-After")
	if seconds, err := strconv.Atoi(text); err == nil || errors.Is(err, strconv.ErrRange) {
		seconds = min(max(seconds, 0), int(maxAfter/time.Second))
		return time.Duration(seconds) * time.Second
	}
	until, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	return min(max(until.Sub(s.clock.Now()), 0), maxAfter)
}
