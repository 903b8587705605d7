package rest

import (
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/simstead/simstead/internal/value"
)

// polish says in the document what the schemas for validation cannot. Objects that may be null are so marked. Fields
// of a type that is only answered are required, since we send them all. Arrays are never null in what we send.
func (s *schemas) polish(doc map[string]any) {
	components, _ := doc["components"].(map[string]any)
	shown, _ := components["schemas"].(map[string]any)
	for t, name := range s.names {
		schema, _ := shown[name].(map[string]any)
		properties, _ := schema["properties"].(map[string]any)
		var all []string
		for _, f := range reflect.VisibleFields(t) {
			name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
			p, _ := properties[name].(map[string]any)
			if p == nil {
				continue
			}
			always := !strings.Contains(options, "omit")
			if always {
				all = append(all, name)
			}
			if f.Type.Kind() == reflect.Pointer && always || isOpt(f.Type) || isTime(f.Type) {
				orNull(p)
			}
		}
		if !s.received[t] && len(all) > 0 {
			slices.Sort(all)
			schema["required"] = slices.Compact(all)
		}
	}
	neverNull(doc)
}

// isTime reports whether a type writes its zero, a time that never was, as null.
func isTime(t reflect.Type) bool {
	return t == reflect.TypeFor[value.EntityTime]() || t == reflect.TypeFor[value.EventTime]()
}

// orNull lets a property be null too. Most scalars already say so by their types; those with a JSON form of their own do not.
func orNull(p map[string]any) {
	if kind, ok := p["type"].(string); ok && kind != huma.TypeArray {
		p["type"] = []any{kind, "null"}
	}
	if ref, ok := p["$ref"]; ok {
		delete(p, "$ref")
		p["anyOf"] = []any{map[string]any{"$ref": ref}, map[string]any{"type": "null"}}
	}
}

func neverNull(node any) {
	switch node := node.(type) {
	case map[string]any:
		if kinds, ok := node["type"].([]any); ok && len(kinds) == 2 && kinds[0] == huma.TypeArray {
			node["type"] = huma.TypeArray
		}
		for _, child := range node {
			neverNull(child)
		}
	case []any:
		for _, child := range node {
			neverNull(child)
		}
	}
}
