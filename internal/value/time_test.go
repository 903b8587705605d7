package value_test

import (
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/simstead/simstead/internal/value"
)

func TestTimesAreWritten(t *testing.T) {
	tests := []struct {
		name, entity, event string
		micros              int64
	}{
		{"zero", `null`, `null`, 0},
		{"an example", `"2020-07-20T12:07:09.000+0000"`, `"2020-07-20T12:07:09.000Z"`, 1595246829_000_000},
		{"milliseconds", `"2022-05-02T23:20:49.298+0000"`, `"2022-05-02T23:20:49.298Z"`, 1651533649_298_000},
		{"microseconds are cut", `"2022-05-02T23:20:49.298+0000"`, `"2022-05-02T23:20:49.298Z"`, 1651533649_298_999},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got, err := json.Marshal(value.EntityTime(test.micros)); err != nil || string(got) != test.entity {
				t.Errorf("entity: got %s, %v, want %s", got, err, test.entity)
			}
			if got, err := json.Marshal(value.EventTime(test.micros)); err != nil || string(got) != test.event {
				t.Errorf("event: got %s, %v, want %s", got, err, test.event)
			}
		})
	}
}

func TestParseTime(t *testing.T) {
	noon := time.Date(2020, 7, 20, 12, 7, 9, 0, time.UTC)
	tests := []struct {
		name, text string
		want       time.Time
	}{
		{"entity form", "2020-07-20T12:07:09.000+0000", noon},
		{"event form", "2020-07-20T12:07:09.000Z", noon},
		{"without a fraction", "2020-07-20T12:07:09Z", noon},
		{"another zone", "2020-07-20T14:07:09+02:00", noon},
		{"another zone without a colon", "2020-07-20T14:07:09+0200", noon},
		{"no zone is UTC", "2020-07-20T12:07:09", noon},
		{"no seconds", "2020-07-20T12:07Z", noon.Add(-9 * time.Second)},
		{"old objects' form", "2020-07-20 12:07:09", noon},
		{"old objects' form with a zone", "2020-07-20 14:07:09+02:00", noon},
		{"milliseconds", "2020-07-20T12:07:09.298Z", noon.Add(298 * time.Millisecond)},
		{"microseconds", "2020-07-20T12:07:09.000001Z", noon.Add(time.Microsecond)},
		{"date", "2020-07-20", noon.Truncate(24 * time.Hour)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := value.ParseTime(test.text)
			if err != nil || !got.Equal(test.want) || got.Location() != time.UTC {
				t.Errorf("got %v, %v, want %v", got, err, test.want)
			}
		})
	}
	for _, text := range []string{"", "now", "20-07-2020", "2020-02-30", "2020-07-20T25:00:00Z", "1595246829"} {
		t.Run("refuses "+text, func(t *testing.T) {
			if got, err := value.ParseTime(text); err == nil {
				t.Errorf("read as %v", got)
			}
		})
	}
}

// TestTimesComeBack holds for whole milliseconds, which is all that the two forms show, and for zero.
func TestTimesComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		micros := rapid.Int64Range(0, 4102444800_000).Draw(t, "ms") * 1000
		entity, event := value.EntityTime(-1), value.EventTime(-1)
		for _, pair := range []struct{ in, out any }{{value.EntityTime(micros), &entity}, {value.EventTime(micros), &event}} {
			text, err := json.Marshal(pair.in)
			if err != nil {
				t.Fatalf("write: %v", err)
			}
			if err := json.Unmarshal(text, pair.out); err != nil {
				t.Fatalf("read %s: %v", text, err)
			}
		}
		if int64(entity) != micros || int64(event) != micros {
			t.Fatalf("%d comes back as %d and %d", micros, entity, event)
		}
	})
}

func TestZeroTimeComesBack(t *testing.T) {
	got := value.EntityTime(5)
	if err := json.Unmarshal([]byte("null"), &got); err != nil || got != 0 {
		t.Errorf("got %d, %v", got, err)
	}
}

func TestBrokenTimeLeavesTheValue(t *testing.T) {
	got := value.EventTime(5)
	if err := json.Unmarshal([]byte(`"soon"`), &got); err == nil || got != 5 {
		t.Errorf("got %d, %v", got, err)
	}
}
