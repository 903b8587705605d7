package value

import (
	"encoding/json"
	"testing"
)

func TestJSONKeepsItsText(t *testing.T) {
	var v struct {
		A JSON[[]string] `json:"a"`
		B JSON[int64]    `json:"b"`
	}
	const text = `{"a":{"z":1.50,"a":[1e3]},"b":null}`
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	if got, err := json.Marshal(v); err != nil || string(got) != text {
		t.Errorf("%s %v", got, err)
	}
	v.A = Raw[[]string](nil)
	if got, err := json.Marshal(v.A); err != nil || string(got) != "null" {
		t.Errorf("%s %v", got, err)
	}
}
