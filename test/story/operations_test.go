package story

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// called is a line of a story that calls the API, with what the story says of the answer.
type called struct {
	method, path string
	refused      bool
	said         []string // the lines behind it, up to the next that is not about the answer
}

// forbidden reports whether the story says that the caller's organisation has no part in the operation.
func (c called) forbidden() bool {
	return c.refused && slices.Contains(c.said, "status 403") && slices.Contains(c.said, "json .error_code 1104")
}

var callLine = regexp.MustCompile(`^(! )?(get|post|put|patch|delete|becomes \S+) (\S+)`)

// calls reads what all stories call.
func calls(t *testing.T) (all []called) {
	t.Helper()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no stories: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			line = strings.TrimSpace(line)
			if m := callLine.FindStringSubmatch(line); m != nil {
				path, _, _ := strings.Cut(m[3], "?")
				method := strings.ToUpper(m[2])
				if strings.HasPrefix(m[2], "becomes") {
					method = http.MethodGet
				}
				all = append(all, called{method: method, path: path, refused: m[1] != ""})
			} else if len(all) > 0 && regexp.MustCompile(`^!? ?(status|json|header|stdout) `).MatchString(line) {
				last := &all[len(all)-1]
				last.said = append(last.said, line)
			}
		}
	}
	return all
}

// TestOperationsHaveStories holds the list of operations against the stories: each is done in one and refused in one, those
// that enterprises have no part in with 403 and code 1104.
func TestOperationsHaveStories(t *testing.T) {
	t.Parallel()
	all := calls(t)
	text, err := os.ReadFile("testdata/operations")
	if err != nil {
		t.Fatal(err)
	}
	parameter, listed := regexp.MustCompile(`\{[^}]*\}`), 0
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		if len(words) != 3 || words[0] == "#" {
			continue
		}
		listed++
		path := regexp.MustCompile(`^` + parameter.ReplaceAllString(words[1], `[^/]+`) + `$`)
		has := func(such func(called) bool) bool {
			return slices.ContainsFunc(all, func(c called) bool { return c.method == words[0] && path.MatchString(c.path) && such(c) })
		}
		done := has(func(c called) bool { return !c.refused })
		if absent := words[2] == "absent"; done == absent {
			t.Errorf("%s %s: done in a story: %v", words[0], words[1], done)
		}
		if !has(func(c called) bool { return c.refused }) {
			t.Errorf("%s %s: no story shows an error of it", words[0], words[1])
		}
		if words[2] == "above" && !has(called.forbidden) {
			t.Errorf("%s %s: no story shows that enterprises are refused", words[0], words[1])
		}
	}
	if listed < 73 {
		t.Errorf("only %d operations are listed", listed)
	}
}
