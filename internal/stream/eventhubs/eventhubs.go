// Package eventhubs delivers records to Azure Event Hubs: the contract's connection type EventHubs. It speaks Kafka to
// the namespace, logs in with the connection string, and sends each record as a message of its own whose key is its
// endpoint: the messages of an endpoint stay in their order.
//
// What a hub confirmed behind a message that it refused counts as not confirmed and is sent again.
package eventhubs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/plain"

	"github.com/simstead/simstead/internal/egress"
	"github.com/simstead/simstead/internal/stream"
)

const (
	timeout  = 30 * time.Second // of one Send
	again    = 250 * time.Millisecond
	maxBatch = 900_000 // bytes; Event Hubs takes messages and batches of 1 MB
	userName = "$ConnectionString"
)

type sink struct {
	dial   func(ctx context.Context, network, broker string) (net.Conn, error)
	seed   string
	hub    string
	login  string
	client *kgo.Client // nil until it is needed, and after a failure
}

// open logs in, so that a wrong connection string is seen at once and as what it is.
func (s *sink) open(ctx context.Context) error {
	client, err := kgo.NewClient(
		kgo.SeedBrokers(s.seed), kgo.ClientID("simstead"), kgo.Dialer(s.dial),
		kgo.SASL(plain.Auth{User: userName, Pass: s.login}.AsMechanism()),
		kgo.DefaultProduceTopic(s.hub), kgo.RequiredAcks(kgo.AllISRAcks()),
		// One request at a time keeps the order without the idempotent producer, which not every tier has.
		kgo.DisableIdempotentWrite(), kgo.MaxProduceRequestsInflightPerBroker(1),
		kgo.ProducerBatchCompression(kgo.NoCompression()), kgo.ProducerBatchMaxBytes(maxBatch), kgo.ProducerLinger(0),
		kgo.MaxBufferedRecords(20_000),
		// The engine tries again, with its pauses. Here only what a move of the hub inside Azure costs is bridged.
		kgo.RecordRetries(2), kgo.UnknownTopicRetries(1), kgo.RequestRetries(2), kgo.MetadataMinAge(again),
		kgo.RetryBackoffFn(func(int) time.Duration { return again }),
		kgo.RecordDeliveryTimeout(timeout),
	)
	if err != nil {
		return stream.Permanent("the connection string cannot be used", err)
	}
	if err := client.Ping(ctx); err != nil {
		client.Close()
		if errors.Is(err, io.EOF) {
			return stream.Retry("the namespace ended the connection during the login: the connection string is wrong, or its tier does not speak Kafka", 0, err)
		}
		return err
	}
	s.client = client
	return nil
}

// Send implements stream.Sink.
func (s *sink) Send(ctx context.Context, records []stream.Record) (confirmed int, err error) {
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if s.client == nil {
		if err := s.open(limited); err != nil {
			return 0, failure(ctx, err)
		}
	}
	confirmed, err = s.produce(limited, records)
	if err != nil {
		s.Close() // what it may still hold is sent again from here
		return confirmed, failure(ctx, err)
	}
	return confirmed, nil
}

// produce sends the records and waits for what becomes of each.
func (s *sink) produce(ctx context.Context, records []stream.Record) (confirmed int, err error) {
	errs := make([]error, len(records))
	var done sync.WaitGroup
	for i, m := range messages(records) {
		done.Add(1)
		s.client.Produce(ctx, m, func(_ *kgo.Record, err error) {
			errs[i] = err
			done.Done()
		})
	}
	done.Wait()
	for i, err := range errs {
		if err != nil {
			return i, err
		}
	}
	return len(records), nil
}

// messages copies the records: the client may hold one for longer than a Send lasts.
func messages(records []stream.Record) []*kgo.Record {
	size := 0
	for _, r := range records {
		size += len(r.Data) + 20
	}
	all := make([]byte, 0, size)
	out := make([]*kgo.Record, len(records))
	for i, r := range records {
		begin := len(all)
		all = strconv.AppendInt(all, r.Key, 10)
		key := len(all)
		all = append(all, r.Data...)
		out[i] = &kgo.Record{Key: all[begin:key:key], Value: all[key:len(all):len(all)]}
	}
	return out
}

// Close implements stream.Sink.
func (s *sink) Close() {
	if s.client != nil {
		s.client.Close()
		s.client = nil
	}
}

// final are the answers that the customer has to repair.
var final = []struct {
	err  error
	text string
}{
	{kerr.SaslAuthenticationFailed, "the namespace does not accept the connection string"},
	{kerr.UnsupportedSaslMechanism, "the namespace does not accept connection strings"},
	{kerr.TopicAuthorizationFailed, "the connection string has no right to send to the event hub"},
	{kerr.ClusterAuthorizationFailed, "the connection string has no right to send to the event hub"},
	{kerr.UnknownTopicOrPartition, "the namespace has no event hub of that name"},
	{kerr.InvalidTopicException, "the namespace has no event hub of that name"},
	{kerr.MessageTooLarge, "the record is larger than the event hub takes"},
	{kerr.InvalidRecord, "the event hub refuses the record"},
}

func failure(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("send to event hub: %w", ctx.Err())
	}
	if f := stream.AsFailure(err); f != nil {
		return f
	}
	for _, known := range final {
		if errors.Is(err, known.err) {
			return stream.Permanent(known.text, err)
		}
	}
	var refused *egress.Refused
	if errors.As(err, &refused) {
		return stream.Permanent(refused.Reason, err)
	}
	if errors.Is(err, kgo.ErrRecordRetries) { // it does not tell why
		return stream.Retry("the event hub did not confirm the records", 0, err)
	}
	var answer *kerr.Error
	if errors.As(err, &answer) {
		return stream.Retry("the event hub answered "+answer.Message, 0, err)
	}
	return stream.Retry(egress.Explain(err), 0, err)
}
