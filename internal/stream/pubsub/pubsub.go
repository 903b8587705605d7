// Package pubsub delivers records to Google Cloud Pub/Sub: the contract's connection type PubSub. Each record is a
// message of its own with its endpoint as ordering key, published by the operator's service account.
//
// It calls the publishing service itself rather than through Google's client: that tells how far a batch came only after
// tries of its own of up to a minute.
package pubsub

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/simstead/simstead/internal/stream"
)

const (
	timeout  = 30 * time.Second // of one request
	parallel = 16               // requests of different keys at a time
	most     = 4 << 20          // bytes of a request; Google takes 10 MB and 1000 messages
	maxAfter = 10 * time.Minute
)

type sink struct {
	client pubsubpb.PublisherClient
	topic  string
	kind   map[int64]string
}

// run is the records of one key, by their places in the batch. All messages of a request must have the same key.
type run struct {
	key    int64
	places []int
}

// runs sorts the records by key, each in its order.
func runs(records []stream.Record) []*run {
	var out []*run
	of := map[int64]*run{}
	for i, r := range records {
		if of[r.Key] == nil {
			of[r.Key] = &run{key: r.Key}
			out = append(out, of[r.Key])
		}
		of[r.Key].places = append(of[r.Key].places, i)
	}
	return out
}

// Send implements stream.Sink.
func (s *sink) Send(ctx context.Context, records []stream.Record) (confirmed int, err error) {
	failed := make([]error, len(records)) // by place
	var group sync.WaitGroup
	var broken atomic.Bool
	slots := make(chan struct{}, parallel)
	for _, r := range runs(records) {
		slots <- struct{}{}
		if broken.Load() {
			failed[r.places[0]] = errNotBegun
			<-slots
			continue
		}
		group.Go(func() {
			defer func() { <-slots }()
			if at, err := s.publish(ctx, records, r); err != nil {
				failed[at] = err
				broken.Store(true)
			}
		})
	}
	group.Wait()
	return prefix(ctx, failed)
}

var errNotBegun = errors.New("not begun, since others failed")

// prefix counts the records before the first that is not published, and tells why the first failed that was tried.
func prefix(ctx context.Context, failed []error) (confirmed int, err error) {
	confirmed = len(failed)
	for i, e := range failed {
		if e != nil {
			confirmed = min(confirmed, i)
		}
		if e != nil && !errors.Is(e, errNotBegun) {
			return confirmed, failure(ctx, e)
		}
	}
	return confirmed, nil
}

// publish sends the records of a key, as many at a time as a request holds. With an error it returns the place of the
// first record that is not published.
func (s *sink) publish(ctx context.Context, records []stream.Record, r *run) (at int, err error) {
	for rest := r.places; len(rest) > 0; {
		request := &pubsubpb.PublishRequest{Topic: s.topic}
		bytes, n := 0, 0
		for _, place := range rest {
			if bytes += len(records[place].Data); n > 0 && bytes > most {
				break
			}
			request.Messages = append(request.Messages, &pubsubpb.PubsubMessage{
				Data: records[place].Data, OrderingKey: strconv.FormatInt(r.key, 10),
				Attributes: map[string]string{"data_stream_type": s.kind[records[place].Kind]},
			})
			n++
		}
		limited, cancel := context.WithTimeout(ctx, timeout)
		_, err := s.client.Publish(limited, request)
		cancel()
		if err != nil {
			return rest[0], err
		}
		rest = rest[n:]
	}
	return 0, nil
}

// Close implements stream.Sink. The connection is the destination's.
func (s *sink) Close() {}

// final are the answers that somebody has to repair.
var final = map[codes.Code]string{
	codes.NotFound:           "the topic does not exist",
	codes.PermissionDenied:   "the service account may not publish to the topic: give it the role Pub/Sub Publisher there",
	codes.InvalidArgument:    "Pub/Sub refuses the records",
	codes.FailedPrecondition: "the topic cannot be published to as it is set up",
}

// ahead is how much earlier than the context's own timer gRPC's may end a call for the same deadline, at most.
const ahead = 100 * time.Millisecond

func failure(ctx context.Context, err error) error {
	answer := status.Convert(err)
	if answer.Code() == codes.DeadlineExceeded {
		select {
		case <-ctx.Done():
		case <-time.After(ahead):
		}
	}
	if ctx.Err() != nil {
		return fmt.Errorf("publish: %w", ctx.Err())
	}
	if text, ok := final[answer.Code()]; ok {
		return stream.Permanent(text, err)
	}
	switch answer.Code() {
	case codes.Unauthenticated:
		return stream.Retry("Pub/Sub does not accept this installation's Google account", 0, err)
	case codes.ResourceExhausted:
		return stream.Retry("the project's quota of Pub/Sub is used up", after(answer), err)
	case codes.DeadlineExceeded:
		return stream.Retry("Pub/Sub did not answer in time", 0, err)
	case codes.Unavailable:
		return stream.Retry("Pub/Sub cannot be reached", after(answer), err)
	}
	return stream.Retry("Pub/Sub answered "+answer.Code().String(), after(answer), err)
}

// after is how long Google asks us to wait.
func after(s *status.Status) time.Duration {
	for _, detail := range s.Details() {
		if info, ok := detail.(*errdetails.RetryInfo); ok {
			return min(max(info.GetRetryDelay().AsDuration(), 0), maxAfter)
		}
	}
	return 0
}
