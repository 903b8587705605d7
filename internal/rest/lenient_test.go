package rest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/simstead/simstead/internal/value"
)

func TestLenientBodies(t *testing.T) {
	f := start(t, things)
	ref := func(id value.ID) value.Ref { return value.Ref{ID: value.Some(id)} }
	until := value.Some(value.EntityTime(time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC).UnixMicro()))
	for _, c := range []struct {
		name, body string
		want       Change
	}{
		{"number", `{"profile":{"id":1}}`, Change{Profile: ref(1)}},
		{"float", `{"profile":{"id":1.0}}`, Change{Profile: ref(1)}},
		{"text", `{"profile":{"id":"1"}}`, Change{Profile: ref(1)}},
		{"text of a float", `{"profile":{"id":"1.0"}}`, Change{Profile: ref(1)}},
		{"more beside the id", `{"profile":{"id":1,"name":"x","deep":{"er":[1]}}}`, Change{Profile: ref(1)}},
		{"unknown field", `{"profile":{"id":1},"mine":{"a":1}}`, Change{Profile: ref(1)}},
		{"empty reference", `{"profile":{}}`, Change{}},
		{"null id", `{"profile":{"id":null}}`, Change{Profile: value.Ref{ID: value.Opt[value.ID]{Set: true, Null: true}}}},
		{"null scalar", `{"profile":{"id":1},"name":null}`, Change{Profile: ref(1), Name: value.Opt[string]{Set: true, Null: true}}},
		{"null object", `{"profile":{"id":1},"status":null}`, Change{Profile: ref(1), Status: value.Opt[value.Ref]{Set: true, Null: true}}},
		{"value", `{"profile":{"id":1},"name":"x"}`, Change{Profile: ref(1), Name: value.Some("x")}},
		{"object", `{"profile":{"id":1},"status":{"id":"2"}}`, Change{Profile: ref(1), Status: value.Some(ref(2))}},
		{"volume as text", `{"profile":{"id":1},"volume":"1.5"}`, Change{Profile: ref(1), Volume: 1_500_000}},
		{"count as number", `{"profile":{"id":1},"used_count":3}`, Change{Profile: ref(1), Used: 3}},
		{"count as text", `{"profile":{"id":1},"used_count":"3"}`, Change{Profile: ref(1), Used: 3}},
		{"entity time", `{"profile":{"id":1},"until":"2024-01-02T03:04:05.000+0000"}`, Change{Profile: ref(1), Until: until}},
		{"event time", `{"profile":{"id":1},"until":"2024-01-02T03:04:05.000Z"}`, Change{Profile: ref(1), Until: until}},
		{"time with a space", `{"profile":{"id":1},"until":"2024-01-02 03:04:05"}`, Change{Profile: ref(1), Until: until}},
		{"flag", `{"profile":{"id":1},"refill":1}`, Change{Profile: ref(1), Refill: value.Some(value.Flag(true))}},
		{"flag as text", `{"profile":{"id":1},"refill":"0"}`, Change{Profile: ref(1), Refill: value.Some(value.Flag(false))}},
		{"flag as a truth", `{"profile":{"id":1},"refill":true}`, Change{Profile: ref(1), Refill: value.Some(value.Flag(true))}},
		{"flag as an untruth", `{"profile":{"id":1},"refill":false}`, Change{Profile: ref(1), Refill: value.Some(value.Flag(false))}},
		{"array", `{"profile":{"id":1},"sims":[{"id":1},{"id":"2"}]}`, Change{Profile: ref(1), Sims: []value.Ref{ref(1), ref(2)}}},
		{"names in another case", `{"PROFILE":{"ID":"1"}}`, Change{Profile: ref(1)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f.saw(nil)
			if got := f.do("PATCH", "/api/v1/thing/1", c.body); got.Status != 204 {
				t.Fatalf("%d %s", got.Status, got.Body)
			}
			if d := cmp.Diff(c.want, f.got); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}

func TestContentTypes(t *testing.T) {
	f := start(t, things)
	for kind, want := range map[string]int{
		"": 204, "application/json": 204, "Application/JSON; charset=utf-8": 204, "application/merge-patch+json": 204,
		"text/plain": 415, "application/x-www-form-urlencoded": 415, "application/jsonx": 415, ";": 415,
	} {
		got := f.do("PATCH", "/api/v1/thing/1", `{"profile":{"id":1}}`, "Content-Type: "+kind)
		if got.Status != want {
			t.Errorf("%q: %d %s", kind, got.Status, got.Body)
		}
	}
}

func TestBodiesAsTheyCome(t *testing.T) {
	f := start(t, things)
	for coding, want := range map[string]int{"": 204, "identity": 204, "gzip": 415} {
		if got := f.do("PATCH", "/api/v1/thing/1", `{"profile":{"id":1}}`, "Content-Encoding: "+coding); got.Status != want {
			t.Errorf("%q: %d %s", coding, got.Status, got.Body)
		}
	}
	if got := f.do("PATCH", "/api/v1/thing/1", "\uFEFF"+`{"profile":{"id":1}}`); got.Status != 204 {
		t.Errorf("with a byte order mark: %d %s", got.Status, got.Body)
	}
}

func TestBodyIgnoredWhereNoneIsTaken(t *testing.T) {
	f := start(t, things)
	if got := f.do("DELETE", "/api/v1/thing/1", strings.Repeat("x", 100), "Content-Type: text/plain"); got.Status != 200 {
		t.Errorf("%d %s", got.Status, got.Body)
	}
}
