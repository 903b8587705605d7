package app

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestLoad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "simstead.yaml")
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		name, file string
		environ    []string
		change     func(*Config)
		fails      string
	}{
		{name: "defaults", change: func(*Config) {}},
		{
			name: "file", file: "http_addr: 0.0.0.0:80\nrecord_interval: 10s\nradius_clients:\n  - address: 10.0.0.0/8\n    secret: s\n    optional_message_authenticator: true\n",
			change: func(c *Config) {
				c.HTTPAddr, c.RecordInterval = "0.0.0.0:80", 10*time.Second
				c.RADIUSClients = []RADIUSClient{{Address: "10.0.0.0/8", Secret: "s", OptionalMessageAuthenticator: true}}
			},
		},
		{
			name: "environment wins", file: "http_addr: 0.0.0.0:80\n",
			environ: []string{"SIMSTEAD_HTTP_ADDR=127.0.0.1:9", "SIMSTEAD_STREAM_ALLOW=10.0.0.0/8, 192.168.0.0/16", "SIMSTEAD_RADIUS_CLIENTS=10.0.0.0/8=a,192.0.2.1=b", "SIMSTEAD_SERVICE_HOST=x", "OTHER=y"},
			change: func(c *Config) {
				c.HTTPAddr, c.StreamAllow = "127.0.0.1:9", []string{"10.0.0.0/8", "192.168.0.0/16"}
				c.RADIUSClients = []RADIUSClient{{Address: "10.0.0.0/8", Secret: "a"}, {Address: "192.0.2.1", Secret: "b"}}
			},
		},
		{
			name: "AWS", file: "aws_base_role: arn:aws:iam::1:role/r\naws_s3_path_style: true\n", environ: []string{"SIMSTEAD_AWS_PARTITION_KEY=organisation"},
			change: func(c *Config) {
				c.AWS = AWSConfig{BaseRole: "arn:aws:iam::1:role/r", S3PathStyle: true, PartitionKey: "organisation"}
			},
		},
		{name: "half an AWS key", file: "aws_access_key_id: x\n", fails: "go together"},
		{name: "AWS partition key", file: "aws_partition_key: sim\n", fails: "endpoint or organisation"},
		{name: "AWS encryption", file: "aws_s3_encryption: rot13\n", fails: "AES256"},
		{name: "AWS encryption key", file: "aws_s3_encryption: AES256\naws_s3_encryption_key: k\n", fails: "aws:kms"},
		{name: "unknown key", file: "http_adr: x\n", fails: `unknown key "http_adr"`},
		{name: "no YAML", file: "a: b: c\n", fails: "configuration file"},
		{name: "client without secret", file: "radius_clients:\n  - address: 10.0.0.1\n", fails: "has no secret"},
		{name: "client without address", environ: []string{"SIMSTEAD_RADIUS_CLIENTS=here=x"}, fails: `"here" is neither`},
		{name: "not a duration", environ: []string{"SIMSTEAD_RECORD_INTERVAL=soon"}, fails: "configuration"},
		{name: "interim too short", environ: []string{"SIMSTEAD_INTERIM_INTERVAL=1s"}, fails: "at least 10s"},
		{name: "proxy is a name", environ: []string{"SIMSTEAD_TRUSTED_PROXIES=lb"}, fails: "trusted_proxies"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			write(test.file)
			got, err := Load(Defaults(), path, test.environ)
			if test.fails != "" {
				if err == nil || !strings.Contains(err.Error(), test.fails) {
					t.Fatalf("got %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			want := Defaults()
			test.change(&want)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	t.Run("named file is missing", func(t *testing.T) {
		if _, err := Load(Defaults(), path+".not", nil); err == nil {
			t.Error("no error")
		}
	})
}

func TestEveryAWSKeyIsKnown(t *testing.T) {
	fields := reflect.TypeFor[AWSConfig]()
	for i := range fields.NumField() {
		if key := fields.Field(i).Tag.Get("koanf"); !isKnown(key) {
			t.Errorf("%s is not known", key)
		}
	}
	if fields.NumField() != len(awsKeys) {
		t.Errorf("%d keys", len(awsKeys))
	}
}
