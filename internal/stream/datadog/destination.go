package datadog

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/egress"
	"github.com/simstead/simstead/internal/stream"
	"github.com/simstead/simstead/internal/stream/credential"
	"github.com/simstead/simstead/internal/stream/exchange"
	"github.com/simstead/simstead/internal/stream/format"
)

// Destination is the contract's connection type Datadog.
type Destination struct {
	Policy egress.Policy
	Clock  clock.Clock
	URLs   map[string]string // by region, in place of Datadog's own
	Late   func(records int) // told of usage that Datadog may drop without a word for its age; may be nil
}

var _ stream.Destination = Destination{}

// Format implements stream.Destination.
func (d Destination) Format() string { return "Json" }

// Encoding implements stream.Destination: usage records become points of metrics, events Datadog's events.
func (d Destination) Encoding(generation int64) format.Encoding {
	record := format.JSON(generation).Event
	return format.Encoding{
		Usage: appendUsage,
		Event: func(buf []byte, e *format.Event) []byte { return appendEvent(buf, e, record) },
	}
}

// Pace implements stream.Destination.
func (d Destination) Pace(json.RawMessage) stream.Pace { return stream.Pace{Most: 1000} }

// Open implements stream.Destination.
func (d Destination) Open(s *stream.Stream) (stream.Sink, error) {
	c := credential.Stored[Credentials](s.Credentials)
	base := URLs()[c.Region]
	if d.URLs[c.Region] != "" {
		base = strings.TrimSuffix(d.URLs[c.Region], "/")
	}
	to, err := url.Parse(base + "/")
	if err != nil || base == "" {
		return nil, stream.Permanent("region "+c.Region+" is not known", err)
	}
	late := d.Late
	if late == nil {
		late = func(int) {}
	}
	return &sink{
		client: exchange.New(d.Policy, d.Clock), clock: d.Clock, late: late,
		series: to.JoinPath("api/v2/series"), events: to.JoinPath("api/v1/events"),
		header: http.Header{
			"User-Agent": {"DataStreamer/2.0"}, "Accept": {"application/json"}, "Content-Type": {"application/json"},
			"Dd-Api-Key": {c.APIKey},
		},
	}, nil
}
