package value_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/simstead/simstead/internal/value"
)

type amounts struct {
	Volume value.MB   `json:"volume"`
	Cost   value.Cost `json:"cost"`
	Count  value.Text `json:"used_count"`
}

func TestNumbersAreWritten(t *testing.T) {
	tests := []struct {
		name string
		in   amounts
		want string
	}{
		{"zero", amounts{}, `{"volume":0,"cost":0,"used_count":"0"}`},
		{"whole", amounts{5_000_000, 20_000_000_000, 30}, `{"volume":5,"cost":2,"used_count":"30"}`},
		{"parts", amounts{100_001, 6172500, 1}, `{"volume":0.100001,"cost":0.00061725,"used_count":"1"}`},
		{"negative", amounts{-1, -1, -1}, `{"volume":-0.000001,"cost":-0.0000000001,"used_count":"-1"}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got, err := json.Marshal(test.in); err != nil || string(got) != test.want {
				t.Errorf("got %s, %v, want %s", got, err, test.want)
			}
		})
	}
}

func TestNumbersAreReadLeniently(t *testing.T) {
	tests := []struct {
		name, text string
		want       amounts
	}{
		{"numbers", `{"volume":1.5,"cost":0.1,"used_count":3}`, amounts{1_500_000, 1_000_000_000, 3}},
		{"strings", `{"volume":"1.5","cost":"0.1","used_count":"3"}`, amounts{1_500_000, 1_000_000_000, 3}},
		{"exponents", `{"volume":1e-6,"cost":1E-10,"used_count":1e2}`, amounts{1, 1, 100}},
		{"floats that are whole", `{"volume":2.0,"cost":2.0,"used_count":2.0}`, amounts{2_000_000, 20_000_000_000, 2}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got amounts
			if err := json.Unmarshal([]byte(test.text), &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestNumbersRefuse(t *testing.T) {
	for name, text := range map[string]string{
		"part of a byte": `{"volume":0.0000001}`, "cost too fine": `{"cost":0.00000000001}`, "part of a count": `{"used_count":"1.5"}`,
		"cost too large": `{"cost":1e10}`, "word": `{"volume":"much"}`, "empty": `{"used_count":""}`, "flag": `{"cost":true}`,
	} {
		t.Run(name, func(t *testing.T) {
			var got amounts
			if err := json.Unmarshal([]byte(text), &got); err == nil {
				t.Errorf("read as %+v", got)
			}
		})
	}
}

func TestNumbersComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := amounts{
			value.MB(rapid.Int64().Draw(t, "volume")), value.Cost(rapid.Int64().Draw(t, "cost")), value.Text(rapid.Int64().Draw(t, "count")),
		}
		text, err := json.Marshal(want)
		if err != nil {
			t.Fatalf("write: %v", err)
		}
		var got amounts
		if err := json.Unmarshal(text, &got); err != nil || got != want {
			t.Fatalf("%s: got %+v, %v", text, got, err)
		}
	})
}

func TestAmounts(t *testing.T) {
	for text, want := range map[string]value.Amount{
		"10.5": 105_000_000_000, `"-0.000001"`: -10_000, "0": 0, "922337203.685477": 9_223_372_036_854_770_000,
	} {
		var got value.Amount
		if err := json.Unmarshal([]byte(text), &got); err != nil || got != want {
			t.Errorf("%s: got %d, %v", text, got, err)
		}
	}
	for _, text := range []string{"0.0000001", "922337203.685478", "-922337203.685478", "1e18", "true", `"x"`} {
		got := value.Amount(5)
		if err := json.Unmarshal([]byte(text), &got); err == nil || got != 5 {
			t.Errorf("%s was read as %d", text, got)
		}
	}
	// What is shown is never more than there is.
	for in, want := range map[value.Amount]string{105_000_000_000: "10.5", 19_999: "0.000001", 9_999: "0", -1: "-0.000001", -10_000: "-0.000001", -10_001: "-0.000002"} {
		if got, err := json.Marshal(in); err != nil || string(got) != want {
			t.Errorf("%d: got %s, %v, want %s", in, got, err, want)
		}
	}
}

func TestFlag(t *testing.T) {
	for text, want := range map[string]value.Flag{
		`true`: true, `false`: false, `1`: true, `0`: false, `1.0`: true, `"1"`: true, `"0"`: false, `"true"`: true, `"false"`: false,
	} {
		got := !want
		if err := json.Unmarshal([]byte(text), &got); err != nil || got != want {
			t.Errorf("%s is read as %v, %v", text, got, err)
		}
	}
	for _, text := range []string{`2`, `-1`, `0.5`, `"yes"`, `""`, `{}`, `[1]`} {
		got := value.Flag(true)
		if err := json.Unmarshal([]byte(text), &got); err == nil || !got {
			t.Errorf("%s is read as %v", text, got)
		}
	}
	if text, err := json.Marshal([]value.Flag{false, true}); err != nil || string(text) != `[0,1]` {
		t.Errorf("written as %s, %v", text, err)
	}
}
