package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/db/dbtest"
	"github.com/simstead/simstead/internal/egress"
	"github.com/simstead/simstead/internal/stream"
	"github.com/simstead/simstead/internal/stream/aws"
	"github.com/simstead/simstead/internal/stream/aws/awstest"
	"github.com/simstead/simstead/internal/stream/kinesis"
	"github.com/simstead/simstead/internal/stream/s3"
	"github.com/simstead/simstead/internal/tariff"
)

// BenchmarkDeliveryAmazon measures how fast a backlog of usage records reaches S3, as rows of CSV, and Kinesis, both on
// loopback, with a durable cursor. Beside it, bare: net/http sending the same bytes to the same receiver, unsigned, one
// after the other, out of memory. The receivers take what comes without checking it.
func BenchmarkDeliveryAmazon(b *testing.B) {
	const role = "arn:aws:iam::123456789012:role/streams"
	for name, open := range map[string]func(testing.TB, clock.Clock) *db.DB{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		d := open(b, clock.System())
		f := fill(b, d, 1, 1000)
		organisation := f.organisations[0]
		logUsage(b, d, organisation, backlog)
		var catalogue *tariff.Catalogue
		must(b, d.Read(context.Background(), func(q db.Queryer) (err error) { catalogue, err = tariff.Load(q); return err }))
		sts := awstest.NewSTS(b, map[string]string{role: fmt.Sprintf("org-%d", organisation)})
		for connection, credentials := range map[string]map[string]any{
			stream.S3:         {"region": "eu-west-1", "role_arn": role, "bucket_name": "records", "flush_size": 10_000, "rotate_interval": 10_000},
			stream.AwsKinesis: {"region": "eu-west-1", "role_arn": role, "stream_name": "records"},
		} {
			b.Run(name+"/"+connection, func(b *testing.B) {
				for range b.N {
					r := &amazon{want: backlog, done: make(chan struct{})}
					server := httptest.NewServer(r)
					account := aws.NewAccount(aws.Settings{
						AccessKeyID: awstest.OperatorKey, SecretAccessKey: awstest.OperatorSecret, STSEndpoint: sts.URL,
						S3Endpoint: server.URL, KinesisEndpoint: server.URL, PathStyle: true,
					}, egress.Policy{AllowHTTP: true, AllowBareIP: true, Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
					e := webhookEngine(d)
					e.Catalogue = func() *tariff.Catalogue { return catalogue }
					e.Destinations = map[string]stream.Destination{stream.S3: s3.New(account, clock.System()), stream.AwsKinesis: kinesis.Destination{Account: account}}
					text, err := json.Marshal(credentials)
					must(b, err)
					took := deliver(b, d, e, organisation, connection, text, r.done)
					b.ReportMetric(float64(backlog)/took.Seconds(), "records/s")
					b.ReportMetric(float64(backlog)/r.bare(b, server.URL).Seconds(), "bare-records/s")
					account.Close()
					server.Close()
				}
			})
		}
	}
}

// amazon takes objects of S3 and records of Kinesis, counts rows and records, and keeps the first request.
type amazon struct {
	want int
	done chan struct{}

	mu     sync.Mutex
	got    int
	body   []byte
	inBody int
	first  *http.Request
	buf    bytes.Buffer
}

func (a *amazon) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.buf.Reset()
	_, _ = a.buf.ReadFrom(r.Body)
	puts := r.Method == http.MethodPut
	n := bytes.Count(a.buf.Bytes(), []byte(`"PartitionKey"`))
	if puts {
		n = bytes.Count(a.buf.Bytes(), []byte("\n\"")) // rows; the header is the line before the first
	}
	if a.body == nil {
		a.body, a.inBody, a.first = bytes.Clone(a.buf.Bytes()), n, r
	}
	before := a.got
	a.got += n
	if !puts {
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		_, _ = io.WriteString(w, `{"FailedRecordCount":0,"Records":[`+strings.TrimSuffix(strings.Repeat(`{"SequenceNumber":"1","ShardId":"shardId-000000000000"},`, n), ",")+`]}`)
	}
	if before < a.want && a.got >= a.want {
		close(a.done)
	}
}

// bare sends the same bytes as often as the backlog needs.
func (a *amazon) bare(b *testing.B, url string) time.Duration {
	a.mu.Lock()
	body, rows, first := a.body, a.inBody, a.first
	a.mu.Unlock()
	client := &http.Client{Transport: &http.Transport{DisableCompression: true}}
	defer client.CloseIdleConnections()
	began := time.Now()
	for sent := 0; sent < backlog; sent += rows {
		req, err := http.NewRequest(first.Method, url+first.URL.Path, bytes.NewReader(body))
		must(b, err)
		resp, err := client.Do(req)
		must(b, err)
		_, _ = io.Copy(io.Discard, resp.Body)
		must(b, resp.Body.Close())
	}
	return time.Since(began)
}
