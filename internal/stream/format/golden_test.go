package format

import (
	"bytes"
	"encoding/json"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// shape is how some destinations want their records.
type shape struct {
	name, extension string
	encoding        func(generation int64) Encoding
}

func shapes() []shape {
	return []shape{{"json", ".json", JSON}, {"keen", ".json", Keen}, {"csv", ".csv", CSV}}
}

func generations() map[string]int64 {
	return map[string]int64{"old": Old, "migrated": Migrated, "new": New}
}

// sent is what the files of testdata stand for: the bytes of a record, by the file's name without its folder. A CSV file
// begins with its header, as one in a bucket does.
func sent(s shape, generation int64) map[string][]byte {
	encoding, files := s.encoding(generation), map[string][]byte{}
	var eventHeader, usageHeader string
	if s.name == "csv" {
		eventHeader, usageHeader = Header(generation, EventKind), Header(generation, UsageKind)
	}
	for name, change := range eventCases() {
		e := sampleEvent()
		change(&e)
		files[name+s.extension] = encoding.Event([]byte(eventHeader), &e)
	}
	for name, change := range usageCases() {
		u := sampleUsage()
		change(&u)
		files[name+s.extension] = encoding.Usage([]byte(usageHeader), &u)
	}
	return files
}

// The files of testdata say byte for byte what is sent; nothing writes them but a person. JSON is indented there for
// people, and compared without: what is sent has no white space between its parts.
func TestGolden(t *testing.T) {
	seen := map[string]bool{}
	for name, generation := range generations() {
		for _, s := range shapes() {
			for file, got := range sent(s, generation) {
				file = path.Join(name, s.name, file)
				seen[file] = true
				t.Run(file, func(t *testing.T) {
					if diff := cmp.Diff(string(golden(t, file)), string(got)); diff != "" {
						t.Errorf("%s\nis sent: %s", diff, got)
					}
				})
			}
		}
	}
	checkSeen(t, seen)
}

func golden(t *testing.T, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", filepath.FromSlash(file)))
	if err != nil {
		t.Fatal(err)
	}
	if path.Ext(file) == ".csv" {
		return data
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, data); err != nil {
		t.Fatal(err)
	}
	return compact.Bytes()
}

// checkSeen fails on files that nothing is compared with.
func checkSeen(t *testing.T, seen map[string]bool) {
	t.Helper()
	files, err := filepath.Glob("testdata/*/*/event_*")
	usage, _ := filepath.Glob("testdata/*/*/usage_*")
	for _, file := range append(files, usage...) {
		if name := strings.TrimPrefix(filepath.ToSlash(file), "testdata/"); !seen[name] {
			t.Errorf("%s is of no case", file)
		}
	}
	if err != nil || len(files)+len(usage) != len(seen) {
		t.Errorf("%d files for %d cases, %v", len(files)+len(usage), len(seen), err)
	}
}

// Old is ASCII whatever the names are, and the object of detail too.
func TestOldIsASCII(t *testing.T) {
	for _, s := range shapes() {
		for file, got := range sent(s, Old) {
			if i := bytes.IndexFunc(got, func(r rune) bool { return r > 0x7f }); i >= 0 {
				t.Errorf("%s %s: not ASCII from %q on", s.name, file, got[i:])
			}
		}
	}
}

// KeenIO gets in New what every other destination gets.
func TestNewKeenIsWhole(t *testing.T) {
	if diff := cmp.Diff(sent(shapes()[0], New), sent(shape{"keen", ".json", Keen}, New)); diff != "" {
		t.Error(diff)
	}
}
