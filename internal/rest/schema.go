package rest

import (
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/simstead/simstead/internal/value"
)

// schemas makes and keeps the JSON schemas of Go types. It knows the small types of package value, which must not
// know huma.
type schemas struct {
	huma.Registry
	names    map[reflect.Type]string
	taken    map[string]bool
	seen     map[reflect.Type]bool
	received map[reflect.Type]bool // types that stand in request bodies
}

func newSchemas() *schemas {
	s := &schemas{
		names: map[reflect.Type]string{}, taken: map[string]bool{}, seen: map[reflect.Type]bool{},
		received: map[reflect.Type]bool{},
	}
	c := huma.Config{OpenAPI: &huma.OpenAPI{Components: &huma.Components{
		Schemas: huma.NewMapRegistry("#/components/schemas/", s.name),
	}}}
	c.AllowAdditionalPropertiesByDefault = true
	c.FieldsOptionalByDefault = true
	// The two settings reach the registry only through NewAPI; what it returns is not needed.
	s.Registry = huma.NewAPI(c, nil).OpenAPI().Components.Schemas
	for t, shown := range shownAs() {
		s.RegisterTypeAlias(t, shown)
	}
	return s
}

// shownAs says which plain Go type has the schema of each type with a JSON form of its own. value.ID needs no entry:
// its kind says all.
func shownAs() map[reflect.Type]reflect.Type {
	integer, number, text := reflect.TypeFor[int64](), reflect.TypeFor[float64](), reflect.TypeFor[string]()
	return map[reflect.Type]reflect.Type{
		reflect.TypeFor[value.MB]():         number,
		reflect.TypeFor[value.Cost]():       number,
		reflect.TypeFor[value.Sum]():        number,
		reflect.TypeFor[value.Percent]():    number,
		reflect.TypeFor[value.Amount]():     number,
		reflect.TypeFor[value.Point]():      reflect.TypeFor[[]any](),
		reflect.TypeFor[value.Text]():       text,
		reflect.TypeFor[value.Flag]():       integer,
		reflect.TypeFor[value.EntityTime](): reflect.TypeFor[time.Time](),
		reflect.TypeFor[value.EventTime]():  reflect.TypeFor[time.Time](),
		reflect.TypeFor[Number]():           integer,
		reflect.TypeFor[PathID]():           integer,
		reflect.TypeFor[OrgID]():            text,
		reflect.TypeFor[UserID]():           text,
	}
}

// of returns the schema of a type: a reference for structs. hint names the component of an unnamed struct.
func (s *schemas) of(t reflect.Type, hint string) *huma.Schema {
	s.learn(t)
	return s.Schema(t, true, hint)
}

// field is of for a field with huma's tags (doc, enum, minimum, ...).
func (s *schemas) field(f reflect.StructField, hint string) *huma.Schema {
	s.learn(f.Type)
	return huma.SchemaFromField(s.Registry, f, hint)
}

// learn prepares every type that can be reached from t: Opt[T] has the schema of *T, which may be null, and JSON[T] that
// of T.
func (s *schemas) learn(t reflect.Type) {
	if t = element(t); s.seen[t] || t.Kind() != reflect.Struct {
		return
	}
	s.seen[t] = true
	if isOpt(t) {
		inner, _ := t.FieldByName("Value")
		shown, ok := shownAs()[inner.Type]
		if !ok {
			shown = inner.Type
		}
		if isKept(inner.Type) {
			as, _ := inner.Type.FieldByName("As")
			shown = as.Type.Elem()
		}
		s.RegisterTypeAlias(t, reflect.PointerTo(shown))
		s.learn(inner.Type)
		return
	}
	if isKept(t) {
		as, _ := t.FieldByName("As")
		s.RegisterTypeAlias(t, as.Type.Elem())
		s.learn(as.Type.Elem())
		return
	}
	for i := range t.NumField() {
		s.learn(t.Field(i).Type)
	}
}

// name is a component's name: that of the type, with its package's where the package alone does not say it
// ("endpoint.Status" is EndpointStatus, "endpoint.Endpoint" is Endpoint), and a number where that is taken.
func (s *schemas) name(t reflect.Type, hint string) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return ""
	}
	if name, ok := s.names[t]; ok {
		return name
	}
	name := huma.DefaultSchemaNamer(t, hint)
	pkg := t.PkgPath()[strings.LastIndexByte(t.PkgPath(), '/')+1:]
	if t.Name() != "" && pkg != "value" && pkg != "rest" && pkg != "api" && !strings.HasPrefix(strings.ToLower(name), pkg) {
		name = strings.ToUpper(pkg[:1]) + pkg[1:] + name
	}
	free := name
	for n := 2; s.taken[free]; n++ {
		free = name + strconv.Itoa(n)
	}
	s.taken[free] = true
	s.names[t] = free
	return free
}

// receive marks every type that can be reached from t as one that clients send.
func (s *schemas) receive(t reflect.Type) {
	if t = element(t); s.received[t] || t.Kind() != reflect.Struct {
		return
	}
	s.received[t] = true
	for i := range t.NumField() {
		s.receive(t.Field(i).Type)
	}
}

func element(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Array || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	return t
}

func isOpt(t reflect.Type) bool { return isGeneric(t, "Opt[") }

func isKept(t reflect.Type) bool { return isGeneric(t, "JSON[") }

func isGeneric(t reflect.Type, name string) bool {
	return t.Kind() == reflect.Struct && t.PkgPath() == reflect.TypeFor[value.ID]().PkgPath() && strings.HasPrefix(t.Name(), name)
}
