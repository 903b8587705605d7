package stream

import "github.com/simstead/simstead/internal/value"

// ConnectionType is an entry of the look-up of connection types: its description is the name that requests use.
type ConnectionType struct {
	value.Described
	Name string `json:"name" doc:"What people call it."`
}

// ConnectionTypes are those of the contract's version 2, with ids of our own.
func ConnectionTypes() []ConnectionType {
	return []ConnectionType{
		{value.Described{ID: 1, Description: AwsKinesis}, "AWS Kinesis"},
		{value.Described{ID: 2, Description: S3}, "AWS S3"},
		{value.Described{ID: 3, Description: RestAPI}, "Webhook"},
		{value.Described{ID: 4, Description: KeenIO}, "keen.io"},
		{value.Described{ID: 5, Description: Datadog}, "Datadog"},
		{value.Described{ID: 6, Description: EventHubs}, "Azure Event Hubs"},
		{value.Described{ID: 7, Description: PubSub}, "Google Cloud Pub/Sub"},
	}
}

// Connection types. Salesforce is version 1's alone.
const (
	RestAPI    = "RestAPI"
	AwsKinesis = "AwsKinesis"
	S3         = "S3"
	KeenIO     = "KeenIO"
	Datadog    = "Datadog"
	EventHubs  = "EventHubs"
	PubSub     = "PubSub"
	Salesforce = "Salesforce"
)

// ShownName is a stream's connection type as people see it: with the mark of its generation.
func (s *Stream) ShownName() string {
	name := s.ConnectionType
	for _, t := range ConnectionTypes() {
		if t.Description == s.ConnectionType {
			name = t.Name
		}
	}
	switch s.Generation {
	case OldFormat:
		return name + " (Deprecated)"
	case MigratedFormat:
		return name + " (Deprecated Format)"
	}
	return name
}

// FilterFields is the look-up of what filters may name.
func FilterFields() []value.Described {
	return []value.Described{{ID: 1, Description: fieldEventType}, {ID: 2, Description: fieldAlert}}
}
