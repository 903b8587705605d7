package contract

import (
	"encoding/json"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/simstead/simstead/internal/api"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/rest"
)

// document is the OpenAPI document as the program serves it.
type document struct {
	Paths      map[string]map[string]served
	Components struct{ Schemas map[string]*schema }
}

// served is an operation of the document.
type served struct {
	OperationID string
	Parameters  []struct{ Name, In string }
	RequestBody *struct{ Content content }
	Responses   map[string]struct{ Content content }
}

type content map[string]struct{ Schema *schema }

// schema is as much of JSON Schema as the document uses.
type schema struct {
	Ref        string `json:"$ref"`
	Type       kinds
	Format     string
	Properties map[string]*schema
	Required   []string
	Items      *schema
	AnyOf      []*schema
	Additional any `json:"additionalProperties"`
}

// kinds is the word type of a schema: one or several.
type kinds []string

// UnmarshalJSON implements json.Unmarshaler.
func (k *kinds) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*k = kinds{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(k))
}

// serve reads the document of the API as it is built. Nothing of it needs a database until it is called.
func serve(t *testing.T) document {
	t.Helper()
	r := rest.New(rest.Config{Title: "Contract", Version: "1", Clock: clock.System()})
	(&api.API{}).Register(r)
	w := httptest.NewRecorder()
	r.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/api/openapi.json", nil))
	var d document
	if err := json.Unmarshal(w.Body.Bytes(), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// operations lists what the document serves, by key.
func (d document) operations() map[string]operation {
	all := map[string]operation{}
	for path, item := range d.Paths {
		for method, s := range item {
			o := operation{method: strings.ToUpper(method), path: path, shape: "none", takes: map[string]string{}, gives: map[string]string{}}
			for _, p := range s.Parameters {
				if p.In == "query" {
					o.query = append(o.query, p.Name)
				}
			}
			if s.RequestBody != nil {
				d.fields(s.RequestBody.Content["application/json"].Schema, "", o.takes, 0)
			}
			for status, r := range s.Responses {
				if !strings.HasPrefix(status, "2") {
					continue
				}
				o.statuses = append(o.statuses, status)
				if body := r.Content["application/json"].Schema; body != nil {
					o.shape = map[string]string{"a": "array"}[d.kind(body)]
					if o.shape == "" {
						o.shape = "object"
					}
					d.fields(body, "", o.gives, 0)
				}
			}
			all[o.key()] = o
		}
	}
	return all
}

// resolve follows references, and takes what a value is when it is not null.
func (d document) resolve(s *schema) *schema {
	for s != nil && (s.Ref != "" || len(s.AnyOf) > 0) {
		if s.Ref != "" {
			s = d.Components.Schemas[strings.TrimPrefix(s.Ref, "#/components/schemas/")]
			continue
		}
		s = s.AnyOf[0]
	}
	return s
}

func (d document) kind(s *schema) string {
	letters := map[string]string{"string": "s", "integer": "i", "number": "n", "boolean": "b", "object": "o", "array": "a"}
	for _, kind := range d.resolve(s).Type {
		if letter, ok := letters[kind]; ok {
			return letter
		}
	}
	return "?"
}

func (d document) fields(s *schema, prefix string, into map[string]string, depth int) {
	if s = d.resolve(s); s == nil || depth > 8 {
		return
	}
	if s.Items != nil {
		d.fields(s.Items, prefix, into, depth+1)
	}
	for name, p := range s.Properties {
		into[prefix+name] = d.kind(p)
		d.fields(p, prefix+name+".", into, depth+1)
	}
}

// open reports whether a field may hold objects of any form: the contract's fields below it are not lacking.
func open(fields map[string]string, name string) bool {
	for i := len(name); i > 0; i = strings.LastIndexByte(name[:i], '.') {
		if kind, ok := fields[name[:i]]; ok && slices.Contains([]string{"?"}, kind) {
			return true
		}
		if !strings.Contains(name[:i], ".") {
			break
		}
	}
	return false
}
