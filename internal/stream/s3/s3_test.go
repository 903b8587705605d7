package s3

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"go.uber.org/goleak"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/egress"
	"github.com/simstead/simstead/internal/stream"
	"github.com/simstead/simstead/internal/stream/aws"
	"github.com/simstead/simstead/internal/stream/aws/awstest"
	"github.com/simstead/simstead/internal/stream/format"
	"github.com/simstead/simstead/internal/stream/streamtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	organisation = 4711
	role         = "arn:aws:iam::123456789012:role/streams"
	region       = "eu-west-1"
	root         = "root"
	rootSecret   = "root-secret"
)

// peer is an S3 server behind a proxy, with a user who may put objects and do nothing else, and an STS.
type peer struct {
	proxy *streamtest.Proxy
	sts   *awstest.STS
	admin *s3.Client
	dir   string
}

func newPeer(t *testing.T) *peer {
	t.Helper()
	url, dir := awstest.S3(t, root, rootSecret, region)
	add := exec.Command(awstest.S3Program(t), "admin", "--allow-insecure", "--access", root, "--secret", rootSecret, "--endpoint-url", url,
		"--region", region, "create-user", "--access", awstest.CustomerKey, "--secret", awstest.CustomerSecret, "--role", "user")
	if out, err := add.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	sts := awstest.NewSTS(t, map[string]string{role: "org-4711"})
	sts.Token = ""
	return &peer{
		proxy: streamtest.NewProxy(t, url, nil), sts: sts, dir: dir,
		admin: s3.New(s3.Options{
			Region: region, BaseEndpoint: &url, UsePathStyle: true, Credentials: credentials.NewStaticCredentialsProvider(root, rootSecret, ""),
			HTTPClient: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}},
		}),
	}
}

// bucket makes a bucket with the policy that docs/destinations/aws-s3.md shows.
func (p *peer) bucket(t *testing.T, name string) {
	t.Helper()
	ctx := context.Background()
	if _, err := p.admin.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &name}); err != nil {
		t.Fatal(err)
	}
	policy := fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":[%q]},"Action":["s3:PutObject"],
		"Resource":["arn:aws:s3:::%s/*"]}]}`, awstest.CustomerKey, name)
	if _, err := p.admin.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: &name, Policy: &policy}); err != nil {
		t.Fatal(err)
	}
}

func (p *peer) destination(t testing.TB, clk clock.Clock, change func(*aws.Settings)) Destination {
	settings := aws.Settings{
		AccessKeyID: awstest.OperatorKey, SecretAccessKey: awstest.OperatorSecret, STSEndpoint: p.sts.URL, S3Endpoint: p.proxy.URL, PathStyle: true,
	}
	if change != nil {
		change(&settings)
	}
	account := aws.NewAccount(settings, egress.Policy{AllowHTTP: true, AllowBareIP: true, Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	t.Cleanup(account.Close)
	return New(account, clk)
}

// objects are the bucket's keys with their contents, in the order of the keys.
func (p *peer) objects(t *testing.T, bucket string) (keys []string, contents map[string]string) {
	t.Helper()
	contents = map[string]string{}
	home := filepath.Join(p.dir, bucket)
	err := filepath.WalkDir(home, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.Contains(path, ".sgwtmp") {
			return err
		}
		content, err := os.ReadFile(path)
		key, _ := filepath.Rel(home, path)
		keys, contents[key] = append(keys, key), string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(keys)
	return keys, contents
}

func credentialsOf(bucket, role string) json.RawMessage {
	return fmt.Appendf(nil, `{"region":"eu-west-1","bucket_name":%q,"role_arn":%q,"flush_size":200,"rotate_interval":60000}`, bucket, role)
}

func record(n int) stream.Record {
	return stream.Record{Kind: stream.EventStream, Key: int64(n % 4), Data: fmt.Appendf(nil, `"%d","2026-03-01T12:00:00Z","é"`+"\n", n)}
}

func records(first, n int) (out []stream.Record) {
	for i := range n {
		out = append(out, record(first+i))
	}
	return out
}

func TestSuite(t *testing.T) {
	p := newPeer(t)
	buckets := 0
	streamtest.Run(t, func(t *testing.T) *streamtest.Subject {
		t.Cleanup(func() { p.proxy.Behave(nil) })
		buckets++
		bucket := fmt.Sprint("bucket-", buckets)
		p.bucket(t, bucket)
		d := p.destination(t, clock.System(), nil)
		stored, problems := d.Check(credentialsOf(bucket, role), nil)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		return &streamtest.Subject{
			Destination: d, Stream: stream.Stream{Organisation: organisation, ID: 17, Generation: stream.NewFormat, Credentials: stored},
			Record: record, Secret: awstest.CustomerSecret, After: time.Second,
			Received: func(t *testing.T) (out []string) {
				keys, contents := p.objects(t, bucket)
				for _, key := range keys {
					rows, ok := strings.CutPrefix(contents[key], format.Header(format.New, format.EventKind))
					if !ok || rows == "" {
						t.Errorf("%s begins %.80q", key, contents[key])
					}
					for row := range strings.Lines(rows) {
						out = append(out, row)
					}
				}
				return out
			},
			Behave: func(_ *testing.T, how streamtest.Trouble) bool {
				behaviour, ok := map[streamtest.Trouble]streamtest.Behaviour{
					streamtest.None: nil, streamtest.Refused: refusal(500, "InternalError", "We encountered an internal error."),
					streamtest.Throttle: refusal(503, "SlowDown", "Please reduce your request rate."),
					streamtest.Slow:     streamtest.Hang, streamtest.Reset: streamtest.HangUp, streamtest.Lost: streamtest.LoseAnswer,
				}[how]
				p.proxy.Behave(behaviour)
				return ok // an object is there or is not
			},
			Texts: map[streamtest.Trouble]string{
				streamtest.Refused: "InternalError: We encountered", streamtest.Throttle: "SlowDown: Please reduce",
				streamtest.Reset: "connection reset by the destination", streamtest.Lost: "connection reset by the destination",
			},
			Wrong: []streamtest.Wrong{
				{Name: "unknown role", Credentials: credentialsOf(bucket, role+"2"), Text: "the role could not be assumed: AccessDenied: User: "},
				{Name: "no such bucket", Credentials: credentialsOf("not-there", role), Text: "NoSuchBucket: "},
			},
		}
	})
}

func refusal(status int, code, message string) streamtest.Behaviour {
	return streamtest.Answer(status, map[string]string{"Content-Type": "application/xml"},
		fmt.Sprintf("<Error><Code>%s</Code><Message>%s</Message></Error>", code, message))
}

// open returns a sink at a bucket of its own.
func (p *peer) open(t *testing.T, d Destination, bucket string, s stream.Stream) stream.Sink {
	t.Helper()
	s.Organisation, s.ID, s.Credentials = organisation, 17, credentialsOf(bucket, role)
	sink, err := d.Open(&s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sink.Close)
	return sink
}

func send(t *testing.T, s stream.Sink, records []stream.Record) {
	t.Helper()
	if n, err := s.Send(t.Context(), records); n != len(records) || err != nil {
		t.Fatal(n, err)
	}
}

func TestWriteOnly(t *testing.T) {
	p := newPeer(t)
	p.bucket(t, "mine")
	if _, err := p.admin.CreateBucket(context.Background(), &s3.CreateBucketInput{Bucket: sdk.String("closed")}); err != nil {
		t.Fatal(err)
	}
	d := p.destination(t, clock.System(), nil)
	for _, tt := range []struct {
		name, bucket, key, secret, text string
	}{
		{"closed bucket", "closed", awstest.CustomerKey, awstest.CustomerSecret, "AccessDenied: "},
		{"wrong secret", "mine", awstest.CustomerKey, "wrong", "SignatureDoesNotMatch: "},
		{"right", "mine", awstest.CustomerKey, awstest.CustomerSecret, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p.sts.GiveOut(tt.key, tt.secret, time.Second)
			n, err := p.open(t, d, tt.bucket, stream.Stream{Generation: stream.NewFormat}).Send(t.Context(), records(1, 2))
			f := stream.AsFailure(err)
			if tt.text == "" && (n != 2 || err != nil) || tt.text != "" && (n != 0 || f == nil || f.Final || !strings.HasPrefix(f.Text, tt.text)) {
				t.Errorf("confirmed %d, %v", n, err)
			}
		})
	}
}

func TestNames(t *testing.T) {
	p := newPeer(t)
	at := clock.NewFake(time.Date(2026, 3, 1, 23, 59, 58, 0, time.UTC))
	usage := func(n int) stream.Record { r := record(n); r.Kind = stream.UsageStream; return r }
	for _, tt := range []struct {
		name       string
		generation int64
		want       []string
	}{
		{"old", stream.OldFormat, []string{
			"cdr_20260301_235958.csv", "events_20260301_235958.csv", "events_20260301_235959.csv", "events_20260302_000000.csv",
		}},
		{"migrated", stream.MigratedFormat, []string{
			"cdr_20260301_235958.csv", "events_20260301_235958.csv", "events_20260301_235959.csv", "events_20260302_000000.csv",
		}},
		{"new", stream.NewFormat, []string{
			"events/events_20260301_235958_17_000001.csv", "events/events_20260301_235958_17_000002.csv",
			"events/events_20260301_235958_17_000004.csv", "usage/cdr_20260301_235958_17_000003.csv",
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p.bucket(t, tt.name)
			s := p.open(t, p.destination(t, at.Clock(), nil), tt.name, stream.Stream{Generation: tt.generation})
			send(t, s, records(1, 201)) // 200 in a file
			send(t, s, []stream.Record{usage(202), record(203), usage(204)})
			keys, contents := p.objects(t, tt.name)
			if !slices.Equal(keys, tt.want) {
				t.Fatalf("got %q", keys)
			}
			for _, key := range keys {
				kind, want := format.EventKind, []int{1, 200}
				switch {
				case strings.Contains(key, "cdr"):
					kind, want = format.UsageKind, []int{202, 204}
				case key == tt.want[1] && tt.generation == stream.NewFormat, key == tt.want[2] && tt.generation != stream.NewFormat:
					want = []int{201}
				case key == tt.want[2], key == tt.want[3] && tt.generation != stream.NewFormat:
					want = []int{203}
				}
				content := format.Header(tt.generation, kind)
				for n := want[0]; n <= want[len(want)-1]; n++ {
					if kind == format.EventKind || n != 203 {
						content += string(record(n).Data)
					}
				}
				if contents[key] != content {
					t.Errorf("%s holds %.300q", key, contents[key])
				}
			}
		})
	}
}

// TestNothingIsReplaced has two programs write to one bucket in the same second, in the form that has nothing but the time.
func TestNothingIsReplaced(t *testing.T) {
	p := newPeer(t)
	p.bucket(t, "shared")
	at := clock.NewFake(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)).Clock()
	one := p.open(t, p.destination(t, at, nil), "shared", stream.Stream{Generation: stream.MigratedFormat})
	other := p.open(t, p.destination(t, at, nil), "shared", stream.Stream{Generation: stream.MigratedFormat})
	for n := range 5 {
		send(t, one, records(2*n+1, 1))
		send(t, other, records(2*n+2, 1))
	}
	keys, contents := p.objects(t, "shared")
	var all strings.Builder
	pattern := regexp.MustCompile(`^events_20260301_1200\d\d\.csv$`)
	for _, key := range keys {
		all.WriteString(contents[key])
		if !pattern.MatchString(key) {
			t.Error(key)
		}
	}
	for n := 1; n <= 10; n++ {
		if !strings.Contains(all.String(), string(record(n).Data)) {
			t.Errorf("record %d is lost", n)
		}
	}
	if len(keys) != 10 {
		t.Errorf("%d files", len(keys))
	}
}

// TestRepeatsReplace sends again what may have arrived, while the log has grown, and finds it once.
func TestRepeatsReplace(t *testing.T) {
	p := newPeer(t)
	for _, generation := range []int64{stream.MigratedFormat, stream.NewFormat} {
		t.Run(fmt.Sprint(generation), func(t *testing.T) {
			bucket := fmt.Sprint("repeats-", generation)
			p.bucket(t, bucket)
			s := p.open(t, p.destination(t, clock.System(), nil), bucket, stream.Stream{Generation: generation})
			usage := record(3)
			usage.Kind = stream.UsageStream
			both := append([]stream.Record{record(1), usage}, records(4, 5)...)
			p.proxy.Behave(streamtest.LoseAnswer)
			for range 2 {
				if n, err := s.Send(t.Context(), both[:4]); n != 0 || stream.AsFailure(err) == nil {
					t.Fatal(n, err)
				}
			}
			requests := 0
			p.proxy.Behave(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
				if requests++; requests == 2 { // the first kind's is there, the second's is not
					refusal(503, "SlowDown", "later")(w, r, next)
					return
				}
				next.ServeHTTP(w, r)
			})
			if n, err := s.Send(t.Context(), both[:5]); n != 0 || stream.AsFailure(err) == nil {
				t.Fatal(n, err)
			}
			send(t, s, both)
			keys, contents := p.objects(t, bucket)
			if len(keys) != 2 {
				t.Fatalf("files %q", keys)
			}
			for _, key := range keys {
				if rows := strings.Count(contents[key], "\n"); rows != 7 && rows != 2 {
					t.Errorf("%s has %d lines", key, rows)
				}
			}
		})
	}
}

// BenchmarkSend writes files of 10,000 rows of 350 bytes to a server that reads them and keeps nothing.
func BenchmarkSend(b *testing.B) {
	sts := awstest.NewSTS(b, map[string]string{role: "org-4711"})
	server := streamtest.NewProxy(b, "", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }))
	p := &peer{proxy: server, sts: sts}
	d := p.destination(b, clock.System(), nil)
	sink, err := d.Open(&stream.Stream{Organisation: organisation, Generation: stream.NewFormat, Credentials: json.RawMessage(
		`{"region":"eu-west-1","bucket_name":"bench","role_arn":"` + role + `","flush_size":10000,"rotate_interval":10000}`)})
	if err != nil {
		b.Fatal(err)
	}
	row := []byte(strings.Repeat(`"1234567",`, 35) + "\n")
	batch := make([]stream.Record, 10_000)
	for i := range batch {
		batch[i] = stream.Record{Kind: stream.UsageStream, Data: row}
	}
	for b.Loop() {
		if n, err := sink.Send(b.Context(), batch); err != nil {
			b.Fatal(n, err)
		}
	}
	b.ReportMetric(float64(len(batch))*float64(b.N)/b.Elapsed().Seconds(), "records/s")
}
