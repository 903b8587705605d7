package console

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Command is one operation as it is typed: words, a verb where there is one, and an argument for each parameter of the
// path.
type Command struct {
	Words   []string // of the path, such as endpoint quota data
	Verb    string   // list, get, create, update, add, delete; "" where the last word says what is done
	Method  string
	Path    string // with its parameters in braces
	Args    []string
	Summary string
	Query   []Field
	Fields  []Field // of the body, by their dotted names
	Body    bool    // whether one is taken
	List    bool    // the answer is an array
	Paged   bool    // and has pages
}

// Field is a parameter of the query or a field of the body.
type Field struct {
	Name, Type, Doc string // Type is JSON's: string, integer, number, boolean, array, object
}

// Line is how the command is typed, without "simstead api".
func (c *Command) Line() string {
	line := strings.Join(c.Words, " ")
	if c.Verb != "" {
		line += " " + c.Verb
	}
	for _, arg := range c.Args {
		line += " " + strings.ToUpper(arg)
	}
	return line
}

// document is what is read of an OpenAPI document.
type document struct {
	Paths      map[string]map[string]operation
	Components struct{ Schemas map[string]*schema }
}

type operation struct {
	Summary    string
	Parameters []struct {
		Name, In, Description string
		Schema                *schema
	}
	RequestBody *struct{ Content content }
	Responses   map[string]struct{ Content content }
}

type content map[string]struct{ Schema *schema }

type schema struct {
	Ref         string          `json:"$ref"`
	Type        json.RawMessage `json:"type"`
	Description string
	Properties  map[string]*schema
	AnyOf       []*schema
}

var parameter = regexp.MustCompile(`\{([^}]*)\}`)

// Commands reads the commands out of the served document, in the order of their words.
func Commands(openAPI []byte) ([]*Command, error) {
	var d document
	if err := json.Unmarshal(openAPI, &d); err != nil {
		return nil, fmt.Errorf("read the operations: %w", err)
	}
	var all []*Command
	for _, path := range slices.Sorted(maps.Keys(d.Paths)) {
		for _, method := range slices.Sorted(maps.Keys(d.Paths[path])) {
			all = append(all, d.command(strings.ToUpper(method), path, d.Paths[path][method]))
		}
	}
	rename(all)
	slices.SortFunc(all, func(a, b *Command) int { return strings.Compare(a.Line(), b.Line()) })
	return all, nil
}

func (d *document) command(method, path string, op operation) *Command {
	c := &Command{Method: method, Path: path, Summary: op.Summary}
	for i, word := range strings.Split(strings.Trim(path, "/"), "/") {
		switch {
		case i < 2: // api and its version
		case strings.HasPrefix(word, "{"):
			c.Args = append(c.Args, strings.Trim(word, "{}"))
		default:
			c.Words = append(c.Words, word)
		}
	}
	for _, p := range op.Parameters {
		if p.In == "query" {
			c.Query = append(c.Query, Field{p.Name, d.kind(p.Schema), p.Description})
			c.Paged = c.Paged || p.Name == "page"
		}
	}
	if op.RequestBody != nil {
		c.Body = true
		d.fields(op.RequestBody.Content["application/json"].Schema, "", 0, &c.Fields)
	}
	created := false
	for status, answer := range op.Responses {
		created = created || status == "201"
		c.List = c.List || strings.HasPrefix(status, "2") && d.kind(answer.Content["application/json"].Schema) == "array"
	}
	c.Verb = map[string]string{"GET": "get", "POST": "create", "PUT": "add", "PATCH": "update", "DELETE": "delete"}[method]
	if method == "GET" && c.List {
		c.Verb = "list"
	}
	if method == "POST" && !created {
		c.Verb = ""
	}
	return c
}

// rename tells commands apart that would be typed alike: an older version of an operation says its version, and what
// deletes all of a collection clears it.
func rename(all []*Command) {
	for i, a := range all {
		for _, b := range all[i+1:] {
			if strings.Join(a.Words, " ") != strings.Join(b.Words, " ") || a.Verb != b.Verb {
				continue
			}
			switch av, bv := version(a.Path), version(b.Path); {
			case av < bv:
				a.Verb = strings.TrimPrefix(a.Verb+"-"+av, "-")
			case av > bv:
				b.Verb = strings.TrimPrefix(b.Verb+"-"+bv, "-")
			case a.Verb == "delete" && len(a.Args) < len(b.Args):
				a.Verb = "clear"
			case a.Verb == "delete":
				b.Verb = "clear"
			case len(a.Args) < len(b.Args):
				a.Verb += "-all"
			default:
				b.Verb += "-all"
			}
		}
	}
}

func version(path string) string { return strings.Split(path, "/")[2] }

func (d *document) resolve(s *schema) *schema {
	for s != nil && (s.Ref != "" || len(s.AnyOf) > 0) {
		if s.Ref != "" {
			s = d.Components.Schemas[strings.TrimPrefix(s.Ref, "#/components/schemas/")]
			continue
		}
		s = s.AnyOf[0]
	}
	return s
}

func (d *document) kind(s *schema) string {
	if s = d.resolve(s); s == nil {
		return ""
	}
	for _, kind := range []string{"array", "object", "string", "integer", "number", "boolean"} {
		if strings.Contains(string(s.Type), `"`+kind+`"`) {
			return kind
		}
	}
	return ""
}

// fields lists the fields of a body. Objects in it are spelled out, such as status.id, as far as three deep.
func (d *document) fields(s *schema, prefix string, depth int, into *[]Field) {
	if s = d.resolve(s); s == nil {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		p := s.Properties[name]
		if inner := d.resolve(p); d.kind(p) == "object" && len(inner.Properties) > 0 && depth < 3 {
			d.fields(p, prefix+name+".", depth+1, into)
			continue
		}
		*into = append(*into, Field{prefix + name, d.kind(p), p.Description})
	}
}
