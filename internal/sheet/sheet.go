// Package sheet reads CSV files with a header line, as operators exchange them: the columns in any order and under other
// names where a mapping says so.
package sheet

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/value"
)

// Layout says what a file may hold.
type Layout struct {
	Columns  []string // the names of columns that are read
	Required []string // those of them that must be there
}

// Row is one line of a file.
type Row struct {
	Line   int // of the file, from 1; the header is one
	Fields []string
	at     map[string]int
	width  int // of the header
}

// Get is what a row has in a column, without spaces around it; "" when the column is not there. The apostrophe that an export
// puts before what a spreadsheet could take for a formula is dropped.
func (r Row) Get(column string) string {
	if i, there := r.at[column]; there && i < len(r.Fields) {
		return plain(strings.TrimSpace(r.Fields[i]))
	}
	return ""
}

// Over says what is wrong with a row that has more fields than the header, "" for nothing: its fields would stand in columns that
// they do not belong to, as when a decimal has a comma and no quotes.
func (r Row) Over() string {
	for _, field := range r.Fields[min(r.width, len(r.Fields)):] {
		if strings.TrimSpace(field) != "" {
			return fmt.Sprintf("the line has %d fields, the header %d: what has the separator in it stands in quotes", len(r.Fields), r.width)
		}
	}
	return ""
}

// plain takes one apostrophe away from before a formula.
func plain(text string) string {
	if bare, escaped := strings.CutPrefix(text, "'"); escaped && value.IsFormula(text) {
		return bare
	}
	return text
}

// Sheet is a file that was read.
type Sheet struct {
	Header []string
	Rows   []Row
}

// MaxRows is how many lines a file may have.
const MaxRows = 100_000

// Read reads a file, UTF-8 with or without a byte order mark, lines ended in any of the three ways. Its fields are parted by commas, or by semicolons or tabs when
// the header has more of these. names maps columns of the layout to what they are called in the file; case does not matter.
// Columns that nothing asks for are passed over. Its errors are faults.
func Read(text string, layout Layout, names map[string]string) (*Sheet, error) {
	text = strings.TrimPrefix(text, "\ufeff")
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return nil, bad("the file is not UTF-8 text")
	}
	if !strings.Contains(text, "\n") { // as spreadsheets on Macs have it
		text = strings.ReplaceAll(text, "\r", "\n")
	}
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.FieldsPerRecord, r.TrimLeadingSpace = comma(text), -1, true
	header, err := r.Read()
	if err != nil {
		return nil, bad("the file has no header line")
	}
	at, err := layout.find(header, names)
	if err != nil {
		return nil, err
	}
	s := &Sheet{Header: header}
	for {
		fields, err := r.Read()
		if errors.Is(err, io.EOF) {
			return s, nil
		}
		if err != nil {
			return nil, bad("the file is not CSV: %v", err)
		}
		if len(s.Rows) == MaxRows {
			return nil, bad("the file has more than %d lines: import it in parts", MaxRows)
		}
		line, _ := r.FieldPos(0)
		s.Rows = append(s.Rows, Row{Line: line, Fields: fields, at: at, width: len(header)})
	}
}

// comma is what the header has most of.
func comma(text string) rune {
	header, _, _ := strings.Cut(text, "\n")
	best, most := ',', strings.Count(header, ",")
	for _, c := range []rune{';', '\t'} {
		if n := strings.Count(header, string(c)); n > most {
			best, most = c, n
		}
	}
	return best
}

func (l Layout) find(header []string, names map[string]string) (map[string]int, error) {
	var wrong []*fault.Error
	for column := range names {
		if !slices.Contains(l.Columns, column) {
			wrong = append(wrong, fault.New(fault.InvalidReference, "columns: there is no %s to map; known are %s", column, strings.Join(l.Columns, ", ")))
		}
	}
	at := map[string]int{}
	for _, column := range l.Columns {
		name, mapped := names[column]
		if !mapped {
			name = column
		}
		called := func(h string) bool { return strings.EqualFold(strings.TrimSpace(h), strings.TrimSpace(name)) }
		i := slices.IndexFunc(header, called)
		switch {
		case i >= 0 && slices.ContainsFunc(header[i+1:], called):
			wrong = append(wrong, fault.New(fault.Duplicated, "the file has the column %s twice", name))
		case i >= 0:
			at[column] = i
		case mapped || slices.Contains(l.Required, column):
			wrong = append(wrong, fault.New(fault.Required, "the file has no column %s", name))
		}
	}
	return at, fault.Invalid(wrong...)
}

func bad(format string, args ...any) error {
	return fault.Invalid(fault.New(fault.InvalidFormat, format, args...))
}

// Write writes rows as a CSV file with a header.
func Write(w io.Writer, header []string, rows [][]string) error {
	out := csv.NewWriter(w)
	if err := out.Write(header); err != nil {
		return err
	}
	return out.WriteAll(rows)
}
