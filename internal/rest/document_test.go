package rest_test

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/value"
)

// dig walks into decoded JSON by keys.
func dig(t *testing.T, v any, keys ...string) any {
	t.Helper()
	for i, key := range keys {
		m, ok := v.(map[string]any)
		if !ok || m[key] == nil {
			t.Fatalf("nothing at %s in %v", strings.Join(keys[:i+1], " > "), v)
		}
		v = m[key]
	}
	return v
}

func document(t *testing.T, f *fixture) map[string]any {
	t.Helper()
	got := f.do("GET", "/api/openapi.json", "", "Authorization: ")
	if got.Status != 200 || got.Header.Get("Content-Type") != "application/json" {
		t.Fatalf("%d %v", got.Status, got.Header)
	}
	var doc map[string]any
	if err := json.Unmarshal([]byte(got.Body), &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestDocumentHasEveryOperation(t *testing.T) {
	f := start(t, things)
	doc := document(t, f)
	if v := dig(t, doc, "openapi"); v != "3.1.0" {
		t.Errorf("openapi %v", v)
	}
	shown := 0
	for _, path := range dig(t, doc, "paths").(map[string]any) {
		shown += len(path.(map[string]any))
	}
	if ops := f.api.Operations(); shown != len(ops) || shown != 7 {
		t.Errorf("%d shown, %d registered", shown, len(ops))
	}
	for _, op := range f.api.Operations() {
		o := dig(t, doc, "paths", op.Path, strings.ToLower(op.Method))
		if dig(t, o, "operationId") != op.ID || dig(t, o, "x-access", "role") != op.Role.String() {
			t.Errorf("%s: %v", op.ID, o)
		}
		want := []any{map[string]any{"bearer": []any{}}}
		if d := cmp.Diff(want, dig(t, o, "security")); d != "" {
			t.Errorf("%s: %s", op.ID, d)
		}
		for name, r := range dig(t, o, "responses").(map[string]any) {
			if name >= "400" && dig(t, r, "content", "application/json", "schema", "$ref") != "#/components/schemas/Error" {
				t.Errorf("%s %s: %v", op.ID, name, r)
			}
		}
	}
	if dig(t, doc, "components", "securitySchemes", "bearer", "scheme") != "bearer" {
		t.Error("no bearer scheme")
	}
}

func TestDocumentDetails(t *testing.T) {
	f := start(t, things, func(f *fixture) {
		rest.Do(f.api, rest.Op{Method: "POST", Path: "/api/open", ID: "open", Class: "login", For: []rest.OrganisationType{rest.Operator}},
			func(context.Context, rest.Caller, *struct{}) error { return nil })
	})
	doc := document(t, f)
	open := dig(t, doc, "paths", "/api/open", "post")
	want := map[string]any{"role": "Public", "organisation_types": []any{"Operator"}, "rate_class": "login"}
	if d := cmp.Diff(want, dig(t, open, "x-access")); d != "" {
		t.Error(d)
	}
	if s, ok := open.(map[string]any)["security"].([]any); !ok || len(s) != 0 {
		t.Errorf("security %v", open.(map[string]any)["security"])
	}
	kinds := map[string]any{}
	for name, p := range dig(t, doc, "components", "schemas", "Rest_testThing", "properties").(map[string]any) {
		kinds[name] = p.(map[string]any)["type"]
	}
	if d := cmp.Diff(map[string]any{
		"id": "integer", "name": "string", "tags": []any{"string", "null"}, "created": []any{"string", "null"}, "status": nil, "profile": nil,
		"volume": "number", "cost": "number", "used_count": "string", "labels": "array",
	}, kinds); d != "" {
		t.Errorf("types (-want +got)\n%s", d)
	}
	profile := dig(t, doc, "components", "schemas", "Rest_testThing", "properties", "profile", "anyOf")
	if d := cmp.Diff([]any{map[string]any{"$ref": "#/components/schemas/Named"}, map[string]any{"type": "null"}}, profile); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]any{"integer", "null"}, dig(t, doc, "components", "schemas", "Ref", "properties", "id", "type")); d != "" {
		t.Error(d)
	}
	// What is only answered has all its fields; what is sent has those it must have.
	if all := dig(t, doc, "components", "schemas", "Rest_testThing", "required").([]any); len(all) != len(kinds) {
		t.Errorf("required %v", all)
	}
	if d := cmp.Diff([]any{"profile"}, dig(t, doc, "components", "schemas", "Rest_testChange", "required")); d != "" {
		t.Error(d)
	}
	if r := dig(t, doc, "components", "schemas", "Error", "required"); len(r.([]any)) != 3 {
		t.Errorf("required of Error %v", r)
	}
	list := dig(t, doc, "paths", "/api/v1/thing", "get")
	for _, p := range dig(t, list, "parameters").([]any) {
		if dig(t, p, "name") == "per_page" && (dig(t, p, "schema", "type") != "integer" || dig(t, p, "schema", "default") != 1000.0) {
			t.Errorf("per_page %v", p)
		}
	}
	ok := dig(t, list, "responses", "200")
	if dig(t, ok, "content", "application/json", "schema", "type") != "array" || dig(t, ok, "headers", "X-Total-Count", "schema", "type") != "integer" {
		t.Errorf("list %v", ok)
	}
	made := dig(t, doc, "paths", "/api/v1/thing", "post", "responses", "201").(map[string]any)
	if made["content"] != nil || dig(t, made, "headers", "Location") == nil {
		t.Errorf("create %v", made)
	}
	if strings.Contains(f.do("GET", "/api/openapi.json", "").Body, "$schema") {
		t.Error("$schema in the document")
	}
}

// Types of one name from different places must not fall together.
func TestComponentNames(t *testing.T) {
	type Status struct {
		A int `json:"a"`
	}
	f := start(t, func(f *fixture) {
		type Status struct {
			B value.Opt[struct {
				C string `json:"c"`
			}] `json:"b"`
			D struct {
				E string `json:"e"`
			} `json:"d"`
		}
		rest.Get(f.api, rest.Op{Path: "/api/b", ID: "b"}, func(context.Context, rest.Caller, *struct{}) (*Status, error) { return nil, nil })
	}, func(f *fixture) {
		rest.Get(f.api, rest.Op{Path: "/api/a", ID: "a"}, func(context.Context, rest.Caller, *struct{}) (*Status, error) { return nil, nil })
	})
	names := slices.Sorted(maps.Keys(dig(t, document(t, f), "components", "schemas").(map[string]any)))
	if len(names) != 5 {
		t.Errorf("%v", names)
	}
}

func TestBadRegistrations(t *testing.T) {
	nothing := func(context.Context, rest.Caller, *struct{}) error { return nil }
	for name, register := range map[string]func(a *rest.API){
		"twice": func(a *rest.API) {
			rest.Do(a, rest.Op{Method: "GET", Path: "/api/a", ID: "a"}, nothing)
			rest.Do(a, rest.Op{Method: "GET", Path: "/api/a", ID: "b"}, nothing)
		},
		"one id twice": func(a *rest.API) {
			rest.Do(a, rest.Op{Method: "GET", Path: "/api/a", ID: "a"}, nothing)
			rest.Do(a, rest.Op{Method: "GET", Path: "/api/b", ID: "a"}, nothing)
		},
		"no method": func(a *rest.API) { rest.Do(a, rest.Op{Path: "/api/a", ID: "a"}, nothing) },
		"a time as a parameter": func(a *rest.API) {
			rest.Do(a, rest.Op{Method: "GET", Path: "/api/a", ID: "a"}, func(context.Context, rest.Caller, *struct {
				T value.EventTime `query:"t"`
			},
			) error {
				return nil
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("accepted")
				}
			}()
			register(rest.New(rest.Config{Title: "Test", Version: "1"}))
		})
	}
}
