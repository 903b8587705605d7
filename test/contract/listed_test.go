package contract

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// allowance is a row of docs/contract.md: differences that may be.
type allowance struct {
	line      string
	operation *regexp.Regexp
	what      string
	names     []*regexp.Regexp
	used      bool
}

func (a *allowance) covers(d difference) bool {
	if a.what != d.what || !a.operation.MatchString(d.operation) {
		return false
	}
	for _, name := range a.names {
		if name.MatchString(d.name) {
			return true
		}
	}
	return false
}

var span = regexp.MustCompile("`([^`]*)`")

// listed reads the tables of docs/contract.md.
func listed(t *testing.T) (all []*allowance) {
	t.Helper()
	text, err := os.ReadFile("../../docs/contract.md")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if !strings.HasPrefix(line, "| `") {
			continue
		}
		if len(cells) != 4 || len(strings.TrimSpace(cells[3])) < 8 {
			t.Errorf("docs/contract.md: a row without four cells or without a reason: %s", line)
			continue
		}
		a := &allowance{line: strings.TrimSpace(line), operation: glob(span.FindStringSubmatch(cells[0])[1]), what: strings.TrimSpace(cells[1])}
		for _, name := range span.FindAllStringSubmatch(cells[2], -1) {
			a.names = append(a.names, glob(name[1]))
		}
		all = append(all, a)
	}
	if len(all) == 0 {
		t.Fatal("docs/contract.md has no rows")
	}
	return all
}

// glob reads "*" as any text and "?" as any character.
func glob(pattern string) *regexp.Regexp {
	quoted := regexp.QuoteMeta(pattern)
	quoted = strings.NewReplacer(`\*`, ".*", `\?`, ".").Replace(quoted)
	return regexp.MustCompile("^" + quoted + "$")
}
