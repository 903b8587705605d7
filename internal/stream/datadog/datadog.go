// Package datadog delivers records to Datadog: the contract's connection type of that name. Usage records become points
// of four metrics, endpoint.volume, endpoint.volume_tx, endpoint.volume_rx and endpoint.cost, many in a request; events
// become Datadog's events, one in a request.
//
// Datadog answers alike whether it keeps a point or drops it for its age. What is older than an hour is sent all the
// same, with its own time: it is kept where historical metrics are switched on for the four. Each such record is counted.
package datadog

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/stream"
	"github.com/simstead/simstead/internal/stream/exchange"
)

// Limits of Datadog's: a request has 512,000 bytes at most and 5,242,880 unpacked.
const (
	mostUnpacked = 2 << 20 // of records; what is around them is a few bytes
	mostPacked   = 500_000
	lateAfter    = time.Hour
	oldest       = 17*time.Hour + 30*time.Minute // of an event; Datadog takes none beyond 18 hours
)

type sink struct {
	client *exchange.Client
	clock  clock.Clock
	late   func(records int)
	series *url.URL
	events *url.URL
	header http.Header
}

// Send implements stream.Sink.
func (s *sink) Send(ctx context.Context, records []stream.Record) (confirmed int, err error) {
	for confirmed < len(records) && err == nil {
		var n int
		if rest := records[confirmed:]; rest[0].Kind == stream.EventStream {
			n, err = s.event(ctx, rest[0])
		} else {
			n, err = s.usage(ctx, rest[:usage(rest)])
		}
		confirmed += n
	}
	return confirmed, err
}

// usage is how many usage records at the front one request holds.
func usage(records []stream.Record) int {
	bytes := 0
	for i, r := range records {
		if bytes += len(r.Data) + 1; r.Kind == stream.EventStream || i > 0 && bytes > mostUnpacked {
			return i
		}
	}
	return len(records)
}

// usage sends records as one request, or as halves when that is too large. It returns how many were taken.
func (s *sink) usage(ctx context.Context, records []stream.Record) (int, error) {
	body, err := pack(records)
	if err != nil {
		return 0, stream.Permanent("the records cannot be packed", err)
	}
	tooLarge := len(body) > mostPacked && len(records) > 1
	var answer *exchange.Answer
	if !tooLarge {
		header := maps.Clone(s.header)
		header["Content-Encoding"] = []string{"gzip"}
		if answer, err = s.client.Post(ctx, s.series, header, body); err != nil {
			return 0, err
		}
		tooLarge = answer.Status == http.StatusRequestEntityTooLarge && len(records) > 1
	}
	if tooLarge {
		half := len(records) / 2
		if n, err := s.usage(ctx, records[:half]); err != nil {
			return n, err
		}
		n, err := s.usage(ctx, records[half:])
		return half + n, err
	}
	if err := s.verdict(answer); err != nil {
		return 0, err
	}
	s.countLate(records)
	return len(records), nil
}

// pack writes the body of a request for metrics.
func pack(records []stream.Record) ([]byte, error) {
	plain := []byte(`{"series":[`)
	for i, p := range points(records) {
		if i > 0 {
			plain = append(plain, ',')
		}
		plain = p.append(plain)
	}
	plain = append(plain, "]}"...)
	var packed bytes.Buffer
	w, err := gzip.NewWriterLevel(&packed, gzip.BestSpeed)
	if err != nil {
		return nil, err
	}
	if _, err = w.Write(plain); err != nil {
		return nil, err
	}
	err = w.Close()
	return packed.Bytes(), err
}

func (s *sink) countLate(records []stream.Record) {
	before, n := s.clock.Now().Add(-lateAfter).Unix(), 0
	for _, r := range records {
		_, rest, _ := bytes.Cut(r.Data, []byte(seriesPoint))
		text, _, _ := bytes.Cut(rest, []byte{','})
		if at, err := strconv.ParseInt(string(text), 10, 64); err == nil && at < before {
			n++
		}
	}
	if n > 0 {
		s.late(n)
	}
}

// event posts one event. One that Datadog would refuse for its age gets the oldest time that it takes: its own stands in
// the text.
func (s *sink) event(ctx context.Context, r stream.Record) (int, error) {
	body := append([]byte(nil), r.Data...)
	if i := bytes.LastIndex(body, []byte(happened)); i >= 0 {
		i += len(happened)
		at, err := strconv.ParseInt(string(bytes.TrimSuffix(body[i:], []byte{'}'})), 10, 64)
		if least := s.clock.Now().Add(-oldest).Unix(); err == nil && at < least {
			body = append(strconv.AppendInt(body[:i], least, 10), '}')
		}
	}
	answer, err := s.client.Post(ctx, s.events, s.header, body)
	if err == nil {
		err = s.verdict(answer)
	}
	if err != nil {
		return 0, err
	}
	return 1, nil
}

// verdict reads an answer; nil when Datadog has taken the records.
func (s *sink) verdict(a *exchange.Answer) error {
	var said struct {
		Errors []any `json:"errors"`
	}
	switch {
	case a.OK():
		if json.Unmarshal(a.Body, &said) == nil && len(said.Errors) > 0 {
			return stream.Retry(a.Text()+", but Datadog reported an error", a.After, nil)
		}
		return nil
	case a.Status == http.StatusUnauthorized, a.Status == http.StatusForbidden:
		return stream.Permanent(a.Text()+": Datadog does not accept the API key in this region", nil)
	case a.Status == http.StatusBadRequest, a.Status == http.StatusRequestEntityTooLarge:
		return stream.Permanent(a.Text()+": Datadog refuses the records", nil)
	case a.After == 0:
		if seconds, err := strconv.Atoi(a.Header.Get("X-Ratelimit-Reset")); err == nil && seconds > 0 {
			return stream.Retry(a.Text(), time.Duration(min(seconds, 600))*time.Second, nil)
		}
	}
	return a.Retry()
}

// Close implements stream.Sink.
func (s *sink) Close() { s.client.Close() }
