package list_test

import (
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/list"
)

// The whole of the SQL that a filter and a sort may become, with only the columns of spec in it.
const (
	column    = `(?:id|name|e\.name|imsi|iccid|type_id|alert|created|modified)`
	condition = `(?:` + column + ` (?:=|>=|<) \$\d+|` + column + ` >= \$\d+ AND ` + column + ` < \$\d+|LOWER\(` + column + `\) LIKE LOWER\(\$\d+\) ESCAPE '\\')`
	key       = column + `(?: DESC)?(?: NULLS (?:FIRST|LAST))?`
)

var (
	whereForm   = regexp.MustCompile(`^(?: AND (?:` + condition + `|\(` + condition + `(?: OR ` + condition + `)*\)))*$`)
	orderForm   = regexp.MustCompile(`^` + key + `(?:, ` + key + `)*$`)
	placeholder = regexp.MustCompile(`\$\d+`)
)

func FuzzParse(f *testing.F) {
	for _, q := range []string{
		"", "id:7", "name:ph*e,alert:true", "type:1|2|3", "from:2024-01-01T00:00:00Z,until:2024-02-01T00:00:00Z",
		"created:2024|2024-05|2024-05-01", `name:%_\'`, "iccid_with_luhn:89430301722123456785", "name:$1", ":", ",", "|",
	} {
		for _, sort := range []string{"", "-name,id", " created", "modified,-endpoint"} {
			f.Add(q, sort, "2", "50")
		}
	}
	f.Fuzz(func(t *testing.T, q, sort, page, perPage string) {
		for _, s := range []list.Spec{spec(), strict()} {
			query, err := s.Parse(q, sort, page, perPage)
			var shown *fault.Error
			if err != nil {
				if !errors.As(err, &shown) || shown.Status() != 400 && shown.Status() != 422 {
					t.Fatalf("error %v is not for the caller", err)
				}
				continue
			}
			checkWhere(t, query)
			if order := query.OrderBy(); !orderForm.MatchString(order) || !slices.Contains(strings.FieldsFunc(order, isSeparator), "id") {
				t.Fatalf("order %q", order)
			}
			if again, err := s.Parse(query.Filter, query.Sort, "", ""); err != nil || again.OrderBy() != query.OrderBy() {
				t.Fatalf("the headers %q and %q do not read back: %v", query.Filter, query.Sort, err)
			}
			if query.PerPage < 1 || query.PerPage > 2500 || query.Page < 1 {
				t.Fatalf("page %d of %d rows", query.Page, query.PerPage)
			}
		}
	})
}

func isSeparator(r rune) bool { return r == ',' || r == ' ' }

func checkWhere(t *testing.T, query list.Query) {
	t.Helper()
	sql, args := query.Where(5)
	if !whereForm.MatchString(sql) {
		t.Fatalf("unexpected SQL %q", sql)
	}
	found := placeholder.FindAllString(sql, -1)
	if len(found) != len(args) {
		t.Fatalf("%d placeholders for %d arguments in %q", len(found), len(args), sql)
	}
	for i, p := range found {
		if p != "$"+strconv.Itoa(5+i) {
			t.Fatalf("placeholder %s is number %d in %q", p, i, sql)
		}
	}
}
