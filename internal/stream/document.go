package stream

import "github.com/simstead/simstead/internal/value"

// Credentials is what a destination needs to be reached, as it was given or as it may be shown. The fields are those of
// all connection types; each destination reads its own.
type Credentials = value.JSON[CredentialFields]

// CredentialFields document Credentials.
type CredentialFields struct {
	URL              *string   `json:"url" doc:"RestAPI."`
	Method           *string   `json:"method" doc:"RestAPI: POST, PUT or PATCH."`
	Headers          *[]string `json:"headers" doc:"RestAPI: name:value; masked when read."`
	Size             *int64    `json:"size" doc:"RestAPI and KeenIO: records in a request at most."`
	Region           *string   `json:"region" doc:"AwsKinesis, S3, Datadog."`
	StreamName       *string   `json:"stream_name" doc:"AwsKinesis."`
	BucketName       *string   `json:"bucket_name" doc:"S3."`
	RoleARN          *string   `json:"role_arn" doc:"AwsKinesis and S3."`
	FlushSize        *int64    `json:"flush_size" doc:"S3: rows of a file at most."`
	RotateInterval   *int64    `json:"rotate_interval" doc:"S3: milliseconds of a file at most."`
	ProjectID        *string   `json:"project_id" doc:"KeenIO."`
	WriteKey         *string   `json:"write_key" doc:"KeenIO; masked when read."`
	CollectionName   *string   `json:"collection_name" doc:"KeenIO."`
	APIKey           *string   `json:"api_key" doc:"Datadog; masked when read."`
	ConnectionString *string   `json:"connection_string" doc:"EventHubs; masked when read."`
	CPSTopic         *string   `json:"cps_topic" doc:"PubSub."`
	CPSProject       *string   `json:"cps_project" doc:"PubSub."`
}

// Filters are the conditions of a stream of events, as ParseFilter reads them.
type Filters = value.JSON[[]FilterElement]

// FilterElement document Filters.
type FilterElement struct {
	Field *string `json:"field" doc:"event_type_id or alert."`
	Value any     `json:"value" doc:"Numbers of event types, or true or false."`
	Or    *[]any  `json:"or" doc:"Conditions of which one must hold, in place of field and value."`
}
