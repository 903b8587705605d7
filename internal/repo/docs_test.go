package repo

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestEveryDecisionIsListed(t *testing.T) {
	index := read(t, "docs/adr/README.md")
	names, err := filepath.Glob(filepath.Join(root, "docs/adr/[0-9]*.md"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no decisions found: %v", err)
	}
	for _, name := range names {
		if base := filepath.Base(name); !strings.Contains(index, "("+base+")") {
			t.Errorf("docs/adr/README.md does not link %s", base)
		}
	}
}

func TestTheReadmeNamesTheTwoCommands(t *testing.T) {
	text := read(t, "README.md")
	for _, command := range []string{"make run", "make test"} {
		if !strings.Contains(text, command) {
			t.Errorf("README.md does not name %q", command)
		}
	}
}

var configKey = regexp.MustCompile("koanf:\"(\\w+)\"")

// Every key of the configuration stands in the README's table: in the file as it is, in the environment in upper case.
func TestTheReadmeNamesEveryKey(t *testing.T) {
	text := read(t, "README.md")
	config := read(t, "internal/app/config.go") + read(t, "internal/app/services.go") + read(t, "internal/app/aws.go") +
		read(t, "internal/app/limits.go") + read(t, "internal/app/mail.go")
	keys := configKey.FindAllStringSubmatch(config, -1)
	if len(keys) < 10 {
		t.Fatalf("only %d keys found", len(keys))
	}
	for _, key := range keys {
		if row := "| `" + key[1] + "` | `SIMSTEAD_" + strings.ToUpper(key[1]) + "` |"; !strings.Contains(text, row) {
			t.Errorf("README.md has no row that begins %s", row)
		}
	}
	for _, key := range configKey.FindAllStringSubmatch(read(t, "internal/app/radius.go"), -1) {
		if !strings.Contains(text, "`"+key[1]+"`") {
			t.Errorf("README.md does not name `%s` of radius_clients", key[1])
		}
	}
	for _, word := range regexp.MustCompile(`SIMSTEAD_[A-Z0-9_]+`).FindAllString(text, -1) {
		key := strings.ToLower(strings.TrimPrefix(word, "SIMSTEAD_"))
		if !strings.Contains(config, `"`+key+`"`) && !strings.Contains(strings.ToLower(read(t, "scripts/soak.sh")), strings.ToLower(word)) {
			t.Errorf("README.md names %s, which nothing reads", word)
		}
	}
}

var link = regexp.MustCompile(`\]\(([^)\s]+)\)`)

// Every relative link leads to a file.
func TestLinksLead(t *testing.T) {
	for _, f := range files(t, ".md") {
		if strings.HasPrefix(f.path, "internal/network/data/") {
			continue // licence texts of others
		}
		for _, found := range link.FindAllStringSubmatch(f.text, -1) {
			target, _, _ := strings.Cut(found[1], "#")
			if target == "" || strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			if _, err := os.Stat(filepath.Join(root, path.Dir(f.path), target)); err != nil {
				t.Errorf("%s links %s, which is not there", f.path, found[1])
			}
		}
	}
}

// Paths of somebody's machine have no place in the repository.
func TestNoMachinePaths(t *testing.T) {
	paths := regexp.MustCompile(`(^|[^\w.])/(` + strings.Join([]string{"root", "home", "Users", "work"}, "|") + `)/\w`)
	for _, f := range files(t, ".go", ".md", ".sh", ".sql", ".yml", ".yaml", ".mjs", ".js", ".json", ".txt", ".txtar", "Makefile", ".ci/run") {
		if strings.HasPrefix(f.path, "internal/repo/") {
			continue
		}
		for number, line := range strings.Split(f.text, "\n") {
			if paths.MatchString(line) {
				t.Errorf("%s:%d names a path of a machine: %s", f.path, number+1, strings.TrimSpace(line))
			}
		}
	}
}
