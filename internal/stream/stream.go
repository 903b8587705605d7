package stream

import (
	"encoding/json"

	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/value"
)

// Statuses of a data stream.
const (
	Running int64 = 1
	Paused  int64 = 2
	Broken  int64 = 3 // the contract's Error
	Pending int64 = 4
)

// Kinds of data a stream carries.
const (
	UsageStream int64 = 1
	EventStream int64 = 2
)

// Generations of the formats.
const (
	OldFormat      int64 = 1
	MigratedFormat int64 = 2
	NewFormat      int64 = 3
)

// Statuses is the look-up table of the contract.
func Statuses() []value.Described {
	return []value.Described{{ID: 1, Description: "Running"}, {ID: 2, Description: "Paused"}, {ID: 3, Description: "Error"}, {ID: 4, Description: "Pending"}}
}

// Types is the look-up table of the contract.
func Types() []value.Described {
	return []value.Described{{ID: 1, Description: "Usage"}, {ID: 2, Description: "Event"}}
}

func described(table []value.Described, id int64) value.Described {
	for _, entry := range table {
		if int64(entry.ID) == id {
			return entry
		}
	}
	return value.Described{ID: value.ID(id)}
}

// Stream is a configured data stream.
type Stream struct {
	Organisation   int64
	ID             int64
	Name           string
	Type           int64
	ConnectionType string
	Format         string
	Generation     int64
	Credentials    json.RawMessage
	Filters        json.RawMessage
	Relation       json.RawMessage // relation_resolution, kept as it was given
	Status         int64
	Error          string
	Confirmed      bool // the destination accepted something since the last start
	Created        int64
}

// View is a stream as the API shows it. error and created are additions of ours.
type View struct {
	ID          value.ID         `json:"id"`
	Name        *string          `json:"name"`
	Type        value.Described  `json:"data_stream_type"`
	Destination DestinationView  `json:"destination"`
	Filters     json.RawMessage  `json:"filters"`
	Relation    json.RawMessage  `json:"relation_resolution"`
	Status      value.Described  `json:"status"`
	Error       *string          `json:"error" doc:"Why the stream is in its error state: the HTTP result or a message."`
	Created     value.EntityTime `json:"created"`
}

// DestinationView is where a stream delivers, without secrets.
type DestinationView struct {
	ConnectionType string          `json:"connection_type"`
	Format         string          `json:"format"`
	Credentials    json.RawMessage `json:"credentials"`
}

// View shows the stream with its secrets masked.
func (s *Stream) View(d Destination) View {
	v := View{
		ID: value.ID(s.ID), Type: described(Types(), s.Type), Filters: s.Filters, Relation: s.Relation,
		Destination: DestinationView{s.ConnectionType, s.Format, d.Mask(s.Credentials)},
		Status:      described(Statuses(), s.Status), Created: value.EntityTime(s.Created),
	}
	if s.Name != "" {
		v.Name = &s.Name
	}
	if s.Error != "" {
		v.Error = &s.Error
	}
	return v
}

// Destination is a kind of place that streams deliver to: a connection type of the contract.
type Destination interface {
	// Check reads credentials as a customer gave them and returns them as they are stored, or what is wrong with their
	// form. It contacts nobody.
	Check(credentials json.RawMessage) (json.RawMessage, []*fault.Error)
	// Mask returns stored credentials without their secrets.
	Mask(stored json.RawMessage) json.RawMessage
	// Open makes the sink of stored credentials.
	Open(stored json.RawMessage) (Sink, error)
	// Batch is how many records one delivery takes at most.
	Batch(stored json.RawMessage) int
}
