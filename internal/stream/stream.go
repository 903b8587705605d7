package stream

import (
	"encoding/json"
	"time"

	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/stream/format"
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
	BothStream  int64 = 3 // usage and events; made by version 1 only
)

// Generations of the formats.
const (
	OldFormat      = format.Old
	MigratedFormat = format.Migrated
	NewFormat      = format.New
)

// Statuses is the look-up table of the contract.
func Statuses() []value.Described {
	return []value.Described{{ID: 1, Description: "Running"}, {ID: 2, Description: "Paused"}, {ID: 3, Description: "Error"}, {ID: 4, Description: "Pending"}}
}

// Types is the look-up table of the contract.
func Types() []value.Described {
	return []value.Described{{ID: 1, Description: "Usage"}, {ID: 2, Description: "Event"}}
}

// typeOf describes a stream's type; version 1's combined one is in no look-up.
func typeOf(id int64) value.Described {
	if id == BothStream {
		return value.Described{ID: value.ID(id), Description: "Usage & Event"}
	}
	return described(Types(), id)
}

func described(table []value.Described, id int64) value.Described {
	entry, _ := value.Find(table, id)
	return entry
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
	Callback       int64        // the API callback that version 1 made it for, 0 for none
	Signing        []SigningKey // newest first; none: requests are not signed
	Revision       int64        // grows with every change but those that delivery makes

	credentials, signing string // as they are stored
	unreadable           error  // why the credentials could not be opened
}

// View is a stream as the API shows it. error, created and destination.name are additions of ours.
type View struct {
	ID          value.ID         `json:"id"`
	Name        *string          `json:"name"`
	Type        value.Described  `json:"data_stream_type"`
	Destination DestinationView  `json:"destination"`
	Filters     Filters          `json:"filters"`
	Relation    json.RawMessage  `json:"relation_resolution"`
	Status      value.Described  `json:"status"`
	Error       *string          `json:"error" doc:"Why the stream is in its error state: the HTTP result or a message."`
	Created     value.EntityTime `json:"created"`
}

// DestinationView is where a stream delivers, without secrets.
type DestinationView struct {
	ConnectionType string      `json:"connection_type"`
	Format         string      `json:"format"`
	Name           string      `json:"name" doc:"The connection type as people see it, marked when the records have a deprecated format."`
	Credentials    Credentials `json:"credentials"`
}

// View shows the stream with its secrets masked.
func (s *Stream) View(d Destination) View {
	v := View{
		ID: value.ID(s.ID), Type: typeOf(s.Type), Filters: value.Raw[[]FilterElement](s.Filters), Relation: s.Relation,
		Destination: DestinationView{s.ConnectionType, s.Format, s.ShownName(), value.Raw[CredentialFields](mask(d, s.Credentials))},
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

// mask shows nothing of the credentials of a connection type that this installation does not serve.
func mask(d Destination, stored json.RawMessage) json.RawMessage {
	if d == nil {
		return json.RawMessage("{}")
	}
	return d.Mask(stored)
}

// Destination is a kind of place that streams deliver to: a connection type of the contract.
type Destination interface {
	// Format is what the contract calls the form of its records: Json or Csv.
	Format() string
	// Check reads credentials as a customer gave them and returns them as they are stored, or what is wrong with their
	// form. stored are those of the same connection type that the stream has already, nil when it has none: what is not
	// given again is kept. It contacts nobody.
	Check(given, stored json.RawMessage) (json.RawMessage, []*fault.Error)
	// Mask returns stored credentials without their secrets.
	Mask(stored json.RawMessage) json.RawMessage
	// Encoding is how its records are written in a generation of the formats.
	Encoding(generation int64) format.Encoding
	// Pace is how much it wants at a time.
	Pace(stored json.RawMessage) Pace
	// Open makes the sink of a stream.
	Open(s *Stream) (Sink, error)
}

// Pace is how a destination wants its records.
type Pace struct {
	Most     int           // records of one delivery
	Gather   time.Duration // how long a delivery waits for so many; 0 not at all
	RetryFor time.Duration // how long it may be away before the stream fails; 0 as long as the settings say
}
