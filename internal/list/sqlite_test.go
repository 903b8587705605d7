package list_test

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	_ "modernc.org/sqlite"
	"pgregory.net/rapid"

	"github.com/simstead/simstead/internal/list"
)

// row is what the tests below store; an empty tag is stored as NULL.
type row struct {
	id   int64
	name string
	tag  string
	on   bool
	at   int64
}

func rowSpec() list.Spec {
	return list.Spec{
		Fields: map[string]list.Field{
			"id":   {Column: "id", Many: true},
			"name": {Column: "name", Kind: list.Text, Many: true},
			"tag":  {Column: "tag", Kind: list.Exact, Nullable: true},
			"on":   {Column: "is_on", Kind: list.Flag},
			"at":   {Column: "at", Kind: list.Day, Many: true},
			"from": {Column: "at", Kind: list.From}, "until": {Column: "at", Kind: list.Until},
		},
		IDColumn: "id", PerPage: 3,
	}
}

func open(t *testing.T) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1) // each connection would be a database of its own
	t.Cleanup(func() { _ = db.Close() })
	if _, err := db.ExecContext(t.Context(), `CREATE TABLE thing (id BIGINT NOT NULL, name TEXT NOT NULL, tag TEXT, is_on BOOLEAN NOT NULL, at BIGINT NOT NULL)`); err != nil {
		t.Fatal(err)
	}
	return db
}

type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

func store(t failer, db *sql.DB, rows []row) {
	t.Helper()
	if _, err := db.Exec(`DELETE FROM thing`); err != nil {
		t.Fatalf("empty the table: %v", err)
	}
	for _, r := range rows {
		if _, err := db.Exec(`INSERT INTO thing VALUES ($1, $2, NULLIF($3, ''), $4, $5)`, r.id, r.name, r.tag, r.on, r.at); err != nil {
			t.Fatalf("insert: %v", err)
		}
	}
}

// ids runs a query as a noun would and gives the ids it finds, in order.
func ids(t failer, db *sql.DB, query list.Query) []int64 {
	t.Helper()
	where, args := query.Where(2)
	rows, err := db.Query(`SELECT id FROM thing WHERE id >= $1`+where+` ORDER BY `+query.OrderBy(), append([]any{0}, args...)...)
	if err != nil {
		t.Fatalf("query %s: %v", where, err)
	}
	defer func() { _ = rows.Close() }()
	var found []int64
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			t.Fatalf("scan: %v", err)
		}
		found = append(found, id)
	}
	if err := rows.Err(); err != nil {
		t.Fatalf("read: %v", err)
	}
	return found
}

func TestOnSQLite(t *testing.T) {
	db := open(t)
	store(t, db, []row{
		{1, "Phase modem", "b", true, may2024},
		{2, "My iPhone", "", false, may2024 + day - 1},
		{3, "100% _x_", "a", true, may2024 + day},
		{4, `Ärger\ÄRGER`, "B", false, y2025},
		{5, "Tram", "", true, y2025 - 1},
	})
	tests := []struct {
		name, q, sort string
		want          []int64
	}{
		{"all", "", "", []int64{1, 2, 3, 4, 5}},
		{"number", "id:2|4", "", []int64{2, 4}},
		{"part of a text in any case", "name:PH", "", []int64{1, 2}},
		{"wildcard", "name:ph*e", "", []int64{1, 2}},
		{"per cent is no wildcard", "name:0%*x", "", []int64{3}},
		{"underscore is no wildcard", "name:_", "", []int64{3}},
		{"backslash is no escape", `name:r\*e`, "", []int64{4}},
		{"letters beyond ASCII find themselves", "name:ÄRGER", "", []int64{4}},
		{"exact minds case", "tag:b", "", []int64{1}},
		{"flag", "on:false", "", []int64{2, 4}},
		{"day", "at:2024-05-01", "", []int64{1, 2}},
		{"month", "at:2024-05", "", []int64{1, 2, 3}},
		{"year", "at:2024", "", []int64{1, 2, 3, 5}},
		{"days", "at:2024-05-01|2025", "", []int64{1, 2, 4}},
		{"an alternative does not leak into its neighbour", "at:2024-05-01|2025,on:true", "", []int64{1}},
		{"until is before", "from:2024-05-01T00:00:00Z,until:2024-05-02T00:00:00Z", "", []int64{1, 2}},
		{"descending with NULL last", "", "-tag", []int64{1, 3, 4, 5, 2}},
		{"ascending with NULL first", "", "tag", []int64{2, 5, 4, 3, 1}},
		{"ties by id", "", "on", []int64{2, 4, 1, 3, 5}},
		{"ties by id the same way", "", "-on", []int64{5, 3, 1, 4, 2}},
		{"ties by id the other way", "", "-on,id", []int64{1, 3, 5, 2, 4}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			query, err := rowSpec().Parse(test.q, test.sort, "", "")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, ids(t, db, query)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestTextAgainstOracle compares LIKE patterns with a matcher written without them.
func TestTextAgainstOracle(t *testing.T) {
	db := open(t)
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfN(rapid.StringMatching(`[abAB%_\\*é ]{0,8}`), 1, 8).Draw(t, "names")
		wanted := rapid.StringMatching(`[abAB%_\\*é]{1,4}`).Draw(t, "wanted")
		var rows []row
		var want []int64
		for i, name := range names {
			rows = append(rows, row{id: int64(i), name: name})
			if matches(strings.ToLower(name), strings.ToLower(wanted)) {
				want = append(want, int64(i))
			}
		}
		store(t, db, rows)
		query, err := rowSpec().Parse("name:"+wanted, "", "", "")
		if err != nil {
			t.Fatalf("parse: %v", err)
		}
		if diff := cmp.Diff(want, ids(t, db, query)); diff != "" {
			t.Fatalf("%q in %q: %s", wanted, names, diff)
		}
	})
}

// matches finds the runs between the wildcards one after the other.
func matches(name, wanted string) bool {
	for run := range strings.SplitSeq(wanted, "*") {
		_, rest, found := strings.Cut(name, run)
		if !found {
			return false
		}
		name = rest
	}
	return true
}

// TestPagesCoverTheList walks all pages of a list with many ties and finds each row once.
func TestPagesCoverTheList(t *testing.T) {
	db := open(t)
	rapid.Check(t, func(t *rapid.T) {
		var rows []row
		for i := range rapid.IntRange(0, 12).Draw(t, "rows") {
			rows = append(rows, row{id: int64(i), name: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "name")})
		}
		store(t, db, rows)
		sort := rapid.SampledFrom([]string{"", "name", "-name", "-name,-id"}).Draw(t, "sort")
		first, err := rowSpec().Parse("", sort, "", "")
		if err != nil {
			t.Fatalf("parse: %v", err)
		}
		whole := ids(t, db, first)
		_, _, _, pages := first.Window(len(rows))
		var walked []int64
		for number := 1; number <= pages; number++ {
			query, err := rowSpec().Parse("", sort, fmt.Sprint(number), "")
			if err != nil {
				t.Fatalf("parse: %v", err)
			}
			page, offset, limit, _ := query.Window(len(rows))
			if page != number {
				t.Fatalf("page %d of %d is %d", number, pages, page)
			}
			walked = append(walked, whole[offset:min(offset+limit, len(whole))]...)
		}
		if !slices.Equal(whole, walked) || len(walked) != len(rows) {
			t.Fatalf("pages %v, list %v", walked, whole)
		}
	})
}
