// Package aws runs the built program against a Kinesis, an S3 that checks signatures and an STS that checks the external
// id: streams of both API versions, from the log to what a reader finds.
package aws

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/simstead/simstead/internal/stream/aws/awstest"
	"github.com/simstead/simstead/internal/stream/format"
	"github.com/simstead/simstead/test/rig"
)

var binary string // of the program, built once

func TestMain(m *testing.M) { rig.Main(m, &binary) }

const role = "arn:aws:iam::123456789012:role/streams"

func keys(key, secret string) sdk.CredentialsProvider {
	return credentials.NewStaticCredentialsProvider(key, secret, "")
}

// awaited asks until there is an answer.
func awaited[T any](t *testing.T, what string, ask func() (T, bool)) T {
	t.Helper()
	for range 300 {
		if got, ok := ask(); ok {
			return got
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("no %s", what)
	panic("not reached")
}

func TestStreams(t *testing.T) {
	ctx := context.Background()
	shards := awstest.Kinesis(t)
	buckets, dir := awstest.S3(t, awstest.CustomerKey, awstest.CustomerSecret, "eu-west-1")
	sts := awstest.NewSTS(t, map[string]string{})
	sts.Token = ""
	site, err := rig.NewSite(binary, t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	site.Env = []string{
		"SIMSTEAD_AWS_ACCESS_KEY_ID=" + awstest.OperatorKey, "SIMSTEAD_AWS_SECRET_ACCESS_KEY=" + awstest.OperatorSecret,
		"SIMSTEAD_AWS_STS_ENDPOINT=" + sts.URL, "SIMSTEAD_AWS_KINESIS_ENDPOINT=" + shards, "SIMSTEAD_AWS_S3_ENDPOINT=" + buckets,
		"SIMSTEAD_AWS_S3_PATH_STYLE=true",
	}
	if err := site.Demo(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(site.Process.Kill)
	token, err := site.Token(rig.CustomerToken)
	if err != nil {
		t.Fatal(err)
	}
	client := &rig.Client{URL: site.URL(), Token: token}
	var organisation struct {
		ID int64 `json:"id"`
	}
	if _, err := client.JSON("GET", "/api/v1/organisation/my", "", &organisation); err != nil {
		t.Fatal(err)
	}
	sts.Trust(role, fmt.Sprintf("org-%d", organisation.ID))

	store := s3.New(s3.Options{
		Region: "eu-west-1", BaseEndpoint: &buckets, UsePathStyle: true, Credentials: keys(awstest.CustomerKey, awstest.CustomerSecret),
	})
	if _, err := store.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: sdk.String("records")}); err != nil {
		t.Fatal(err)
	}
	reader := kinesis.New(kinesis.Options{Region: "eu-west-1", BaseEndpoint: &shards, Credentials: keys("reader", "reader")})
	if _, err := reader.CreateStream(ctx, &kinesis.CreateStreamInput{StreamName: sdk.String("records"), ShardCount: sdk.Int32(1)}); err != nil {
		t.Fatal(err)
	}
	time.Sleep(200 * time.Millisecond) // until it is active

	post(t, client, "/api/v2/data_stream", `{"data_stream_type":{"id":2},"destination":{"connection_type":"AwsKinesis","format":"Json",
		"credentials":{"region":"eu-west-1","stream_name":"records","role_arn":"`+role+`"}}}`)
	post(t, client, "/api/v2/data_stream", `{"data_stream_type":{"id":2},"destination":{"connection_type":"S3","format":"Csv",
		"credentials":{"region":"eu-west-1","bucket_name":"records","role_arn":"`+role+`"}}}`)
	post(t, client, "/api/v1/data_stream", `{"stream_historic_data":0,"data_stream_type":{"description":"Usage Data & Events","id":3},
		"api_type":{"description":"AWS S3","id":8},"api_username":"`+role+`","api_parameter":"eu-west-1/records"}`)
	broken := post(t, client, "/api/v2/data_stream", `{"data_stream_type":{"id":2},"destination":{"connection_type":"S3","format":"Csv",
		"credentials":{"region":"eu-west-1","bucket_name":"records","role_arn":"`+role+`-of-others"}}}`)
	cause(t, client)

	record := awaited(t, "record in Kinesis", func() (types.Record, bool) { return firstRecord(reader) })
	var event struct {
		Organisation struct {
			ID int64 `json:"id"`
		} `json:"organisation"`
	}
	if err := json.Unmarshal(record.Data, &event); err != nil || event.Organisation.ID != organisation.ID || strings.HasSuffix(string(record.Data), "\n") {
		t.Errorf("Kinesis has %q, %v", record.Data, err)
	}
	file(t, dir, `events/events_\d{8}_\d{6}_\d+_\d{6}\.csv`, format.Header(format.New, format.EventKind))
	file(t, dir, `events_\d{8}_\d{6}\.csv`, format.Header(format.Migrated, format.EventKind))
	text := awaited(t, "error of the stream with a wrong role", func() (string, bool) {
		var s struct {
			Status struct {
				ID int64 `json:"id"`
			} `json:"status"`
			Error *string `json:"error"`
		}
		_, err := client.JSON("GET", broken, "", &s)
		if err != nil || s.Status.ID != 3 || s.Error == nil {
			return "", false
		}
		return *s.Error, true
	})
	if !strings.HasPrefix(text, "the role could not be assumed: AccessDenied: ") {
		t.Errorf("it says %q", text)
	}
}

// cause makes events of the customer's.
func cause(t *testing.T, client *rig.Client) {
	t.Helper()
	var endpoints []struct {
		ID int64 `json:"id"`
	}
	if _, err := client.JSON("GET", "/api/v1/endpoint", "", &endpoints); err != nil || len(endpoints) == 0 {
		t.Fatal(len(endpoints), err)
	}
	for _, status := range []int{1, 0} {
		path := fmt.Sprintf("/api/v1/endpoint/%d", endpoints[0].ID)
		if _, err := client.JSON("PATCH", path, fmt.Sprintf(`{"status":{"id":%d},"name":"buoy %d"}`, status, status), nil); err != nil {
			t.Fatal(err)
		}
	}
}

func post(t *testing.T, client *rig.Client, path, body string) (location string) {
	t.Helper()
	a, err := client.JSON("POST", path, body, nil)
	if err != nil {
		t.Fatal(err)
	}
	if a.Status != http.StatusCreated {
		t.Fatalf("%s: %d", path, a.Status)
	}
	location = a.Header.Get("Location")
	return location[strings.Index(location, "/api/"):]
}

func firstRecord(reader *kinesis.Client) (types.Record, bool) {
	ctx := context.Background()
	shards, err := reader.ListShards(ctx, &kinesis.ListShardsInput{StreamName: sdk.String("records")})
	if err != nil || len(shards.Shards) == 0 {
		return types.Record{}, false
	}
	from, err := reader.GetShardIterator(ctx, &kinesis.GetShardIteratorInput{
		StreamName: sdk.String("records"), ShardId: shards.Shards[0].ShardId, ShardIteratorType: types.ShardIteratorTypeTrimHorizon,
	})
	if err != nil {
		return types.Record{}, false
	}
	got, err := reader.GetRecords(ctx, &kinesis.GetRecordsInput{ShardIterator: from.ShardIterator})
	if err != nil || len(got.Records) == 0 {
		return types.Record{}, false
	}
	return got.Records[0], true
}

// file waits for an object whose key fits, and checks its first line.
func file(t *testing.T, dir, pattern, header string) {
	t.Helper()
	fits := regexp.MustCompile("^" + pattern + "$")
	content := awaited(t, "object "+pattern, func() (string, bool) {
		var found string
		home := filepath.Join(dir, "records")
		_ = filepath.WalkDir(home, func(path string, _ os.DirEntry, _ error) error {
			if key, _ := filepath.Rel(home, path); fits.MatchString(key) {
				content, _ := os.ReadFile(path)
				found = string(content)
			}
			return nil
		})
		return found, found != ""
	})
	if rows, ok := strings.CutPrefix(content, header); !ok || rows == "" {
		t.Errorf("%s holds %.300q", pattern, content)
	}
}
