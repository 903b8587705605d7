package webhook

import (
	"encoding/json"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/egress"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/stream"
	"github.com/simstead/simstead/internal/stream/credential"
	"github.com/simstead/simstead/internal/stream/format"
)

// Destination is the contract's connection type RestAPI.
type Destination struct {
	Policy   egress.Policy
	Clock    clock.Clock
	OldAgent string // what streams of the Old generation call themselves: the name of the operator's own label; "" is TLD
}

var _ stream.Destination = Destination{}

// Format implements stream.Destination.
func (d Destination) Format() string { return "Json" }

// Check implements stream.Destination.
func (d Destination) Check(given, stored json.RawMessage) (json.RawMessage, []*fault.Error) {
	if len(given) == 0 || string(given) == "null" {
		return nil, []*fault.Error{fault.New(fault.Required, "DataStream - credentials are required")}
	}
	var c Credentials
	if err := json.Unmarshal(given, &c); err != nil {
		return nil, []*fault.Error{fault.New(fault.InvalidFormat, "DataStream - credentials: %v", err)}
	}
	var wrong []*fault.Error
	if stored != nil {
		wrong = c.keep(given, credential.Stored[Credentials](stored))
	}
	if wrong = append(wrong, c.Validate(d.Policy)...); len(wrong) > 0 {
		return nil, wrong
	}
	text, err := json.Marshal(c)
	if err != nil {
		return nil, []*fault.Error{fault.New(fault.InvalidFormat, "DataStream - credentials: %v", err)}
	}
	return text, nil
}

// Mask implements stream.Destination.
func (d Destination) Mask(stored json.RawMessage) json.RawMessage {
	return credential.Show(credential.Stored[Credentials](stored).Masked())
}

// Open implements stream.Destination.
func (d Destination) Open(s *stream.Stream) (stream.Sink, error) {
	agent := d.OldAgent
	if agent == "" {
		agent = "TLD"
	}
	sink, err := New(credential.Stored[Credentials](s.Credentials), ours(s.Generation, agent), d.Policy, d.Clock)
	if err != nil {
		return nil, err
	}
	if s.Generation == format.New { // the headers of the others are published
		sink.secrets = s.Secrets
	}
	return sink, nil
}

// Encoding implements stream.Destination.
func (d Destination) Encoding(generation int64) format.Encoding { return format.JSON(generation) }

// Pace implements stream.Destination.
func (d Destination) Pace(stored json.RawMessage) stream.Pace {
	return stream.Pace{Most: credential.Stored[Credentials](stored).Size}
}
