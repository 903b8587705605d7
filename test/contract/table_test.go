package contract

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// operation is one of the published contract, or one that is served.
type operation struct {
	method, path string
	statuses     []string          // of success; none where the contract says nothing
	shape        string            // of the answer: object, array, none; any where the contract says nothing
	query        []string          // parameters
	takes, gives map[string]string // fields of the request and of the answer, by their dotted names, to a letter for the type
}

// key names an operation by its method and its path without the names of the path's parameters.
func (o operation) key() string { return o.method + " " + nameless(o.path) }

var parameter = regexp.MustCompile(`\{[^}]*\}`)

func nameless(path string) string { return parameter.ReplaceAllString(path, "{}") }

// published reads the table of the contract. absent are the operations that must not be served.
func published(t *testing.T) (all []operation, absent []string) {
	t.Helper()
	text, err := os.ReadFile("testdata/operations.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		switch {
		case words[0] == "#":
		case !strings.HasPrefix(line, " "):
			o := operation{method: words[0], path: words[1], shape: words[len(words)-1]}
			if o.shape == "absent" {
				absent = append(absent, o.key())
				continue
			}
			if len(words) == 4 {
				o.statuses = strings.Split(words[2], ",")
			}
			all = append(all, o)
		case words[0] == "query":
			all[len(all)-1].query = words[1:]
		case words[0] == "takes":
			all[len(all)-1].takes = fieldsOf(words[1:])
		default:
			all[len(all)-1].gives = fieldsOf(words[1:])
		}
	}
	if len(all) < 250 {
		t.Fatalf("only %d operations are in the table", len(all))
	}
	return all, absent
}

func fieldsOf(words []string) map[string]string {
	fields := map[string]string{}
	for _, word := range words {
		name, kind, _ := strings.Cut(word, ":")
		fields[name] = kind
	}
	return fields
}

// sameType reports whether a client that expects one type can read the other. Whole numbers are numbers, and "?" is what
// the contract leaves open.
func sameType(want, got string) bool {
	number := func(kind string) bool { return kind == "i" || kind == "n" }
	return want == got || want == "?" || got == "?" || number(want) && number(got)
}

// lacking are the wanted names that are not there.
func lacking(want, got []string) (names []string) {
	for _, name := range want {
		if !slices.Contains(got, name) {
			names = append(names, name)
		}
	}
	return names
}
