package keen

import (
	"encoding/json"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/egress"
	"github.com/simstead/simstead/internal/stream"
	"github.com/simstead/simstead/internal/stream/credential"
	"github.com/simstead/simstead/internal/stream/format"
)

// URL is where KeenIO takes records.
const URL = "https://api.keen.io"

// Collections are those of records whose stream names none: of the Old and the Migrated generation.
type Collections struct {
	Event string
	Usage string
}

// Destination is the contract's connection type KeenIO.
type Destination struct {
	Policy      egress.Policy
	Clock       clock.Clock
	URL         string // in place of KeenIO's own; "" for that
	Collections Collections
}

var _ stream.Destination = Destination{}

// Format implements stream.Destination.
func (d Destination) Format() string { return "Json" }

// Encoding implements stream.Destination.
func (d Destination) Encoding(generation int64) format.Encoding { return format.Keen(generation) }

// Pace implements stream.Destination.
func (d Destination) Pace(stored json.RawMessage) stream.Pace {
	return stream.Pace{Most: int(max(credential.Stored[Credentials](stored).Size, 1))}
}

// Open implements stream.Destination.
func (d Destination) Open(s *stream.Stream) (stream.Sink, error) {
	c := credential.Stored[Credentials](s.Credentials)
	event, usage := d.Collections.Event, d.Collections.Usage
	if s.Generation == format.New && c.Collection != nil && *c.Collection != "" {
		event, usage = *c.Collection, *c.Collection
	}
	return d.open(c, event, usage)
}
