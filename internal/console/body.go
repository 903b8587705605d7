package console

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Make makes the body of a request: what is given whole, and over it the fields that are given one by one, as name and
// text. nil: there is none.
func (c *Command) Make(whole []byte, fields map[string]string) ([]byte, error) {
	if len(fields) == 0 {
		return whole, nil
	}
	body := map[string]any{}
	if len(whole) > 0 {
		if err := json.Unmarshal(whole, &body); err != nil {
			return nil, fmt.Errorf("fields can only be set in a JSON object: %w", err)
		}
	}
	for _, f := range c.Fields {
		text, given := fields[f.Name]
		if !given {
			continue
		}
		value, err := f.read(text)
		if err != nil {
			return nil, err
		}
		set(body, strings.Split(f.Name, "."), value)
	}
	text, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("make the body: %w", err)
	}
	return text, nil
}

// read turns what is typed into JSON: text stays text, everything else is JSON as it is typed. null is null for all.
func (f Field) read(text string) (json.RawMessage, error) {
	if text == "null" {
		return json.RawMessage(text), nil
	}
	if f.Type == "string" {
		quoted, err := json.Marshal(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
		return quoted, nil
	}
	if !json.Valid([]byte(text)) {
		return nil, fmt.Errorf("%s must be %s, as JSON", f.Name, withArticle(f.Type))
	}
	return json.RawMessage(text), nil
}

func withArticle(kind string) string {
	switch kind {
	case "":
		return "a value"
	case "array", "object", "integer":
		return "an " + kind
	default:
		return "a " + kind
	}
}

func set(into map[string]any, names []string, value json.RawMessage) {
	if len(names) == 1 {
		into[names[0]] = value
		return
	}
	inner, ok := into[names[0]].(map[string]any)
	if !ok {
		inner = map[string]any{}
		into[names[0]] = inner
	}
	set(inner, names[1:], value)
}
