package intake

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/sheet"
)

// Options say how a file is read.
type Options struct {
	Columns  map[string]string // our name of a column to the file's, where they differ
	Defaults map[string]string // by our name: what a row has whose cell is empty or whose column is not there
	DryRun   bool              // only says what would be made
	Progress func(Report)      // called after each chunk, and at first for what an earlier run has taken; may be nil
}

// table is a file that was read.
type table struct {
	*sheet.Sheet
	digest  string // of the file and of how it is read
	options Options
}

// read reads a file. known are the names of its columns; those that must be there may have a default instead.
func read(kind, text string, o Options, known, must []string) (*table, error) {
	for name := range o.Defaults {
		if !slices.Contains(known, name) {
			return nil, fault.Invalid(fault.New(fault.InvalidReference, "defaults: there is no column %s; known are %s", name, strings.Join(known, ", ")))
		}
	}
	layout := sheet.Layout{Columns: known}
	for _, name := range must {
		if o.Defaults[name] == "" {
			layout.Required = append(layout.Required, name)
		}
	}
	s, err := sheet.Read(text, layout, o.Columns)
	return &table{s, digest(kind, text, o), o}, err
}

func digest(kind, text string, o Options) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s\n", kind)
	for _, part := range []map[string]string{o.Columns, o.Defaults} {
		for _, key := range slices.Sorted(maps.Keys(part)) {
			fmt.Fprintf(h, "%q=%q\n", key, part[key])
		}
	}
	fmt.Fprint(h, "\n", text)
	return hex.EncodeToString(h.Sum(nil))
}

// cell is what a row has in a column, or the column's default.
func (t *table) cell(row int, name string) string {
	return cmp.Or(t.Rows[row].Get(name), t.options.Defaults[name])
}

// over is the error of a row with more fields than the header.
func (t *table) over(row int) error {
	if text := t.Rows[row].Over(); text != "" {
		return fault.New(fault.InvalidFormat, "%s", text)
	}
	return nil
}

// plain is a name as names of statuses are compared.
func plain(name string) string {
	return strings.NewReplacer(" ", "_", "-", "_").Replace(strings.ToLower(strings.TrimSpace(name)))
}
