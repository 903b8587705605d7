package app

import (
	"bytes"
	"testing"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/stream"
)

// What version 1 says of each kind of place is what the destination of that kind reads, and its secret is masked.
func TestLegacyDestinations(t *testing.T) {
	c := Defaults()
	c.SalesforceClientID, c.SalesforceClientSecret = "app", "of the operator"
	all, err := Destinations(c, clock.System())
	if err != nil {
		t.Fatal(err)
	}
	const url, role = "https://hooks.example.com/x", "arn:aws:iam::123456789012:role/writer"
	for _, tt := range []struct {
		from   stream.Legacy
		masked string
	}{
		{stream.Legacy{APIType: 1, URL: url}, `{"url":"` + url + `","method":"POST","headers":[],"size":1}`},
		{stream.Legacy{APIType: 2, Username: "project", Password: "key"}, `{"project_id":"project","write_key":"***","collection_name":"","size":3000}`},
		{stream.Legacy{APIType: 3, Username: "label", Password: "key"}, `{"api_key":"***","region":"US"}`},
		{stream.Legacy{APIType: 4, Username: role, Parameter: "eu-west-1/name"}, `{"region":"eu-west-1","role_arn":"` + role + `","stream_name":"name"}`},
		{stream.Legacy{APIType: 6, URL: url}, `{"url":"` + url + `","method":"POST","headers":[],"size":3000}`},
		{stream.Legacy{APIType: 7, Username: "user", Password: "key", EventStream: "Sim__e", URL: url}, `{"username":"user","password":"***","event_stream":"Sim__e","url":"` + url + `"}`},
		{stream.Legacy{APIType: 8, Username: role, Parameter: "eu-west-1/name"}, `{"region":"eu-west-1","role_arn":"` + role + `","bucket_name":"name","flush_size":10000,"rotate_interval":10000}`},
	} {
		connection, credentials, wrong := tt.from.Destination()
		destination := all[connection]
		if destination == nil || len(wrong) > 0 {
			t.Errorf("%d: %s, %v", tt.from.APIType, connection, wrong)
			continue
		}
		stored, wrong := destination.Check(credentials, nil)
		if got := string(destination.Mask(stored)); len(wrong) > 0 || got != tt.masked {
			t.Errorf("%d: %s, %v", tt.from.APIType, got, wrong)
		}
		again, wrong := destination.Check(destination.Mask(stored), stored)
		if len(wrong) > 0 || bytes.Contains(again, []byte("***")) || string(destination.Mask(again)) != tt.masked {
			t.Errorf("%d: what was read, sent back, makes %s of %s, %v", tt.from.APIType, again, stored, wrong)
		}
	}
}
