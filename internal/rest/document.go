package rest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

const securityScheme = "bearer"

func newDocument(c Config, s *schemas) *huma.OpenAPI {
	return &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info:    &huma.Info{Title: c.Title, Version: c.Version},
		Servers: []*huma.Server{{URL: "/", Description: "This server."}},
		Components: &huma.Components{
			Schemas: s.Registry,
			SecuritySchemes: map[string]*huma.SecurityScheme{securityScheme: {
				Type: "http", Scheme: "bearer", BearerFormat: "JWT",
				Description: "The auth_token that POST /api/v1/authenticate answers.",
			}},
		},
	}
}

// describe adds an operation to the document.
func (a *API) describe(op *Op, in *input, out *huma.Schema, headers []string) {
	o := &huma.Operation{
		Method: op.Method, Path: op.Path, OperationID: op.ID, Summary: op.Summary, Description: op.Description,
		Responses: map[string]*huma.Response{}, Security: []map[string][]string{},
		Extensions: map[string]any{"x-access": access(op)},
	}
	if op.Tag != "" {
		o.Tags = []string{op.Tag}
	}
	if op.Role != Public {
		o.Security = append(o.Security, map[string][]string{securityScheme: {}})
	}
	for _, p := range in.params {
		o.Parameters = append(o.Parameters, &huma.Param{
			Name: p.name, In: p.in, Required: p.required, Description: p.schema.Description, Schema: p.schema,
		})
	}
	if in.body != nil {
		o.RequestBody = &huma.RequestBody{Required: in.needed, Content: jsonOf(in.content)}
		o.RequestBody.Content["application/json"].Examples = examples(op)
	}
	o.Responses[strconv.Itoa(op.Status)] = success(op.Status, out, headers)
	problem := a.schemas.of(reflect.TypeFor[Error](), "")
	for _, status := range errorsOf(op, in) {
		o.Responses[strconv.Itoa(status)] = &huma.Response{Description: http.StatusText(status), Content: jsonOf(problem)}
	}
	a.spec.AddOperation(o)
}

// examples are an operation's examples in the document's form. One that is not JSON ends the program: it is a slip of the pen.
func examples(op *Op) map[string]*huma.Example {
	shown := map[string]*huma.Example{}
	for _, e := range op.Examples {
		var body any
		if err := json.Unmarshal([]byte(e.Body), &body); err != nil {
			panic(fmt.Errorf("example %s of %s: %w", e.Name, op.ID, err))
		}
		shown[e.Name] = &huma.Example{Summary: e.Summary, Value: body}
	}
	return shown
}

// access is what else the registry knows: the document is also where clients and tests read it.
func access(op *Op) map[string]any {
	types := []string{}
	for _, t := range op.For {
		types = append(types, t.String())
	}
	return map[string]any{"role": op.Role.String(), "organisation_types": types, "rate_class": op.Class}
}

func success(status int, out *huma.Schema, headers []string) *huma.Response {
	r := &huma.Response{Description: http.StatusText(status)}
	if out != nil {
		r.Content = jsonOf(out)
	}
	for _, name := range headers {
		if r.Headers == nil {
			r.Headers = map[string]*huma.Param{}
		}
		kind := huma.TypeString
		if strings.HasSuffix(name, "Count") || strings.HasSuffix(name, "Page") || strings.HasSuffix(name, "Pages") {
			kind = huma.TypeInteger
		}
		r.Headers[name] = &huma.Param{Schema: &huma.Schema{Type: kind}}
	}
	return r
}

// errorsOf are the statuses of an operation's errors: those it names and those that its input and its role imply.
func errorsOf(op *Op, in *input) []int {
	statuses := append([]int{http.StatusInternalServerError}, op.Errors...)
	if op.Role != Public {
		statuses = append(statuses, http.StatusUnauthorized)
	}
	if op.Role > Observer || len(op.For) > 0 {
		statuses = append(statuses, http.StatusForbidden)
	}
	if in.body != nil {
		invalid := http.StatusUnprocessableEntity
		if op.Invalid != 0 {
			invalid = op.Invalid
		}
		statuses = append(statuses, http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, invalid)
	}
	for _, p := range in.params {
		if p.in == "path" {
			statuses = append(statuses, http.StatusBadRequest, http.StatusNotFound)
		} else {
			statuses = append(statuses, http.StatusUnprocessableEntity)
		}
	}
	slices.Sort(statuses)
	return slices.Compact(statuses)
}

func jsonOf(s *huma.Schema) map[string]*huma.MediaType {
	return map[string]*huma.MediaType{"application/json": {Schema: s}}
}

// Document is the OpenAPI document, as JSON, of everything registered.
func (a *API) Document() []byte {
	raw, err := json.Marshal(a.spec)
	var doc map[string]any
	if err == nil {
		err = json.Unmarshal(raw, &doc)
	}
	if err == nil {
		a.schemas.polish(doc)
		raw, err = json.Marshal(doc)
	}
	if err != nil {
		panic(fmt.Errorf("make the OpenAPI document: %w", err)) // only a broken registration can get here
	}
	return raw
}
