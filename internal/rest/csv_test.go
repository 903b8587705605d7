package rest_test

import (
	"context"
	"encoding/csv"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/value"
)

// TestExport asks for a list as a table: 2500 rows, which come on three pages.
func TestExport(t *testing.T) {
	const all = 2500
	asked := 0
	list := func(_ context.Context, _ rest.Caller, in *struct{ rest.Paging }) (rest.Page[Thing], error) {
		var page, size int
		_, _ = fmt.Sscan(string(in.Page), &page)
		_, _ = fmt.Sscan(string(in.PerPage), &size)
		asked++
		if in.Q != "name:x" {
			return rest.Page[Thing]{}, rest.Plain{Status: http.StatusTeapot, Message: "q is lost"}
		}
		p := rest.Page[Thing]{Page: page, PerPage: size, Total: all, Pages: (all + size - 1) / size}
		for i := (page - 1) * size; i < min(page*size, all); i++ {
			p.Items = append(p.Items, Thing{
				ID: value.ID(i), Name: "=cmd()", Created: 1_700_000_000_000_000, Status: value.Described{ID: 1, Description: "a,\"b"},
				Cost: -5_000_000_000, Labels: []string{"x"},
			})
		}
		return p, nil
	}
	table := func(context.Context, rest.Caller, *struct{}) ([]value.Named, error) {
		return []value.Named{{ID: 1, Name: "@sum"}, {ID: 2, Name: "plain"}}, nil
	}
	f := start(t, func(f *fixture) {
		rest.List(f.api, rest.Op{Path: "/api/things", ID: "things", Role: rest.Observer, PerPage: 10}, list)
		rest.Table(f.api, rest.Op{Path: "/api/words", ID: "words", Role: rest.Observer}, table)
	})
	a := f.do(http.MethodGet, "/api/things?q=name:x&page=2&per_page=5", "", "Accept: text/csv, */*;q=0.1")
	rows, err := csv.NewReader(strings.NewReader(a.Body)).ReadAll()
	if err != nil || a.Status != 200 || len(rows) != all+1 || asked != 3 || a.Header.Get("Content-Type") != "text/csv; charset=utf-8" {
		t.Fatalf("%v: %d, %d rows of %d questions, %s", err, a.Status, len(rows), asked, a.Header)
	}
	want := [][]string{
		{"id", "name", "tags", "created", "status.id", "status.description", "profile.id", "profile.name", "volume", "cost", "used_count", "labels"},
		{"2499", "'=cmd()", "", "2023-11-14T22:13:20.000+0000", "1", `a,"b`, "", "", "0", "-0.5", "0", `["x"]`},
	}
	if diff := cmp.Diff(want, [][]string{rows[0], rows[all]}); diff != "" {
		t.Error(diff)
	}
	if a := f.do(http.MethodGet, "/api/things?q=name:y", "", "Accept: text/csv"); a.Status != http.StatusTeapot || !strings.HasPrefix(a.Body, "{") {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	if a := f.do(http.MethodGet, "/api/things?q=name:x", "", "Accept: application/json, text/csv"); a.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%s", a.Header)
	}
	if a := f.do(http.MethodGet, "/api/words", "", "Accept: text/csv"); a.Body != "id,name\n1,'@sum\n2,plain\n" {
		t.Errorf("%q", a.Body)
	}
}

// TestExportDoesNoHarm tries what a spreadsheet takes for a formula.
func TestExportDoesNoHarm(t *testing.T) {
	expected := [][2]string{
		{"=1+1", "'=1+1"}, {"+1+cmd|' /C calc'!A0", "'+1+cmd|' /C calc'!A0"}, {"-2-3", "'-2-3"}, {"@x", "'@x"}, {"\tx", "'\tx"}, {"\r=x", "'\r=x"}, {"\n=x", "'\n=x"},
		{"＝1", "'＝1"}, {"'=x", "''=x"}, {"''", "''"}, {"'x", "'x"}, {"x=1", "x=1"}, {"", ""}, {"+", "'+"}, {"-.", "'-."}, {"-.5", "'-.5"},
		{"+4915112345678", "+4915112345678"}, {"-12.500000", "-12.500000"}, {"+1e5", "'+1e5"}, {"'+49", "''+49"},
		{"a\",=1", "a\",=1"}, // quotes part no field
	}
	f := start(t, func(f *fixture) {
		rest.Table(f.api, rest.Op{Path: "/api/words", ID: "words", Role: rest.Observer}, func(context.Context, rest.Caller, *struct{}) ([]value.Named, error) {
			var rows []value.Named
			for _, text := range expected {
				rows = append(rows, value.Named{Name: text[0]})
			}
			return rows, nil
		})
	})
	rows, err := csv.NewReader(strings.NewReader(f.do(http.MethodGet, "/api/words", "", "Accept: text/csv").Body)).ReadAll()
	if err != nil || len(rows) != len(expected)+1 {
		t.Fatalf("%v: %q", err, rows)
	}
	for i, row := range rows[1:] {
		if row[1] != expected[i][1] {
			t.Errorf("%q goes out as %q, want %q", expected[i][0], row[1], expected[i][1])
		}
	}
}
