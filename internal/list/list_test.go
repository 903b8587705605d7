package list_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/list"
)

// spec has every kind of field.
func spec() list.Spec {
	return list.Spec{
		Fields: map[string]list.Field{
			"id":              {Column: "id"},
			"name":            {Column: "name", Kind: list.Text},
			"endpoint":        {Column: "e.name", Kind: list.Text, Many: true, Nullable: true},
			"imsi":            {Column: "imsi", Kind: list.Exact},
			"iccid":           {Column: "iccid", Kind: list.Exact, Many: true},
			"iccid_with_luhn": {Column: "iccid", Kind: list.Exact, Many: true, NoSort: true, Check: dropLuhn},
			"type":            {Column: "type_id", Many: true},
			"alert":           {Column: "alert", Kind: list.Flag},
			"created":         {Column: "created", Kind: list.Day, Many: true},
			"from":            {Column: "created", Kind: list.From},
			"until":           {Column: "created", Kind: list.Until},
			"modified":        {Column: "modified", Kind: list.Day, NoFilter: true},
		},
		IDColumn:   "id",
		PerPage:    1000,
		MaxPerPage: 2500,
	}
}

func strict() list.Spec {
	s := spec()
	s.Strict = true
	return s
}

func dropLuhn(iccid string) (string, error) {
	if len(iccid) != 20 {
		return "", errors.New("an ICCID with its Luhn digit has 20 digits")
	}
	return iccid[:19], nil
}

// wantFault checks err against a code, a status and a part of the message; code 0 is no error.
func wantFault(t *testing.T, err error, code fault.Code, status int, part string) {
	t.Helper()
	var f *fault.Error
	switch {
	case code == 0 && err != nil:
		t.Fatalf("unexpected error: %v", err)
	case code == 0:
	case !errors.As(err, &f):
		t.Fatalf("error %v is not a fault", err)
	case f.Code != code || f.Status() != status || !strings.Contains(f.Message, part):
		t.Fatalf("got %d/%d %q, want %d/%d with %q", f.Status(), f.Code, f.Message, status, code, part)
	}
}

// µs since the epoch.
const (
	y2024    = int64(1704067200_000_000)
	y2025    = int64(1735689600_000_000)
	may2024  = int64(1714521600_000_000)
	june2024 = int64(1717200000_000_000)
	day      = int64(86400_000_000)
	second   = int64(1_000_000)
)

func TestWhere(t *testing.T) {
	tests := []struct {
		name, q, want string
		args          []any
	}{
		{name: "nothing", q: ""},
		{name: "only spaces", q: "  "},
		{"number", "id:7", " AND id = $3", []any{int64(7)}},
		{"number as a float", "id:7.0", " AND id = $3", []any{int64(7)}},
		{"text", "name:Phone", " AND LOWER(name) LIKE LOWER($3) ESCAPE '\\'", []any{"%Phone%"}},
		{"text with a wildcard", "name:ph*e", " AND LOWER(name) LIKE LOWER($3) ESCAPE '\\'", []any{"%ph%e%"}},
		{"text with outer wildcards", "name:**ph**", " AND LOWER(name) LIKE LOWER($3) ESCAPE '\\'", []any{"%ph%"}},
		{"only a wildcard", "name:*", " AND LOWER(name) LIKE LOWER($3) ESCAPE '\\'", []any{"%"}},
		{"text that LIKE would read", `name:50%_\`, " AND LOWER(name) LIKE LOWER($3) ESCAPE '\\'", []any{`%50\%\_\\%`}},
		{"text with a bar in a single field", "name:a|b", " AND LOWER(name) LIKE LOWER($3) ESCAPE '\\'", []any{"%a|b%"}},
		{"text with a colon", "name:a:b", " AND LOWER(name) LIKE LOWER($3) ESCAPE '\\'", []any{"%a:b%"}},
		{"quotes stay in the arguments", "name:'; DROP TABLE sim --", " AND LOWER(name) LIKE LOWER($3) ESCAPE '\\'", []any{"%'; DROP TABLE sim --%"}},
		{"exact", "imsi:901*", " AND imsi = $3", []any{"901*"}},
		{"flag", "alert:true", " AND alert = $3", []any{true}},
		{"flag in capitals", "alert:FALSE", " AND alert = $3", []any{false}},
		{"year", "created:2024", " AND created >= $3 AND created < $4", []any{y2024, y2025}},
		{"month", "created:2024-05", " AND created >= $3 AND created < $4", []any{may2024, june2024}},
		{"day", "created:2024-05-01", " AND created >= $3 AND created < $4", []any{may2024, may2024 + day}},
		{"days", "created:2024|2024-05", " AND (created >= $3 AND created < $4 OR created >= $5 AND created < $6)", []any{y2024, y2025, may2024, june2024}},
		{"range", "from:2024-01-01T00:00:00Z,until:2024-05-01T00:00:01Z", " AND created >= $3 AND created < $4", []any{y2024, may2024 + second}},
		{"range of whole days", "from:2024-01-01,until:2024-05-01", " AND created >= $3 AND created < $4", []any{y2024, may2024 + day}},
		{"zone whose plus became a space", "from:2024-01-01T01:00:00 0100,until:2024-05-01T00:00:00 00:00", " AND created >= $3 AND created < $4", []any{y2024, may2024}},
		{"numbers", "type:1|2|3", " AND (type_id = $3 OR type_id = $4 OR type_id = $5)", []any{int64(1), int64(2), int64(3)}},
		{"six values", "iccid:1|2|3|4|5|6", " AND (iccid = $3 OR iccid = $4 OR iccid = $5 OR iccid = $6 OR iccid = $7 OR iccid = $8)", []any{"1", "2", "3", "4", "5", "6"}},
		{"texts", "endpoint:a|b*c", " AND (LOWER(e.name) LIKE LOWER($3) ESCAPE '\\' OR LOWER(e.name) LIKE LOWER($4) ESCAPE '\\')", []any{"%a%", "%b%c%"}},
		{"checked", "iccid_with_luhn:89430301722123456785", " AND iccid = $3", []any{"8943030172212345678"}},
		{"several", " id : 7 , name : x ,alert:1", " AND id = $3 AND LOWER(name) LIKE LOWER($4) ESCAPE '\\' AND alert = $5", []any{int64(7), "%x%", true}},
		{"placeholders go on after several values", "type:1|2,id:7", " AND (type_id = $3 OR type_id = $4) AND id = $5", []any{int64(1), int64(2), int64(7)}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			query, err := spec().Parse(test.q, "", "", "")
			wantFault(t, err, 0, 0, "")
			got, args := query.Where(3)
			if got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
			if diff := cmp.Diff(test.args, args); diff != "" {
				t.Error(diff)
			}
			if want := strings.TrimSpace(test.q); query.Filter != want {
				t.Errorf("filter %q, want %q", query.Filter, want)
			}
		})
	}
}

func TestBadFilters(t *testing.T) {
	tests := []struct{ name, q, part string }{
		{"unknown field", "nosuch:1", `"nosuch"; known fields: alert, created, endpoint, from, iccid, iccid_with_luhn, id, imsi, name, type, until`},
		{"field only for sorting", "modified:2024", `"modified"`},
		{"no colon", "name", "field:value"},
		{"no field", ":x", "field:value"},
		{"no value", "name:", "field:value"},
		{"blank value", "name:  ", "field:value"},
		{"empty piece", "name:a,,id:1", "field:value"},
		{"trailing comma", "name:a,", "field:value"},
		{"not a number", "id:seven", `id: "seven" is not a whole number`},
		{"part of a number", "id:1.5", "whole number"},
		{"a float's other spellings", "id:0x10p0", "whole number"},
		{"number beyond 64 bits", "id:9223372036854775808", "whole number"},
		{"not a flag", "alert:maybe", "neither true nor false"},
		{"not a date", "created:yesterday", "is not a date"},
		{"no such day", "created:2023-02-29", "is not a date"},
		{"not a time", "from:now,until:2024-01-01", "is not a time"},
		{"from alone", "from:2024-01-01T00:00:00Z", "only be given together"},
		{"until alone", "until:2024-01-01T00:00:00Z,id:1", "only be given together"},
		{"seven values", "type:1|2|3|4|5|6|7", "at most 6 values"},
		{"bad value among good ones", "type:1|x", `type: "x"`},
		{"empty value among good ones", "iccid:1||2", "a value is missing"},
		{"several values in a single number", "id:1|2", "whole number"},
		{"refused by the check", "iccid_with_luhn:1", "iccid_with_luhn: an ICCID with its Luhn digit has 20 digits"},
		{"NUL", "name:a\x00b", "control characters"},
		{"newline", "name:a\r\nX-Evil:1", "control characters"},
		{"broken UTF-8", "name:\xff", "UTF-8"},
		{"too long", "name:" + strings.Repeat("a", 4092), "4096 bytes"},
		{"too many pieces", strings.Repeat("id:1,", 32) + "id:1", "at most 32 conditions"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, s := range []list.Spec{spec(), strict()} {
				_, err := s.Parse(test.q, "", "", "")
				wantFault(t, err, fault.InvalidQueryCriteria, 422, test.part)
			}
		})
	}
}

func TestLargestFilters(t *testing.T) {
	for name, q := range map[string]string{
		"bytes":  "name:" + strings.Repeat("a", 4091),
		"pieces": strings.Repeat("id:1,", 31) + "id:1",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := spec().Parse(q, "", "", "")
			wantFault(t, err, 0, 0, "")
		})
	}
}

func TestOrderBy(t *testing.T) {
	tests := []struct{ name, fallback, sort, want, canonical string }{
		{"nothing", "", "", "id", "id"},
		{"another default", "-created", "", "created DESC, id DESC", "-created"},
		{"ascending", "", "name", "name, id", "name"},
		{"plus", "", "+name", "name, id", "name"},
		{"plus that became a space", "", " name", "name, id", "name"},
		{"descending", "", "-name", "name DESC, id DESC", "-name"},
		{"id descending needs no tie breaker", "", "-id", "id DESC", "-id"},
		{"id among others", "", "name,-id,imsi", "name, id DESC, imsi", "name,-id,imsi"},
		{"several", "", "-name, created,+imsi", "name DESC, created, imsi, id", "-name,created,imsi"},
		{"repeated", "", "name,-name", "name, id", "name"},
		{"nullable", "", "endpoint", "e.name NULLS FIRST, id", "endpoint"},
		{"nullable descending", "", "-endpoint", "e.name DESC NULLS LAST, id DESC", "-endpoint"},
		{"field only for sorting", "", "modified", "modified, id", "modified"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := spec()
			s.Default = test.fallback
			query, err := s.Parse("", test.sort, "", "")
			wantFault(t, err, 0, 0, "")
			if got := query.OrderBy(); got != test.want || query.Sort != test.canonical {
				t.Errorf("got %q for %q, want %q for %q", got, query.Sort, test.want, test.canonical)
			}
		})
	}
}

func TestBadSorts(t *testing.T) {
	tests := []struct{ name, sort, part string }{
		{"unknown", "nosuch", `"nosuch"; known fields: alert, created, endpoint, iccid, id, imsi, modified, name, type`},
		{"a column that is no field", "type_id", `"type_id"`},
		{"only a filter", "iccid_with_luhn", `"iccid_with_luhn"`},
		{"a bound", "from", `"from"`},
		{"two signs", "-+name", `"+name"`},
		{"sign alone", "-", `""`},
		{"empty key", "name,,id", `""`},
		{"trailing comma", "name,", `""`},
		{"SQL", "name DESC; --", `"name DESC; --"`},
		{"too many keys", strings.Repeat("id,", 32) + "id", "at most 32 keys"},
		{"too long", "name" + strings.Repeat(" ", 4096), "4096 bytes"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := spec().Parse("", test.sort, "", "")
			wantFault(t, err, fault.InvalidSortCriteria, 422, test.part)
			_, err = strict().Parse("", test.sort, "", "")
			wantFault(t, err, fault.BadRequest, 400, test.part)
		})
	}
}

func TestPaging(t *testing.T) {
	tests := []struct {
		name, page, perPage string
		wantPage, wantPer   int
		bad                 string // the parameter that a strict list refuses
	}{
		{"nothing", "", "", 1, 1000, ""},
		{"given", "3", "50", 3, 50, ""},
		{"as floats", "3.0", "50.0", 3, 50, ""},
		{"largest", "1", "2500", 1, 2500, ""},
		{"too large", "1", "2501", 1, 2500, ""},
		{"beyond 64 bits", "99999999999999999999", "99999999999999999999", 1<<63 - 1, 2500, ""},
		{"page zero", "0", "", 1, 1000, "page must"},
		{"page negative", "-3", "", 1, 1000, "page must"},
		{"page below 64 bits", "-99999999999999999999", "", 1, 1000, "page must"},
		{"page no number", "two", "", 1, 1000, "page must"},
		{"page with a part", "1.5", "", 1, 1000, "page must"},
		{"per_page zero", "", "0", 1, 1000, "per_page must"},
		{"per_page negative", "", "-1", 1, 1000, "per_page must"},
		{"per_page no number", "", "all", 1, 1000, "per_page must"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			query, err := spec().Parse("", "", test.page, test.perPage)
			wantFault(t, err, 0, 0, "")
			if query.Page != test.wantPage || query.PerPage != test.wantPer {
				t.Errorf("got page %d of %d rows, want %d of %d", query.Page, query.PerPage, test.wantPage, test.wantPer)
			}
			query, err = strict().Parse("", "", test.page, test.perPage)
			if test.bad != "" {
				wantFault(t, err, fault.BadRequest, 400, test.bad)
				return
			}
			wantFault(t, err, 0, 0, "")
			if query.Page != test.wantPage || query.PerPage != test.wantPer {
				t.Errorf("strict: got page %d of %d rows, want %d of %d", query.Page, query.PerPage, test.wantPage, test.wantPer)
			}
		})
	}
}

func TestPagingWithoutMaximumOrPages(t *testing.T) {
	s := spec()
	s.MaxPerPage = 0
	query, err := s.Parse("", "", "", "5000")
	wantFault(t, err, 0, 0, "")
	if query.PerPage != 1000 {
		t.Errorf("without a maximum per_page is %d, want the default 1000", query.PerPage)
	}
	s.PerPage = 0
	query, err = s.Parse("", "", "4", "10")
	wantFault(t, err, 0, 0, "")
	page, offset, limit, pages := query.Window(77)
	if diff := cmp.Diff([]int{1, 0, 77, 1}, []int{page, offset, limit, pages}); diff != "" {
		t.Errorf("without pages: %s", diff)
	}
}

func TestWindow(t *testing.T) {
	tests := []struct {
		name                       string
		wanted, perPage, total     int
		page, offset, limit, pages int
	}{
		{"first", 1, 10, 25, 1, 0, 10, 3},
		{"middle", 2, 10, 25, 2, 10, 10, 3},
		{"last", 3, 10, 25, 3, 20, 10, 3},
		{"beyond the last", 4, 10, 25, 3, 20, 10, 3},
		{"far beyond the last", 1<<63 - 1, 10, 25, 3, 20, 10, 3},
		{"before the first", -1, 10, 25, 1, 0, 10, 3},
		{"full last page", 9, 10, 30, 3, 20, 10, 3},
		{"one row", 1, 10, 1, 1, 0, 10, 1},
		{"no rows", 5, 10, 0, 1, 0, 10, 1},
		{"largest total", 1, 1, 1<<63 - 1, 1, 0, 1, 1<<63 - 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			page, offset, limit, pages := list.Query{Page: test.wanted, PerPage: test.perPage}.Window(test.total)
			if diff := cmp.Diff([]int{test.page, test.offset, test.limit, test.pages}, []int{page, offset, limit, pages}); diff != "" {
				t.Error(diff)
			}
		})
	}
}
