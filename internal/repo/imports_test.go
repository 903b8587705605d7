package repo

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/simstead/simstead/"

// The layers, from the bottom. A package imports from layers below its own; leaves and nouns also from their equals.
const (
	leaf    = iota
	base    // on which nouns stand, or which know none
	noun    // every package directly below internal that is not listed here
	counted // charging
	flow    // usage
	engine  // what the edges share
	shared  // what destinations share
	edge
	join // app, and what drives it from outside
	show // demo
	command
)

var layers = map[string]int{
	"clock": leaf, "fault": leaf, "money": leaf, "value": leaf, "egress": leaf, "secret": leaf,
	"db": base, "list": base, "rating": base, "rest": base, "stream/format": base, "db/dbtest": noun,
	"charging": counted, "usage": flow, "stream": engine, "usagefile": engine,
	"stream/exchange": shared, "stream/credential": base, "stream/aws": shared, "stream/aws/awstest": edge,
	"api": edge,
	"app": join, "simulate": join, "doctor": join, "provision": join, "console": join, "demo": show,
}

func layerOf(t *testing.T, name string) int {
	t.Helper()
	inside, ok := strings.CutPrefix(name, "internal/")
	if !ok {
		return command
	}
	layer, known := layers[inside]
	folder := path.Dir(inside)
	switch {
	case known:
		return layer
	case folder == ".":
		return noun
	case folder == "wire", folder == "stream": // a protocol, a destination
		return edge
	case path.Dir(folder) == "wire" && path.Base(inside) == "packet": // the form of a protocol's packets
		return base
	case path.Dir(folder) == "wire": // the rest of what a protocol shares
		return engine
	}
	t.Errorf("%s has no layer: add it to the table", name)
	return command
}

// knows says which packages alone may import something, by the beginning of its path.
var knows = []struct {
	imports string
	only    []string
}{
	{"database/sql", []string{"internal/db"}},
	{"github.com/jackc/pgx", []string{"internal/db"}},
	{"github.com/pressly/goose", []string{"internal/db"}},
	{"modernc.org/", []string{"internal/db"}},
	{"zombiezen.com/", []string{"internal/db"}},
	{"net/http", []string{"internal/rest", "internal/api", "internal/egress", "internal/smscall", "internal/stream", "internal/app", "internal/demo", "internal/console"}},
	{"github.com/danielgtaylor/huma", []string{"internal/rest"}},
	{"layeh.com/radius", []string{"internal/wire/radius", "internal/simulate"}},
	{"github.com/aws/", []string{"internal/stream/aws", "internal/stream/kinesis", "internal/stream/s3"}},
	{"github.com/spf13/cobra", []string{"cmd"}},
	{"github.com/knadh/koanf", []string{"internal/app"}},
	{"github.com/prometheus/", []string{"internal/app", "internal/rest", "internal/wire"}},
}

// rigs serve tests: they stand outside and may do what the world does.
var rigs = []string{"internal/db/dbtest", "test/rig"}

// listed is what go list says of a package; test files are not held to the layers.
type listed struct {
	ImportPath string
	Imports    []string
}

func packages(t *testing.T) []listed {
	t.Helper()
	list := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", "./...")
	list.Dir = root
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []listed
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		p.ImportPath = strings.TrimPrefix(p.ImportPath, module)
		all = append(all, p)
	}
}

func TestImportsGoDown(t *testing.T) {
	for _, p := range packages(t) {
		own := layerOf(t, p.ImportPath)
		for _, imported := range p.Imports {
			other, ours := strings.CutPrefix(imported, module)
			if !ours {
				continue
			}
			layer := layerOf(t, other)
			equals := own == layer && (own == leaf || own == base || own == noun || own == engine && path.Dir(p.ImportPath) == path.Dir(other))
			if layer >= own && !equals {
				t.Errorf("%s imports %s, which is not below it", p.ImportPath, other)
			}
		}
	}
}

func TestOnlySomeKnow(t *testing.T) {
	for _, p := range packages(t) {
		for _, imported := range p.Imports {
			for _, rule := range knows {
				if !strings.HasPrefix(imported, rule.imports) || slices.Contains(rigs, p.ImportPath) {
					continue
				}
				if !slices.ContainsFunc(rule.only, func(name string) bool { return within(p.ImportPath, name) }) {
					t.Errorf("%s imports %s; only %s may", p.ImportPath, imported, strings.Join(rule.only, ", "))
				}
			}
		}
	}
}

func within(name, folder string) bool { return name == folder || strings.HasPrefix(name, folder+"/") }

// edges may import little: a protocol the flow, a destination the boundary of the engine, and each what is its own.
var edges = map[string][]string{
	"internal/wire/": {"internal/clock", "internal/usage"},
	"internal/stream/": {"internal/clock", "internal/egress", "internal/fault", "internal/money", "internal/stream", "internal/stream/format", "internal/value",
		"internal/stream/aws", "internal/stream/exchange", "internal/stream/credential"},
}

// A protocol knows no SQL, no prices and no other protocol; a destination knows no nouns and no other destination.
func TestNothingGoesSideways(t *testing.T) {
	for _, p := range packages(t) {
		for folder, allowed := range edges {
			if !strings.HasPrefix(p.ImportPath, folder) {
				continue
			}
			for _, imported := range p.Imports {
				other, ours := strings.CutPrefix(imported, module)
				if ours && branch(other, folder) != branch(p.ImportPath, folder) && !slices.Contains(allowed, other) {
					t.Errorf("%s imports %s; beside its own it may import %s", p.ImportPath, other, strings.Join(allowed, ", "))
				}
			}
		}
	}
}

// branch is the folder of a package directly below another one; "" when it is not below.
func branch(name, folder string) string {
	below, ok := strings.CutPrefix(name, folder)
	if !ok {
		return ""
	}
	first, _, _ := strings.Cut(below, "/")
	return first
}
