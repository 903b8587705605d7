package s3

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"net"
	"net/http"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/simstead/simstead/internal/stream"
	"github.com/simstead/simstead/internal/stream/aws"
	"github.com/simstead/simstead/internal/stream/format"
)

const (
	timeout     = 30 * time.Second // of one object
	timeoutByte = time.Microsecond // and so much more for each byte
	collisions  = 100              // names tried for one file
	contentType = "text/csv; charset=utf-8"
)

// Sink writes the files of one data stream.
//
// A new file never replaces an object: it is written on the condition that there is none of its name. Only when the
// outcome of an attempt is not known, or another file of the same delivery failed, the same records are written under
// the same name again, and so are not doubled.
type Sink struct {
	session    *aws.Session
	client     *s3.Client
	settings   aws.Settings
	bucket     string
	flush      int // records of a file at most
	generation int64
	id         int64 // the stream's
	names      *names
	files      int64           // named since the stream was started
	open       map[int64]*file // by kind, of the delivery that is not confirmed yet
	careless   bool            // the server does not know conditions
}

// file is an object that is to be there.
type file struct {
	key     string
	first   [sha256.Size]byte // of its first record
	perhaps bool              // it may be there, from an attempt of ours
}

var _ stream.Sink = (*Sink)(nil)

// Close implements stream.Sink. Connections are the account's.
func (s *Sink) Close() {}

// Send implements stream.Sink. Records of both kinds become a file each; they are confirmed when both are there.
func (s *Sink) Send(ctx context.Context, records []stream.Record) (confirmed int, err error) {
	for confirmed < len(records) {
		if err := s.session.Ready(ctx); err != nil {
			return confirmed, err
		}
		part := records[confirmed:min(confirmed+s.flush, len(records))]
		for _, kind := range []int64{stream.UsageStream, stream.EventStream} {
			if err := s.write(ctx, kind, part); err != nil {
				return confirmed, err
			}
		}
		clear(s.open)
		confirmed += len(part)
	}
	return confirmed, nil
}

// write makes one object of the records of a kind.
func (s *Sink) write(ctx context.Context, kind int64, records []stream.Record) error {
	content, first := s.content(kind, records)
	if content == nil {
		return nil
	}
	f := s.open[kind]
	if f == nil || f.first != first {
		f = &file{first: first}
		s.open[kind] = f
	}
	for range collisions {
		if f.key == "" {
			key, err := s.key(ctx, kind)
			if err != nil {
				return err
			}
			f.key = key
		}
		err := s.put(ctx, f, content)
		if err == nil {
			f.perhaps = true
			return nil
		}
		switch status := statusOf(err); {
		case ctx.Err() == nil && status == http.StatusPreconditionFailed && !f.perhaps:
			f.key = "" // somebody else's
		case ctx.Err() == nil && status == http.StatusNotImplemented && !s.careless:
			s.careless = true
		default:
			f.perhaps = f.perhaps || unknown(err, status)
			return aws.Failed(ctx, err)
		}
	}
	return stream.Retry("the names of many files were taken", time.Second, nil)
}

// content is the file of a kind, nil when there are no such records, and the digest of its first record.
func (s *Sink) content(kind int64, records []stream.Record) (content []byte, first [sha256.Size]byte) {
	header := format.Header(s.generation, kind)
	size, rows := len(header), 0
	for _, r := range records {
		if r.Kind == kind {
			size += len(r.Data)
			rows++
		}
	}
	if rows == 0 {
		return nil, first
	}
	content = append(make([]byte, 0, size), header...)
	for _, r := range records {
		if r.Kind != kind {
			continue
		}
		if len(content) == len(header) {
			first = sha256.Sum256(r.Data)
		}
		content = append(content, r.Data...)
	}
	return content, first
}

func (s *Sink) put(ctx context.Context, f *file, content []byte) error {
	limited, cancel := context.WithTimeout(ctx, timeout+time.Duration(len(content))*timeoutByte)
	defer cancel()
	in := &s3.PutObjectInput{
		Bucket: &s.bucket, Key: &f.key, Body: bytes.NewReader(content), ContentType: sdk.String(contentType),
		ServerSideEncryption: types.ServerSideEncryption(s.settings.Encryption),
	}
	if s.settings.EncryptionKey != "" {
		in.SSEKMSKeyId = &s.settings.EncryptionKey
	}
	if !f.perhaps && !s.careless {
		in.IfNoneMatch = sdk.String("*")
	}
	_, err := s.client.PutObject(limited, in)
	return err
}

func statusOf(err error) int {
	var answer *smithyhttp.ResponseError
	if errors.As(err, &answer) {
		return answer.HTTPStatusCode()
	}
	return 0
}

// unknown reports whether the object may have been written in spite of the error.
func unknown(err error, status int) bool {
	var dial *net.OpError
	if errors.As(err, &dial) && dial.Op == "dial" {
		return false
	}
	return status/100 != 4 && status != http.StatusServiceUnavailable
}
