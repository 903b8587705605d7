package eventhubs_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/sasl/plain"

	"github.com/simstead/simstead/internal/egress"
	"github.com/simstead/simstead/internal/stream"
	"github.com/simstead/simstead/internal/stream/eventhubs"
	"github.com/simstead/simstead/internal/stream/format"
	"github.com/simstead/simstead/internal/stream/streamtest"
)

const (
	hub      = "sim-events"
	key      = "aHVzaC1odXNoLWh1c2g="
	login    = "Endpoint=sb://harbour.servicebus.windows.net/;SharedAccessKeyName=simstead;SharedAccessKey=" + key + ";EntityPath=" + hub
	userName = "$ConnectionString"
)

// namespace is a Kafka broker with one hub of two partitions that lets one connection string in.
type namespace struct {
	*kfake.Cluster
	how   atomic.Value // streamtest.Trouble
	fault *kfake.FaultHandle
}

func newNamespace(t *testing.T, options ...kfake.Opt) *namespace {
	t.Helper()
	cluster, err := kfake.NewCluster(append(options, kfake.NumBrokers(1), kfake.EnableSASL(), kfake.Superuser("PLAIN", userName, login),
		kfake.SeedTopics(2, hub))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	n := &namespace{Cluster: cluster}
	n.how.Store(streamtest.None)
	n.ControlKey(int16(kmsg.Produce), func(kmsg.Request) (kmsg.Response, error, bool) {
		n.KeepControl()
		switch n.how.Load() {
		case streamtest.Reset:
			return nil, errors.New("reset"), true
		case streamtest.Slow:
			return nil, nil, true
		}
		return nil, nil, false
	})
	return n
}

func (n *namespace) behave(_ *testing.T, how streamtest.Trouble) bool {
	n.how.Store(how)
	if n.fault != nil {
		n.fault.Remove()
	}
	produce := kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: hub, Count: -1}
	switch how {
	case streamtest.Refused:
		produce.Err = kerr.UnknownServerError
	case streamtest.Throttle:
		produce.Err = kerr.ThrottlingQuotaExceeded
	case streamtest.Lost:
		produce.Err = kerr.NotEnoughReplicasAfterAppend
	case streamtest.Partial:
		produce.Err, produce.Partitions = kerr.UnknownServerError, []int32{1}
	default:
		return true
	}
	n.fault = n.Fault(produce)
	return true
}

// messages reads what the hub holds, partition after partition.
func (n *namespace) messages(t *testing.T) (all []*kgo.Record) {
	t.Helper()
	left, from := int64(0), map[int32]kgo.Offset{}
	for _, p := range n.PartitionInfos(hub) {
		left += p.HighWatermark
		from[p.Partition] = kgo.NewOffset().AtStart()
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(n.ListenAddrs()...), kgo.SASL(plain.Auth{User: userName, Pass: login}.AsMechanism()),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{hub: from}))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for int64(len(all)) < left {
		fetched := client.PollFetches(ctx)
		if err := fetched.Err(); err != nil {
			t.Fatal(err)
		}
		all = append(all, fetched.Records()...)
	}
	return all
}

func destination(n *namespace) eventhubs.Destination {
	return eventhubs.Destination{
		Policy:  egress.Policy{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}},
		Address: n.ListenAddrs()[0], Plain: true,
	}
}

func given(connectionString string) json.RawMessage {
	text, _ := json.Marshal(map[string]string{"connection_string": connectionString})
	return text
}

func record(n int) stream.Record {
	return stream.Record{Kind: stream.EventStream, Key: int64(n % 5), Data: fmt.Appendf(nil, `{"id":%d}`, n)}
}

func TestSuite(t *testing.T) {
	streamtest.Run(t, func(t *testing.T) *streamtest.Subject {
		n := newNamespace(t)
		return &streamtest.Subject{
			Destination: destination(n), Stream: stream.Stream{Generation: format.New, Credentials: given(login)}, Secret: key,
			Record: record, ByKey: true, Behave: n.behave,
			Received: func(t *testing.T) (got []string) {
				for _, m := range n.messages(t) {
					got = append(got, string(m.Value))
				}
				return got
			},
			Texts: map[streamtest.Trouble]string{
				streamtest.Refused: "UNKNOWN_SERVER_ERROR", streamtest.Throttle: "THROTTLING_QUOTA_EXCEEDED",
				streamtest.Reset: "did not confirm", streamtest.Lost: "did not confirm",
				streamtest.Partial: "UNKNOWN_SERVER_ERROR",
			},
			Oversize: bytes.Repeat([]byte("x"), 2<<20),
			Wrong: []streamtest.Wrong{
				{Name: "key", Credentials: given(strings.Replace(login, key, "b3RoZXI=", 1)), Text: "the connection string is wrong"},
				{Name: "hub", Credentials: given(login + "2"), Text: ""},
			},
		}
	})
}

// What a consumer gets, byte for byte: the endpoint as key, the object as value, an endpoint in one partition.
func TestMessages(t *testing.T) {
	n := newNamespace(t)
	sink, err := destination(n).Open(&stream.Stream{Generation: format.New, Credentials: given(login)})
	if err != nil {
		t.Fatal(err)
	}
	defer sink.Close()
	if confirmed, err := sink.Send(t.Context(), []stream.Record{record(1), record(6), record(11)}); confirmed != 3 || err != nil {
		t.Fatalf("confirmed %d, %v", confirmed, err)
	}
	var got []string
	for _, m := range n.messages(t) {
		got = append(got, fmt.Sprintf("%s=%s %d", m.Key, m.Value, len(m.Headers)))
	}
	if diff := cmp.Diff([]string{`1={"id":1} 0`, `1={"id":6} 0`, `1={"id":11} 0`}, got); diff != "" {
		t.Error(diff)
	}
}

// The first answer to a hub that is not there is a final one, before the engine's three seconds are over.
func TestNoSuchHub(t *testing.T) {
	n := newNamespace(t)
	n.DeleteTopic(hub)
	sink, err := destination(n).Open(&stream.Stream{Generation: format.New, Credentials: given(login)})
	if err != nil {
		t.Fatal(err)
	}
	defer sink.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	confirmed, err := sink.Send(ctx, []stream.Record{record(1)})
	if f := stream.AsFailure(err); confirmed != 0 || f == nil || !f.Final || f.Text != "the namespace has no event hub of that name" {
		t.Errorf("confirmed %d, %v", confirmed, err)
	}
}

func TestTLS(t *testing.T) {
	server := httptest.NewUnstartedServer(nil)
	server.StartTLS()
	defer server.Close()
	n := newNamespace(t, kfake.TLS(server.TLS))
	d := destination(n)
	d.Plain = false
	for name, roots := range map[string]*x509.CertPool{"": x509.NewCertPool(), "the certificate is signed by an unknown authority": x509.NewCertPool()} {
		if name == "" {
			roots.AddCert(server.Certificate())
		}
		d.Policy.Roots = roots
		sink, err := d.Open(&stream.Stream{Generation: format.New, Credentials: given(login)})
		if err != nil {
			t.Fatal(err)
		}
		_, err = sink.Send(t.Context(), []stream.Record{record(1)})
		sink.Close()
		if f := stream.AsFailure(err); name == "" && err != nil || name != "" && (f == nil || f.Text != name) {
			t.Errorf("got %v, want %q", err, name)
		}
	}
}

// No connection is made to where the policy does not allow, neither by the connection string nor by what brokers say.
func TestPolicy(t *testing.T) {
	n := newNamespace(t)
	d := destination(n)
	d.Policy.Allow = nil
	sink, err := d.Open(&stream.Stream{Generation: format.New, Credentials: given(login)})
	if err != nil {
		t.Fatal(err)
	}
	defer sink.Close()
	confirmed, err := sink.Send(t.Context(), []stream.Record{record(1)})
	if f := stream.AsFailure(err); confirmed != 0 || f == nil || !f.Final || !strings.Contains(f.Text, "not public") {
		t.Errorf("confirmed %d, %v", confirmed, err)
	}
	for _, host := range []string{"127.0.0.1", "localhost", "[::1]", "2130706433", "169.254.169.254", "host:9093", "a@b", "a/b", "..", "a b", ""} {
		text := strings.Replace(login, "harbour.servicebus.windows.net", host, 1)
		if stored, problems := d.Check(given(text), nil); len(problems) == 0 {
			t.Errorf("%s was accepted as %s", host, stored)
		}
	}
}

func TestCheck(t *testing.T) {
	d := eventhubs.Destination{}
	masked := string(d.Mask(given(login)))
	if want := `{"connection_string":"Endpoint=sb://harbour.servicebus.windows.net/;SharedAccessKeyName=simstead;SharedAccessKey=***;EntityPath=sim-events"}`; masked != want {
		t.Errorf("masked as %s", masked)
	}
	if kept, problems := d.Check(json.RawMessage(masked), given(login)); len(problems) > 0 || string(kept) != string(given(login)) {
		t.Errorf("the mask given back: %s, %v", kept, problems)
	}
	if strings.Contains(string(d.Mask(given("SharedAccessSignature="+key+";X="+key))), key) {
		t.Error("another secret is shown")
	}
	for _, tt := range []struct{ given, want string }{
		{"", "is required"}, {"hush", "must be of the form"}, {"a=b;c=d", "must name the namespace"},
		{strings.Replace(login, ";EntityPath="+hub, "", 1), "must name the event hub as EntityPath"},
		{strings.Replace(login, hub, "a hub", 1), "EntityPath"}, {strings.Replace(login, key, "", 1), "SharedAccessKey"},
		{strings.Replace(login, key, "***", 1), "masked"}, {strings.Replace(login, "sb:", "https:", 1), "Endpoint=sb://"},
		{login + strings.Repeat(";", 5000), "too long"},
	} {
		_, problems := d.Check(given(tt.given), nil)
		if len(problems) != 1 || !strings.Contains(problems[0].Message, tt.want) || strings.Contains(problems[0].Message, key) {
			t.Errorf("%s: %v", tt.given, problems)
		}
	}
	if _, problems := d.Check(given(strings.ToLower(login[:8])+login[8:]+";"), nil); len(problems) > 0 {
		t.Errorf("another case: %v", problems)
	}
}
