// Package webhook delivers records by HTTP to a URL that the customer named: the contract's connection type RestAPI.
// With size 1 each record is a request of its own, otherwise up to size records go as one JSON array. Any 2xx confirms
// a request's records; every other answer, a redirect included, is a failure.
package webhook

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/egress"
	"github.com/simstead/simstead/internal/stream"
	"github.com/simstead/simstead/internal/stream/exchange"
)

const timeout = 30 * time.Second // of one request, to the end of its answer

// Sink delivers to one webhook. It keeps its connection open between requests. A redirect is an answer like any other.
type Sink struct {
	line    line
	method  string
	size    int
	head    []byte // what every request begins with, up to the length of its body
	tail    []byte // the headers behind that
	timeout time.Duration
	clock   clock.Clock
	secrets func(now int64) []string // that a request is signed with; nil for none
}

var _ stream.Sink = (*Sink)(nil)

// New returns the sink of valid credentials, which sends the fixed headers beside the customer's. The policy is asked again:
// it may be stricter now than it was when the stream was made.
func New(c Credentials, fixed http.Header, policy egress.Policy, clk clock.Clock) (*Sink, error) {
	u, err := policy.CheckURL(c.URL)
	if err != nil {
		return nil, stream.Permanent(egress.Explain(err), err)
	}
	header := requestHeader(fixed, c.Headers)
	s := &Sink{
		line: line{policy: policy, url: u}, method: c.Method, size: max(c.Size, 1), timeout: timeout, clock: clk,
		head: fmt.Appendf(nil, "%s %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: %s\r\nContent-Length: ", c.Method, u.RequestURI(), u.Host, header.Get("User-Agent")),
	}
	header.Del("User-Agent")
	s.tail = writeHeader([]byte("\r\n"), header)
	return s, nil
}

// writeHeader appends header lines in the order of their names.
func writeHeader(buf []byte, header http.Header) []byte {
	for _, name := range slices.Sorted(maps.Keys(header)) {
		for _, value := range header[name] {
			buf = fmt.Appendf(buf, "%s: %s\r\n", name, value)
		}
	}
	return buf
}

// Send implements stream.Sink.
func (s *Sink) Send(ctx context.Context, records []stream.Record) (confirmed int, err error) {
	letGo := s.line.watch(ctx)
	defer letGo()
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
func (s *Sink) Close() { s.line.close() }

func (s *Sink) request(ctx context.Context, records []stream.Record) error {
	b := body{records: records, array: s.size > 1}
	head := make([]byte, 0, len(s.head)+len(s.tail)+256)
	head = append(strconv.AppendInt(append(head, s.head...), int64(b.size()), 10), s.tail...)
	if s.secrets != nil {
		if secrets := s.secrets(s.clock.Micros()); len(secrets) > 0 {
			head = s.sign(head, secrets, b)
		}
	}
	resp, err := s.line.exchange(ctx, s.timeout, s.method, append(head, "\r\n"...), b)
	switch {
	case err != nil:
		return exchange.Failed(ctx, err)
	case resp.StatusCode/100 == 2:
		return nil
	}
	return stream.Retry(exchange.StatusText(resp.StatusCode), s.retryAfter(resp), nil)
}

// retryAfter is how long a destination that is busy asks us to wait.
func (s *Sink) retryAfter(resp *http.Response) time.Duration {
	if resp.StatusCode != http.StatusTooManyRequests && resp.StatusCode != http.StatusServiceUnavailable {
		return 0
	}
	return exchange.RetryAfter(resp.Header, s.clock.Now())
}
