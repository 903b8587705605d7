package stream

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/value"
)

// Version 1 of the API numbers its destinations, and a RestAPI that takes single records is another one than the one that
// takes many.
const (
	apiSingle     = 1
	apiKeen       = 2
	apiDatadog    = 3
	apiKinesis    = 4
	apiGone       = 5 // in the contract without a name
	apiBulk       = 6
	apiSalesforce = 7
	apiS3         = 8
)

const bulk = 3000 // records of a request that has many

// LegacyHistory is how many days version 1 reaches back when history is asked for.
const LegacyHistory = 20

// apiTypes are the destinations of version 1.
func apiTypes() []value.Described {
	return []value.Described{
		{ID: apiSingle, Description: "RestAPI"}, {ID: apiKeen, Description: "keen.io"}, {ID: apiDatadog, Description: "DataDog"},
		{ID: apiKinesis, Description: "AWS Kinesis"}, {ID: apiBulk, Description: "RestAPI (Bulk)"},
		{ID: apiSalesforce, Description: "Salesforce"}, {ID: apiS3, Description: "AWS S3"},
	}
}

// legacyTypes are version 1's words for what a stream carries.
func legacyTypes() []value.Described {
	return []value.Described{{ID: 1, Description: "Usage Data"}, {ID: 2, Description: "Events"}, {ID: 3, Description: "Usage Data & Events"}}
}

// Legacy is where a stream delivers, in the words of version 1.
type Legacy struct {
	APIType                                    int64
	Username, Password, Parameter, EventStream string
	URL                                        string // of the callback; "" for none
}

// Destination translates it: the connection type and the credentials that its destination is to check, or what is wrong.
func (l Legacy) Destination() (connectionType string, credentials json.RawMessage, wrong []*fault.Error) {
	need := func(name, text string) {
		if text == "" {
			wrong = append(wrong, fault.New(fault.Required, "DataStream - %s is required with api_type %d", name, l.APIType))
		}
	}
	fields := map[string]any{}
	switch l.APIType {
	case apiSingle, apiBulk:
		need("api_callback", l.URL)
		connectionType, fields["url"], fields["size"] = RestAPI, l.URL, 1
		if l.APIType == apiBulk {
			fields["size"] = bulk
		}
	case apiKeen:
		need("api_username", l.Username)
		need("api_password", l.Password)
		connectionType, fields["project_id"], fields["write_key"], fields["collection_name"] = KeenIO, l.Username, l.Password, ""
	case apiDatadog:
		need("api_password", l.Password)
		connectionType, fields["api_key"] = Datadog, l.Password
	case apiKinesis, apiS3:
		need("api_username", l.Username)
		region, name, found := strings.Cut(l.Parameter, "/")
		if !found || region == "" || name == "" {
			wrong = append(wrong, fault.New(fault.Required, "DataStream - api_parameter must be a region and a name: eu-west-1/name"))
		}
		connectionType, fields["stream_name"] = AwsKinesis, name
		if l.APIType == apiS3 {
			connectionType, fields = S3, map[string]any{"bucket_name": name}
		}
		fields["region"], fields["role_arn"] = region, l.Username
	case apiSalesforce:
		need("api_username", l.Username)
		need("api_password", l.Password)
		need("event_stream", l.EventStream)
		connectionType, fields["username"], fields["password"], fields["event_stream"] = Salesforce, l.Username, l.Password, l.EventStream
		if l.URL != "" {
			fields["url"] = l.URL
		}
	case apiGone:
		wrong = append(wrong, fault.New(fault.InvalidReference, "DataStream - api_type 5 exists no longer"))
	default:
		wrong = append(wrong, fault.New(fault.InvalidReference, "DataStream - api_type must be 1 to 4 or 6 to 8"))
	}
	credentials, _ = json.Marshal(fields) // texts and a number
	return connectionType, credentials, wrong
}

// apiType is a stream's destination in version 1; false when version 1 has none such.
func (s *Stream) apiType() (value.Described, bool) {
	var c struct {
		Size value.ID `json:"size"`
	}
	_ = json.Unmarshal(s.Credentials, &c) // only a RestAPI's is read
	id := map[string]int64{KeenIO: apiKeen, Datadog: apiDatadog, AwsKinesis: apiKinesis, S3: apiS3, Salesforce: apiSalesforce, RestAPI: apiBulk}[s.ConnectionType]
	if id == apiBulk && c.Size == 1 {
		id = apiSingle
	}
	return described(apiTypes(), id), id != 0
}

// IsLegacy reports whether version 1 knows the stream: those of the deprecated formats, and no others.
func (s *Stream) IsLegacy() bool {
	_, ok := s.apiType()
	return ok && s.Generation != NewFormat
}

// LegacyTypes reports whether version 1 has such streams: 1 usage, 2 events, 3 both.
func LegacyTypes(id int64) bool {
	return slices.ContainsFunc(legacyTypes(), func(t value.Described) bool { return int64(t.ID) == id })
}
