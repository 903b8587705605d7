package event

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Every type of the catalogue is either caused by the platform or may be recorded from outside, under the same name.
func TestEveryTypeHasACause(t *testing.T) {
	causes, own := Causes(), inside()
	for id, name := range Types() {
		from, ingest := outside(id)
		_, caused := causes[id]
		if caused == ingest {
			t.Errorf("%d %s: caused %v, recorded from outside %v", id, name, caused, ingest)
		}
		if ingest && from.Description != name || caused && own[id].Description != name {
			t.Errorf("%d has two names: %q, %q%q", id, name, from.Description, own[id].Description)
		}
	}
	for id := range causes {
		if TypeName(id) == "" {
			t.Errorf("%d is caused and not in the catalogue", id)
		}
	}
}

var declared = regexp.MustCompile(`(?m)^\t(\w+)\s+= Type\{(\d+),`)

// What is said to be caused is written somewhere, and nothing else is.
func TestCausesAreInTheCode(t *testing.T) {
	source, err := os.ReadFile("types.go")
	if err != nil {
		t.Fatal(err)
	}
	var code strings.Builder
	err = filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		code.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	written := map[string]bool{}
	for _, found := range declared.FindAllStringSubmatch(string(source), -1) {
		if regexp.MustCompile(`\bevent\.` + found[1] + `\b`).MatchString(code.String()) {
			written[found[2]] = true
		}
	}
	if len(written) < 20 {
		t.Fatalf("only %d types found", len(written))
	}
	for id := range Types() {
		if _, caused := Causes()[id]; caused != written[fmt.Sprint(id)] {
			t.Errorf("%d %s: said to be caused %v, in the code %v", id, TypeName(id), caused, written[fmt.Sprint(id)])
		}
	}
}

// The documents have the catalogue as it is.
func TestDocumentedCatalogue(t *testing.T) {
	text, err := os.ReadFile("../../docs/events.md")
	if err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	table.WriteString("| id | Type | Severity | Source | Alert | Cause |\n|---|---|---|---|---|---|\n")
	own := inside()
	for _, entry := range Catalogue() {
		kind, cause := own[int64(entry.ID)], Causes()[int64(entry.ID)]
		if cause == "" {
			kind, _ = outside(int64(entry.ID))
			cause = "ingest"
		}
		fmt.Fprintf(&table, "| %d | %s | %s | %s | %v | %s |\n", entry.ID, entry.Description, SeverityName(kind.Severity), SourceName(kind.Source), kind.Alert, cause)
	}
	if !strings.Contains(string(text), table.String()) {
		t.Errorf("docs/events.md does not have this table:\n%s", table.String())
	}
}
