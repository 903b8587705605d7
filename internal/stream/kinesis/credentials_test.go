package kinesis

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/simstead/simstead/internal/egress"
	"github.com/simstead/simstead/internal/stream"
	"github.com/simstead/simstead/internal/stream/aws"
)

func TestCheck(t *testing.T) {
	const stored = `{"region":"eu-west-1","role_arn":"arn:aws:iam::123456789012:role/r","stream_name":"s"}`
	for _, tt := range []struct {
		name, given, stored string
		want                string // what is stored
		wrong               []string
	}{
		{
			name:  "as published",
			given: `{"region": "af-south-1", "stream_name": "demo-stream", "role_arn": "arn:aws:iam:1234567890:role/role_for_kinesis_data_stream"}`,
			want:  `{"region":"af-south-1","role_arn":"arn:aws:iam:1234567890:role/role_for_kinesis_data_stream","stream_name":"demo-stream"}`,
		},
		{
			name:  "as published for version 1",
			given: `{"region":"eu-west-1","stream_name":"<kinesis-stream-name>","role_arn":"arn:aws:iam::<your-account_id>:role/<kinesis-role-name>"}`,
			want:  `{"region":"eu-west-1","role_arn":"arn:aws:iam::\u003cyour-account_id\u003e:role/\u003ckinesis-role-name\u003e","stream_name":"\u003ckinesis-stream-name\u003e"}`,
		},
		{name: "region alone", given: `{"region":"us-gov-west-1"}`, stored: stored, want: strings.Replace(stored, "eu-west-1", "us-gov-west-1", 1)},
		{name: "null keeps", given: `{"region":null}`, stored: stored, want: stored},
		{name: "unknown fields", given: strings.Replace(stored, "{", `{"x":[1],"access_key_id":"AKIA","secret_access_key":"s",`, 1), want: stored},
		{name: "keys for a role", given: `{"region":"eu-west-1","stream_name":"s","access_key_id":"AKIA","secret_access_key":"s"}`, wrong: []string{"role_arn is required"}},
		{name: "nothing", given: `{}`, wrong: []string{"region is required", "role_arn is required", "stream_name is required"}},
		{name: "emptied", given: `{"stream_name":""}`, stored: stored, wrong: []string{"stream_name is required"}},
		{name: "no text", given: `{"region":1}`, wrong: []string{"credentials cannot be read"}},
		{name: "host in the region", given: `{"region":"evil.example/eu-west-1"}`, stored: stored, wrong: []string{"region must be"}},
		{name: "big region", given: `{"region":"EU-WEST-1"}`, stored: stored, wrong: []string{"region must be"}},
		{name: "no ARN", given: `{"role_arn":"my role"}`, stored: stored, wrong: []string{"role_arn must be the ARN"}},
		{name: "a user's ARN", given: `{"role_arn":"arn:aws:iam::123456789012:user/u"}`, stored: stored, wrong: []string{"role_arn must be the ARN"}},
		{name: "another service's ARN", given: `{"role_arn":"arn:aws:s3:::bucket"}`, stored: stored, wrong: []string{"role_arn must be the ARN"}},
		{name: "China", given: `{"role_arn":"arn:aws-cn:iam::123456789012:role/path/r"}`, stored: stored, want: strings.Replace(stored, "arn:aws:iam::123456789012:role/r", "arn:aws-cn:iam::123456789012:role/path/r", 1)},
		{name: "blank in the name", given: `{"stream_name":"a b"}`, stored: stored, wrong: []string{"stream_name must be"}},
		{name: "long name", given: `{"stream_name":"` + strings.Repeat("x", 129) + `"}`, stored: stored, wrong: []string{"stream_name must be"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, wrong := Destination{Account: aws.NewAccount(aws.Settings{}, egress.Policy{})}.Check(json.RawMessage(tt.given), json.RawMessage(tt.stored))
			if string(got) != tt.want || len(wrong) != len(tt.wrong) {
				t.Fatalf("got %s, %v", got, wrong)
			}
			for i, text := range tt.wrong {
				if !strings.Contains(wrong[i].Message, text) || wrong[i].Status() != 422 {
					t.Errorf("got %v, want %q", wrong[i], text)
				}
			}
		})
	}
}

// TestStaticKeys are for imported streams, behind the operator's switch.
func TestStaticKeys(t *testing.T) {
	const given = `{"region":"eu-west-1","stream_name":"s","access_key_id":"AKIA","secret_access_key":"hush"}`
	open := Destination{Account: aws.NewAccount(aws.Settings{StaticKeys: true}, egress.Policy{})}
	closed := Destination{Account: aws.NewAccount(aws.Settings{}, egress.Policy{})}
	stored, wrong := open.Check(json.RawMessage(given), nil)
	if len(wrong) > 0 {
		t.Fatal(wrong)
	}
	if masked := string(open.Mask(stored)); strings.Contains(masked, "hush") || !strings.Contains(masked, "AKIA") {
		t.Errorf("masked as %s", masked)
	}
	for _, d := range []Destination{open, closed} { // a switch that is turned off later takes nothing away
		if again, wrong := d.Check(d.Mask(stored), stored); len(wrong) > 0 || string(again) != string(stored) {
			t.Errorf("what was read came back as %s, %v", again, wrong)
		}
	}
	for _, tt := range []struct {
		d          Destination
		generation int64
		opens      bool
	}{{open, stream.OldFormat, true}, {open, stream.MigratedFormat, true}, {open, stream.NewFormat, false}, {closed, stream.MigratedFormat, false}} {
		_, err := tt.d.Open(&stream.Stream{Generation: tt.generation, Credentials: stored})
		if f := stream.AsFailure(err); (err == nil) != tt.opens || !tt.opens && !f.Final {
			t.Errorf("generation %d: %v", tt.generation, err)
		}
	}
}
