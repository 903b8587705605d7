package s3

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/egress"
	"github.com/simstead/simstead/internal/stream/aws"
)

func TestCheck(t *testing.T) {
	const stored = `{"region":"eu-west-1","role_arn":"arn:aws:iam::123456789012:role/r","bucket_name":"bucket-name","flush_size":10000,"rotate_interval":10000}`
	const least = `{"region":"eu-west-1","bucket_name":"bucket-name","role_arn":"arn:aws:iam::123456789012:role/r"}`
	with := func(flush, rotate string) string {
		return strings.NewReplacer(`"flush_size":10000`, `"flush_size":`+flush, `"rotate_interval":10000`, `"rotate_interval":`+rotate).Replace(stored)
	}
	for _, tt := range []struct {
		name, given, stored string
		want                string
		wrong               []string
	}{
		{name: "defaults", given: least, want: stored},
		{name: "as text and decimal", given: strings.Replace(least, "{", `{"flush_size":"10","rotate_interval":900000.0,`, 1), want: with("10", "900000")},
		{name: "most", given: `{"flush_size":100000,"rotate_interval":900000}`, stored: stored, want: with("100000", "900000")},
		{name: "one is kept", given: `{"flush_size":20}`, stored: with("10", "20000"), want: with("20", "20000")},
		{name: "null keeps", given: `{"flush_size":null,"bucket_name":null}`, stored: with("10", "20000"), want: with("10", "20000")},
		{name: "too small", given: `{"flush_size":9,"rotate_interval":9999}`, stored: stored, wrong: []string{"flush_size must be between 10 and 100000", "rotate_interval must be between 10000 and 900000"}},
		{name: "too big", given: `{"flush_size":100001,"rotate_interval":900001}`, stored: stored, wrong: []string{"flush_size", "rotate_interval"}},
		{name: "half a record", given: `{"flush_size":10.5}`, stored: stored, wrong: []string{"cannot be read"}},
		{name: "nothing", given: `{}`, wrong: []string{"region is required", "role_arn is required", "bucket_name is required"}},
		{name: "short name", given: `{"bucket_name":"ab"}`, stored: stored, wrong: []string{"bucket_name must be"}},
		{name: "host", given: `{"bucket_name":"evil.example/x"}`, stored: stored, wrong: []string{"bucket_name must be"}},
		{name: "user", given: `{"bucket_name":"user@evil"}`, stored: stored, wrong: []string{"bucket_name must be"}},
		{name: "two dots", given: `{"bucket_name":"a..b"}`, stored: stored, wrong: []string{"bucket_name must be"}},
		{name: "big letters", given: `{"bucket_name":"Bucket"}`, stored: stored, wrong: []string{"bucket_name must be"}},
		{name: "ARN", given: `{"bucket_name":"arn:aws:s3:::b"}`, stored: stored, wrong: []string{"bucket_name must be"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := New(aws.NewAccount(aws.Settings{}, egress.Policy{}), clock.System())
			got, wrong := d.Check(json.RawMessage(tt.given), json.RawMessage(tt.stored))
			if string(got) != tt.want || len(wrong) != len(tt.wrong) {
				t.Fatalf("got %s, %v", got, wrong)
			}
			for i, text := range tt.wrong {
				if !strings.Contains(wrong[i].Message, text) {
					t.Errorf("got %v, want %q", wrong[i], text)
				}
			}
		})
	}
	pace := Destination{}.Pace(json.RawMessage(with("20", "30000")))
	if pace.Most != 20 || pace.Gather != 30*time.Second || pace.RetryFor != 0 {
		t.Errorf("pace %+v", pace)
	}
}
