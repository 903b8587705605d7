// Package keen delivers records to KeenIO: the contract's connection type of that name. A lone record is posted to its
// collection; several are posted to the project as {collection: [records]}, and each gets a result of its own. An
// answer that is no 2xx is a failure that may pass, as it is for a webhook.
package keen

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/simstead/simstead/internal/stream"
	"github.com/simstead/simstead/internal/stream/exchange"
)

// most is how many bytes a request has at most, unless one record alone is longer. KeenIO takes 10 MB.
const most = 8 << 20

type sink struct {
	client     *exchange.Client
	project    *url.URL         // where the events of the project are posted
	collection map[int64]string // by kind of record
	header     http.Header
	size       int
}

func (d Destination) open(c Credentials, event, usage string) (stream.Sink, error) {
	base := URL
	if d.URL != "" {
		base = strings.TrimSuffix(d.URL, "/")
	}
	to, err := url.Parse(base + "/3.0/projects/" + url.PathEscape(c.Project) + "/events")
	if err != nil {
		return nil, stream.Permanent("the address of KeenIO cannot be read", err)
	}
	return &sink{
		client: exchange.New(d.Policy, d.Clock), project: to, size: int(max(c.Size, 1)),
		collection: map[int64]string{stream.EventStream: event, stream.UsageStream: usage},
		header: http.Header{
			"User-Agent": {"DataStreamer/2.0"}, "Accept": {"application/json"}, "Content-Type": {"application/json"},
			"Authorization": {c.WriteKey},
		},
	}, nil
}

// Send implements stream.Sink.
func (s *sink) Send(ctx context.Context, records []stream.Record) (confirmed int, err error) {
	for confirmed < len(records) && err == nil {
		var n int
		if rest := records[confirmed:]; s.size == 1 || len(rest) == 1 {
			n, err = s.one(ctx, rest[0])
		} else {
			n, err = s.several(ctx, s.cut(rest))
		}
		confirmed += n
	}
	return confirmed, err
}

// cut takes as many records off the front as one request holds.
func (s *sink) cut(records []stream.Record) []stream.Record {
	bytes := 0
	for i, r := range records[:min(len(records), s.size)] {
		if bytes += len(r.Data) + 1; i > 0 && bytes > most {
			return records[:i]
		}
	}
	return records[:min(len(records), s.size)]
}

// one posts a record to its collection.
func (s *sink) one(ctx context.Context, r stream.Record) (int, error) {
	answer, err := s.client.Post(ctx, s.project.JoinPath(s.collection[r.Kind]), s.header, append([]byte(nil), r.Data...))
	if err != nil {
		return 0, err
	}
	if !answer.OK() {
		return 0, answer.Retry()
	}
	return 1, nil
}

// several posts records to the project. Those behind a record that is refused count as not confirmed: they are sent
// again with it.
func (s *sink) several(ctx context.Context, records []stream.Record) (int, error) {
	body, order := s.body(records)
	answer, err := s.client.Post(ctx, s.project, s.header, body)
	if err != nil {
		return 0, err
	}
	if !answer.OK() {
		return 0, answer.Retry()
	}
	var results map[string][]result
	if err := json.Unmarshal(answer.Body, &results); err != nil {
		return 0, stream.Retry("KeenIO did not answer with the result of each record", 0, err)
	}
	for i, r := range records {
		name := s.collection[r.Kind]
		of := results[name]
		if order[i] >= len(of) {
			return i, stream.Retry("KeenIO did not answer with the result of each record", answer.After, nil)
		}
		if !of[order[i]].Success {
			return i, stream.Retry(of[order[i]].text(answer), answer.After, nil)
		}
	}
	return len(records), nil
}

// result is what KeenIO answers for one record.
type result struct {
	Success bool `json:"success"`
	Error   struct {
		Name string `json:"name"`
	} `json:"error"`
}

// text names the error, when it is a name and nothing longer: its description repeats parts of the record.
func (r result) text(a *exchange.Answer) string {
	name := r.Error.Name
	plain := name != "" && len(name) <= 64 && strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") == ""
	if !plain {
		return fmt.Sprintf("%s, but a record was refused", a.Text())
	}
	return fmt.Sprintf("%s, but a record was refused: %s", a.Text(), name)
}

// body frames records as {collection: [records]}, collections in the order in which they come. order is the place of
// each record in its collection.
func (s *sink) body(records []stream.Record) (body []byte, order []int) {
	var names []string
	of, size := map[string][]stream.Record{}, 2
	order = make([]int, len(records))
	for i, r := range records {
		name := s.collection[r.Kind]
		if of[name] == nil {
			names = append(names, name)
			size += 6*len(name) + 6
		}
		order[i] = len(of[name])
		of[name] = append(of[name], r)
		size += len(r.Data) + 1
	}
	body = append(make([]byte, 0, size), '{')
	for i, name := range names {
		if i > 0 {
			body = append(body, ',')
		}
		quoted, _ := json.Marshal(name) // text
		body = append(append(body, quoted...), ':')
		for j, r := range of[name] {
			body = append(append(body, "[,"[min(j, 1)]), r.Data...)
		}
		body = append(body, ']')
	}
	return append(body, '}'), order
}

// Close implements stream.Sink.
func (s *sink) Close() { s.client.Close() }
