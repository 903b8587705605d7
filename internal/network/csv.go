package network

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"unicode/utf8"
)

// errOrder says that a file is not sorted, or has an id twice.
var errOrder = errors.New("ids must ascend from 1")

// eachRow calls read with the id and the fields of each row of a file. The first column is the id. An error tells the
// file and the line.
func eachRow(name string, text []byte, columns []string, read func(id int64, fields []string) error) error {
	r := csv.NewReader(bytes.NewReader(text))
	r.FieldsPerRecord = len(columns)
	header, err := r.Read()
	if err != nil {
		return at(name, 1, err)
	}
	if !slices.Equal(header, columns) {
		return at(name, 1, fmt.Errorf("columns are %q, want %q", header, columns))
	}
	var last int64
	for {
		fields, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return at(name, 0, err)
		}
		line, _ := r.FieldPos(0)
		id, err := rowID(fields, last)
		if err == nil {
			err = read(id, fields)
		}
		if err != nil {
			return at(name, line, err)
		}
		last = id
	}
}

func rowID(fields []string, last int64) (int64, error) {
	for _, field := range fields {
		if !utf8.ValidString(field) {
			return 0, fmt.Errorf("field %q is not UTF-8", field)
		}
	}
	id, err := strconv.ParseInt(fields[0], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("read id: %w", err)
	}
	if id <= last {
		return 0, fmt.Errorf("id %d after %d: %w", id, last, errOrder)
	}
	return id, nil
}

// at puts the file and the line before an error; an error of the CSV reader knows its line itself.
func at(name string, line int, err error) error {
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		return fmt.Errorf("%s:%d: %w", name, parse.Line, parse.Err)
	}
	return fmt.Errorf("%s:%d: %w", name, line, err)
}
