package value_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/simstead/simstead/internal/value"
)

func TestIDIsReadLeniently(t *testing.T) {
	tests := []struct {
		name, text string
		want       value.ID
	}{
		{"number", `1`, 1},
		{"float", `1.0`, 1},
		{"string", `"1"`, 1},
		{"float in a string", `"1.0"`, 1},
		{"exponent", `1e3`, 1000},
		{"negative", `-1`, -1},
		{"zero", `0`, 0},
		{"largest", `9223372036854775807`, 1<<63 - 1},
		{"beyond the whole numbers of a float", `9007199254740993.0`, 1<<53 + 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got value.ID
			if err := json.Unmarshal([]byte(test.text), &got); err != nil || got != test.want {
				t.Errorf("got %d, %v, want %d", got, err, test.want)
			}
		})
	}
}

func TestIDRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"null": `null`, "flag": `true`, "word": `"my"`, "empty string": `""`, "object": `{"id":1}`, "array": `[1]`,
		"part": `1.5`, "almost whole": `9007199254740991.4`, "too large": `9223372036854775808`, "hexadecimal": `"0x1p4"`,
		"space": `" 1"`, "infinity": `"Inf"`,
	} {
		t.Run(name, func(t *testing.T) {
			got := value.ID(77)
			if err := json.Unmarshal([]byte(text), &got); err == nil || got != 77 {
				t.Errorf("read as %d, %v", got, err)
			}
		})
	}
}

func TestIDComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := value.ID(rapid.Int64().Draw(t, "id"))
		text, err := json.Marshal(want)
		if err != nil {
			t.Fatalf("write: %v", err)
		}
		for _, form := range []string{string(text), string(text) + ".0", `"` + string(text) + `"`} {
			var got value.ID
			if err := json.Unmarshal([]byte(form), &got); err != nil || got != want {
				t.Fatalf("%s: got %d, %v", form, got, err)
			}
		}
	})
}

func TestOpt(t *testing.T) {
	type body struct {
		Name   value.Opt[string]    `json:"name"`
		Status value.Opt[value.Ref] `json:"status"`
	}
	ref := func(id value.ID) value.Opt[value.Ref] { return value.Some(value.Ref{ID: value.Some(id)}) }
	tests := []struct {
		name, text string
		want       body
	}{
		{"absent", `{}`, body{}},
		{"null", `{"name":null}`, body{Name: value.Opt[string]{Set: true, Null: true}}},
		{"value", `{"name":"x"}`, body{Name: value.Some("x")}},
		{"empty value", `{"name":""}`, body{Name: value.Some("")}},
		{"reference", `{"status":{"id":1}}`, body{Status: ref(1)}},
		{"reference with its description", `{"status":{"id":1.0,"description":"Activated"}}`, body{Status: ref(1)}},
		{"reference to null", `{"status":{"id":null}}`, body{Status: value.Some(value.Ref{ID: value.Opt[value.ID]{Set: true, Null: true}})}},
		{"reference without id", `{"status":{}}`, body{Status: value.Some(value.Ref{})}},
		{"unknown keys", `{"colour":"red"}`, body{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got body
			if err := json.Unmarshal([]byte(test.text), &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			if has := test.want.Name.Set && !test.want.Name.Null; got.Name.Has() != has {
				t.Errorf("Has is %v", got.Name.Has())
			}
		})
	}
	var got body
	if err := json.Unmarshal([]byte(`{"name":5}`), &got); err == nil {
		t.Errorf("a number was read as a text: %+v", got)
	}
}

func TestOptIsWritten(t *testing.T) {
	for name, test := range map[string]struct {
		in   value.Opt[int]
		want string
	}{
		"absent": {value.Opt[int]{}, "null"},
		"null":   {value.Opt[int]{Set: true, Null: true}, "null"},
		"zero":   {value.Some(0), "0"},
		"value":  {value.Some(7), "7"},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := json.Marshal(test.in); err != nil || string(got) != test.want {
				t.Errorf("got %s, %v, want %s", got, err, test.want)
			}
		})
	}
}
