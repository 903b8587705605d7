package app

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var yamlBlock = regexp.MustCompile("(?s)```yaml\n(.*?)```")

// Every configuration file that the documentation shows is one. Other files and fragments begin with no key of ours.
func TestDocumentedConfigurationsLoad(t *testing.T) {
	names, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	loaded := 0
	more, err := filepath.Glob("../../docs/destinations/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(append(names, more...), "../../README.md") {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range yamlBlock.FindAllStringSubmatch(string(text), -1) {
			key, _, _ := strings.Cut(block[1], ":")
			if !isKnown(key) {
				continue
			}
			loaded++
			path := filepath.Join(t.TempDir(), "simstead.yaml")
			if err := os.WriteFile(path, []byte(block[1]), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := Load(Defaults(), path, nil); err != nil {
				t.Errorf("%s: %v in\n%s", filepath.Base(name), err, block[1])
			}
		}
	}
	if loaded < 8 {
		t.Errorf("only %d configurations are documented", loaded)
	}
}
