// Package kinesis delivers records to an Amazon Kinesis data stream: the contract's connection type AwsKinesis. Each
// record is one JSON object in a record of its own, without a line end and not aggregated, so that any consumer reads it.
package kinesis

import (
	"encoding/json"
	"regexp"
	"strconv"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"

	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/stream"
	"github.com/simstead/simstead/internal/stream/aws"
	"github.com/simstead/simstead/internal/stream/credential"
	"github.com/simstead/simstead/internal/stream/format"
)

// retryFor is how long records are tried again before the stream fails, as the contract has it.
const retryFor = time.Minute

// Destination is the contract's connection type AwsKinesis.
type Destination struct{ Account *aws.Account }

var _ stream.Destination = Destination{}

// Credentials is where a stream delivers.
type Credentials struct {
	aws.Access
	StreamName string `json:"stream_name"`
}

// The name stands in the body of a request only: AWS itself tells what it may be.
var streamName = regexp.MustCompile(`^[!-~]{1,128}$`)

// Format implements stream.Destination.
func (d Destination) Format() string { return "Json" }

// Check implements stream.Destination.
func (d Destination) Check(given, stored json.RawMessage) (json.RawMessage, []*fault.Error) {
	var c Credentials
	if wrong := credential.Read(given, stored, &c); wrong != nil {
		return nil, []*fault.Error{wrong}
	}
	var wrong credential.Wrong
	c.Check(d.Account.Settings(), credential.Stored[Credentials](stored).Access, &wrong)
	if wrong.Required("stream_name", c.StreamName) {
		wrong.Format(streamName.MatchString(c.StreamName), "stream_name must be 1 to 128 characters without blanks")
	}
	return wrong.Store(c)
}

// Mask implements stream.Destination.
func (d Destination) Mask(stored json.RawMessage) json.RawMessage {
	c := credential.Stored[Credentials](stored)
	c.Access = c.Masked()
	return credential.Show(c)
}

// Encoding implements stream.Destination.
func (d Destination) Encoding(generation int64) format.Encoding { return format.JSON(generation) }

// Pace implements stream.Destination.
func (d Destination) Pace(json.RawMessage) stream.Pace {
	return stream.Pace{Most: maxRecords, RetryFor: retryFor}
}

// Open implements stream.Destination.
func (d Destination) Open(s *stream.Stream) (stream.Sink, error) {
	c := credential.Stored[Credentials](s.Credentials)
	session, err := d.Account.Session(c.Access, s)
	if err != nil {
		return nil, err
	}
	settings := d.Account.Settings()
	out := &Sink{session: session, stream: c.StreamName}
	if settings.KeyByOrganisation {
		out.key = strconv.FormatInt(s.Organisation, 10)
	}
	options := kinesis.Options{Region: c.Region, Credentials: session, HTTPClient: d.Account.HTTP(), Retryer: sdk.NopRetryer{}}
	if settings.KinesisEndpoint != "" {
		options.BaseEndpoint = &settings.KinesisEndpoint
	}
	out.client = kinesis.New(options)
	return out, nil
}
