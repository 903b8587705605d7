// Package s3 delivers records to a bucket of Amazon S3 or of something that speaks like it: the contract's connection
// type S3. Each delivery is an object with a CSV file, its header line first, and needs no right but s3:PutObject.
package s3

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/stream"
	"github.com/simstead/simstead/internal/stream/aws"
	"github.com/simstead/simstead/internal/stream/credential"
	"github.com/simstead/simstead/internal/stream/format"
	"github.com/simstead/simstead/internal/value"
)

// Limits and defaults of the credentials.
const (
	DefaultFlush  = 10_000 // records of a file
	minFlush      = 10
	maxFlush      = 100_000
	DefaultRotate = 10_000 // ms between files
	minRotate     = 10_000
	maxRotate     = 900_000
)

// Destination is the contract's connection type S3. Make it with New.
type Destination struct {
	account *aws.Account
	clock   clock.Clock
	names   *names
}

var _ stream.Destination = Destination{}

// New returns the destination of an operator's account.
func New(account *aws.Account, clk clock.Clock) Destination {
	return Destination{account: account, clock: clk, names: &names{clock: clk, taken: map[string]int64{}}}
}

// Credentials is where a stream delivers, and when it closes a file.
type Credentials struct {
	aws.Access
	BucketName     string   `json:"bucket_name"`
	FlushSize      value.ID `json:"flush_size"`      // records of a file at most
	RotateInterval value.ID `json:"rotate_interval"` // ms that a file waits for so many
}

// A bucket's name goes into a host name.
var bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

// Format implements stream.Destination.
func (d Destination) Format() string { return "Csv" }

// Check implements stream.Destination.
func (d Destination) Check(given, stored json.RawMessage) (json.RawMessage, []*fault.Error) {
	c := Credentials{FlushSize: DefaultFlush, RotateInterval: DefaultRotate}
	if wrong := credential.Read(given, stored, &c); wrong != nil {
		return nil, []*fault.Error{wrong}
	}
	var wrong credential.Wrong
	c.Check(d.account.Settings(), credential.Stored[Credentials](stored).Access, &wrong)
	if wrong.Required("bucket_name", c.BucketName) {
		wrong.Format(bucketName.MatchString(c.BucketName) && !strings.Contains(c.BucketName, ".."),
			"bucket_name must be the name of an S3 bucket: 3 to 63 small letters, digits, dots and hyphens")
	}
	wrong.Format(c.FlushSize >= minFlush && c.FlushSize <= maxFlush, fmt.Sprintf("flush_size must be between %d and %d", minFlush, maxFlush))
	wrong.Format(c.RotateInterval >= minRotate && c.RotateInterval <= maxRotate,
		fmt.Sprintf("rotate_interval must be between %d and %d", minRotate, maxRotate))
	return wrong.Store(c)
}

// Mask implements stream.Destination.
func (d Destination) Mask(stored json.RawMessage) json.RawMessage {
	c := credential.Stored[Credentials](stored)
	c.Access = c.Masked()
	return credential.Show(c)
}

// Encoding implements stream.Destination.
func (d Destination) Encoding(generation int64) format.Encoding { return format.CSV(generation) }

// Pace implements stream.Destination.
func (d Destination) Pace(stored json.RawMessage) stream.Pace {
	c := credential.Stored[Credentials](stored)
	return stream.Pace{Most: int(c.FlushSize), Gather: time.Duration(c.RotateInterval) * time.Millisecond}
}

// Open implements stream.Destination.
func (d Destination) Open(s *stream.Stream) (stream.Sink, error) {
	c := credential.Stored[Credentials](s.Credentials)
	session, err := d.account.Session(c.Access, s)
	if err != nil {
		return nil, err
	}
	settings := d.account.Settings()
	options := s3.Options{
		Region: c.Region, Credentials: session, HTTPClient: d.account.HTTP(), Retryer: sdk.NopRetryer{}, UsePathStyle: settings.PathStyle,
	}
	if settings.S3Endpoint != "" {
		options.BaseEndpoint = &settings.S3Endpoint
	}
	return &Sink{
		session: session, client: s3.New(options), settings: settings, bucket: c.BucketName, flush: max(int(c.FlushSize), 1),
		generation: s.Generation, id: s.ID, names: d.names, open: map[int64]*file{},
	}, nil
}
