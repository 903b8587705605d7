package kinesis

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
	"go.uber.org/goleak"

	"github.com/simstead/simstead/internal/egress"
	"github.com/simstead/simstead/internal/stream"
	"github.com/simstead/simstead/internal/stream/aws"
	"github.com/simstead/simstead/internal/stream/aws/awstest"
	"github.com/simstead/simstead/internal/stream/streamtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	organisation = 4711
	role         = "arn:aws:iam::123456789012:role/streams"
	foreign      = "arn:aws:iam::123456789012:role/of-another-organisation"
)

// peer is a Kinesis behind a proxy, an STS, and a reader.
type peer struct {
	proxy  *streamtest.Proxy
	sts    *awstest.STS
	reader *kinesis.Client
	url    string
}

func newPeer(t *testing.T, url string) *peer {
	t.Helper()
	p := &peer{url: url, proxy: streamtest.NewProxy(t, url, nil)}
	p.sts = awstest.NewSTS(t, map[string]string{role: "org-4711", foreign: "org-1"})
	p.reader = kinesis.New(kinesis.Options{
		Region: "eu-west-1", BaseEndpoint: &url, Credentials: credentials.NewStaticCredentialsProvider("reader", "reader", ""),
		HTTPClient: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}},
	})
	return p
}

func (p *peer) destination(t testing.TB, change func(*aws.Settings)) Destination {
	settings := aws.Settings{
		AccessKeyID: awstest.OperatorKey, SecretAccessKey: awstest.OperatorSecret, STSEndpoint: p.sts.URL, KinesisEndpoint: p.proxy.URL,
	}
	if change != nil {
		change(&settings)
	}
	account := aws.NewAccount(settings, egress.Policy{AllowHTTP: true, AllowBareIP: true, Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	t.Cleanup(account.Close)
	return Destination{Account: account}
}

// create makes a stream of two shards.
func (p *peer) create(t *testing.T, name string) {
	t.Helper()
	ctx := context.Background()
	if _, err := p.reader.CreateStream(ctx, &kinesis.CreateStreamInput{StreamName: &name, ShardCount: sdk.Int32(2)}); err != nil {
		t.Fatal(err)
	}
	for range 100 {
		out, err := p.reader.DescribeStream(ctx, &kinesis.DescribeStreamInput{StreamName: &name})
		if err == nil && out.StreamDescription.StreamStatus == types.StreamStatusActive {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("the stream does not become active")
}

// received reads every shard to its end.
func (p *peer) received(t *testing.T, name string) (out []types.Record) {
	t.Helper()
	ctx := context.Background()
	shards, err := p.reader.ListShards(ctx, &kinesis.ListShardsInput{StreamName: &name})
	if err != nil {
		t.Fatal(err)
	}
	for _, shard := range shards.Shards {
		from, err := p.reader.GetShardIterator(ctx, &kinesis.GetShardIteratorInput{
			StreamName: &name, ShardId: shard.ShardId, ShardIteratorType: types.ShardIteratorTypeTrimHorizon,
		})
		if err != nil {
			t.Fatal(err)
		}
		for iterator := from.ShardIterator; iterator != nil; {
			got, err := p.reader.GetRecords(ctx, &kinesis.GetRecordsInput{ShardIterator: iterator})
			if err != nil {
				t.Fatal(err)
			}
			if len(got.Records) == 0 {
				break
			}
			out = append(out, got.Records...)
			iterator = got.NextShardIterator
		}
	}
	return out
}

func credentialsOf(name, role string) json.RawMessage {
	return fmt.Appendf(nil, `{"region":"eu-west-1","stream_name":%q,"role_arn":%q}`, name, role)
}

func record(n int) stream.Record {
	return stream.Record{Kind: stream.EventStream, Key: int64(n % 4), Data: fmt.Appendf(nil, `{"id":%d,"text":"é"}`, n)}
}

// refuseSome takes the records of a call that let says yes to, and refuses the others as a shard does that has enough.
func refuseSome(let func(place int, r map[string]any) bool) streamtest.Behaviour {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		var in, out map[string]any
		body, _ := io.ReadAll(r.Body)
		_ = json.Unmarshal(body, &in)
		all := in["Records"].([]any)
		var some []any
		for i, one := range all {
			if let(i, one.(map[string]any)) {
				some = append(some, one)
			}
		}
		var taken []any
		if len(some) > 0 {
			in["Records"] = some
			body, _ = json.Marshal(in)
			r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
			r.Header.Set("Content-Length", fmt.Sprint(len(body)))
			answer := httptest.NewRecorder()
			next.ServeHTTP(answer, r)
			_ = json.Unmarshal(answer.Body.Bytes(), &out)
			taken = out["Records"].([]any)
		}
		results := make([]any, len(all))
		for i, one := range all {
			results[i] = map[string]any{"ErrorCode": "ProvisionedThroughputExceededException", "ErrorMessage": "Rate exceeded for shard 0"}
			if let(i, one.(map[string]any)) {
				results[i], taken = taken[0], taken[1:]
			}
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		_ = json.NewEncoder(w).Encode(map[string]any{"FailedRecordCount": len(all) - len(some), "Records": results})
	}
}

func refusal(status int, code, message string) streamtest.Behaviour {
	return streamtest.Answer(status, map[string]string{"Content-Type": "application/x-amz-json-1.1"}, fmt.Sprintf(`{"__type":%q,"message":%q}`, code, message))
}

func TestSuite(t *testing.T) {
	url := awstest.Kinesis(t)
	streams := 0
	streamtest.Run(t, func(t *testing.T) *streamtest.Subject {
		p := newPeer(t, url)
		streams++
		name := fmt.Sprint("stream-", streams)
		p.create(t, name)
		d := p.destination(t, nil)
		stored, problems := d.Check(credentialsOf(name, role), nil)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		return &streamtest.Subject{
			Destination: d, Stream: stream.Stream{Organisation: organisation, ID: 1, Generation: stream.NewFormat, Credentials: stored},
			Record: record, ByKey: true,
			Received: func(t *testing.T) (out []string) {
				for _, r := range p.received(t, name) {
					out = append(out, string(r.Data))
				}
				return out
			},
			Behave: func(_ *testing.T, how streamtest.Trouble) bool {
				p.proxy.Behave(map[streamtest.Trouble]streamtest.Behaviour{
					streamtest.Refused:  refusal(500, "InternalFailure", "something broke"),
					streamtest.Throttle: refusal(400, "LimitExceededException", "too many"),
					streamtest.Slow:     streamtest.Hang, streamtest.Reset: streamtest.HangUp, streamtest.Lost: streamtest.LoseAnswer,
					streamtest.Partial: refuseSome(func(place int, _ map[string]any) bool { return place%3 != 1 }),
				}[how])
				return true
			},
			Texts: map[streamtest.Trouble]string{
				streamtest.Refused: "InternalFailure: something broke", streamtest.Throttle: "LimitExceededException: too many",
				streamtest.Reset: "connection reset by the destination", streamtest.Lost: "connection reset by the destination",
			},
			After: time.Second, Secret: awstest.CustomerSecret, Oversize: bytes.Repeat([]byte("x"), maxRecord+1),
			Wrong: []streamtest.Wrong{
				{Name: "unknown role", Credentials: credentialsOf(name, role+"2"), Text: "the role could not be assumed: AccessDenied: User: "},
				{Name: "role that trusts another organisation", Credentials: credentialsOf(name, foreign), Text: "the role could not be assumed: AccessDenied: "},
				{Name: "no such role", Credentials: credentialsOf(name, "arn:aws:iam::me:role/x"), Text: "the role could not be assumed: ValidationError: "},
				{Name: "no such stream", Credentials: credentialsOf("other", role), Text: "ResourceNotFoundException: Stream other under account "},
				{Name: "placeholder", Credentials: credentialsOf("<kinesis-stream-name>", role), Text: "ValidationException: "},
			},
		}
	})
}

// open returns a sink at a stream of its own.
func open(t *testing.T, p *peer, name string, change func(*aws.Settings)) stream.Sink {
	t.Helper()
	p.create(t, name)
	s, err := p.destination(t, change).Open(&stream.Stream{Organisation: organisation, Credentials: credentialsOf(name, role)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func records(n int) (out []stream.Record) {
	for i := range n {
		out = append(out, record(i+1))
	}
	return out
}

func TestPartitionKeys(t *testing.T) {
	p := newPeer(t, awstest.Kinesis(t))
	for _, tt := range []struct {
		name string
		by   bool
		want string
	}{{"endpoint", false, "1 2 3"}, {"organisation", true, "4711 4711 4711"}} {
		t.Run(tt.name, func(t *testing.T) {
			s := open(t, p, tt.name, func(s *aws.Settings) { s.KeyByOrganisation = tt.by })
			p.proxy.Behave(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
				if got := r.Header.Get("X-Amz-Security-Token"); got != awstest.Token {
					t.Errorf("the session's token is %q", got)
				}
				if by := r.Header.Get("Authorization"); !strings.Contains(by, "Credential="+awstest.CustomerKey+"/") || !strings.Contains(by, "/eu-west-1/kinesis/") {
					t.Errorf("signed with %s", by)
				}
				next.ServeHTTP(w, r)
			})
			if n, err := s.Send(t.Context(), records(3)); n != 3 || err != nil {
				t.Fatal(n, err)
			}
			var keys []string
			for _, r := range p.received(t, tt.name) {
				keys = append(keys, *r.PartitionKey)
			}
			if slices.Sort(keys); strings.Join(keys, " ") != tt.want {
				t.Errorf("got %v", keys)
			}
		})
	}
	for _, call := range p.sts.Calls() {
		if call != role+" org-4711 3600 "+awstest.OperatorKey {
			t.Errorf("STS was asked for %s", call)
		}
	}
}

// TestOneKeyIsRefused puts nothing of other keys twice, and says in the end what Kinesis said last.
func TestOneKeyIsRefused(t *testing.T) {
	p := newPeer(t, awstest.Kinesis(t))
	s := open(t, p, "refused", nil)
	p.proxy.Behave(refuseSome(func(_ int, r map[string]any) bool { return r["PartitionKey"] != "3" }))
	n, err := s.Send(t.Context(), records(12))
	f := stream.AsFailure(err)
	if n != 2 || f == nil || f.Final || f.After != time.Second || f.Text != "ProvisionedThroughputExceededException: Rate exceeded for shard 0" {
		t.Errorf("confirmed %d, %+v", n, f)
	}
	if got := p.received(t, "refused"); len(got) != 9 {
		t.Errorf("%d records were put, want 9", len(got))
	}
}

// TestOrderWithinKey shows that what got ahead of a refused record of its key is put again behind it.
func TestOrderWithinKey(t *testing.T) {
	p := newPeer(t, awstest.Kinesis(t))
	s := open(t, p, "order", func(s *aws.Settings) { s.KeyByOrganisation = true })
	calls, some := 0, refuseSome(func(place int, _ map[string]any) bool { return place != 1 })
	p.proxy.Behave(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if calls++; calls == 1 {
			some(w, r, next)
			return
		}
		next.ServeHTTP(w, r)
	})
	if n, err := s.Send(t.Context(), records(4)); n != 4 || err != nil {
		t.Fatal(n, err)
	}
	var ids []string
	for _, r := range p.received(t, "order") {
		ids = append(ids, strings.SplitN(string(r.Data), ",", 2)[0][6:])
	}
	if got := strings.Join(ids, " "); got != "1 3 4 2 3 4" {
		t.Errorf("a reader meets %s", got)
	}
}

// TestCallsAreWithinLimits sends more than one call may have, in records and in bytes.
func TestCallsAreWithinLimits(t *testing.T) {
	for _, tt := range []struct{ records, size, calls int }{{1200, 10, 3}, {12, maxRecord - 10, 3}, {500, 10, 1}, {501, 10, 2}} {
		t.Run(fmt.Sprint(tt.records, " of ", tt.size), func(t *testing.T) {
			var s Sink
			all := make([]stream.Record, tt.records)
			pending := make([]int, tt.records)
			for i := range all {
				all[i], pending[i] = stream.Record{Key: 1234567890, Data: make([]byte, tt.size)}, i
			}
			calls := 0
			for len(pending) > 0 {
				call, err := s.next(all, pending)
				if err != nil || len(call) == 0 || len(call) > 500 || len(call)*(tt.size+10) > 5<<20 {
					t.Fatal(len(call), err)
				}
				pending = pending[len(call):]
				calls++
			}
			if calls != tt.calls {
				t.Errorf("%d calls", calls)
			}
		})
	}
}

// BenchmarkSend puts calls of 500 records of 800 bytes to a server that takes them all.
func BenchmarkSend(b *testing.B) {
	answer := []byte(`{"FailedRecordCount":0,"Records":[` + strings.TrimSuffix(strings.Repeat(`{"SequenceNumber":"1","ShardId":"shardId-000000000000"},`, 500), ",") + `]}`)
	p := &peer{sts: awstest.NewSTS(b, map[string]string{role: "org-4711"})}
	p.proxy = streamtest.NewProxy(b, "", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = w.Write(answer)
	}))
	sink, err := p.destination(b, nil).Open(&stream.Stream{Organisation: organisation, Credentials: credentialsOf("bench", role)})
	if err != nil {
		b.Fatal(err)
	}
	batch := make([]stream.Record, 500)
	for i := range batch {
		batch[i] = stream.Record{Key: int64(i), Data: bytes.Repeat([]byte("x"), 800)}
	}
	for b.Loop() {
		if n, err := sink.Send(b.Context(), batch); err != nil {
			b.Fatal(n, err)
		}
	}
	b.ReportMetric(float64(len(batch))*float64(b.N)/b.Elapsed().Seconds(), "records/s")
}
