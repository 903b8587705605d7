package repo

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// file is a file of the repository.
type file struct {
	path string // from the root, with slashes
	text string
}

func (f file) lines() int { return strings.Count(f.text, "\n") }

// root is the repository seen from this package.
const root = "../.."

// skipped are directories that hold nothing we wrote.
var skipped = []string{".git", "bin", "dist", ".cache", "node_modules", "simstead-data", "simstead-demo"}

// files reads the repository's files whose name ends in one of the suffixes.
func files(t *testing.T, suffixes ...string) []file {
	t.Helper()
	var list []file
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && slices.Contains(skipped, entry.Name()):
			return filepath.SkipDir
		case entry.IsDir() || !slices.ContainsFunc(suffixes, func(s string) bool { return strings.HasSuffix(path, s) }):
			return nil
		}
		text, err := os.ReadFile(path)
		relative, _ := filepath.Rel(root, path)
		list = append(list, file{filepath.ToSlash(relative), string(text)})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(list) == 0 {
		t.Fatalf("no files end in %v", suffixes)
	}
	return list
}

// read reads one file of the repository.
func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
