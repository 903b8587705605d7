package event

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/list"
	"github.com/simstead/simstead/internal/network"
	"github.com/simstead/simstead/internal/value"
)

// Scope is whose events a list holds. A list about an endpoint, a SIM or a user that is unknown or somebody else's is empty.
type Scope struct {
	Organisation int64
	Of           Subject
	ID           int64 // of the endpoint, SIM or user
}

// Subject says which of an organisation's events are meant.
type Subject uint8

// The subjects of a list.
const (
	Whole Subject = iota
	OneEndpoint
	OneSIM
	OneUser // who caused it
)

// Request holds the parameters of a list as they came; an empty one is absent.
type Request struct {
	Q, Sort, Page, PerPage string
	Walk                   *value.Walk // set when the whole list is read page by page
}

// PerPage is the number of events on a page by default.
const PerPage = 100

const maxPerPage = 1000

// Listing is a page of a list.
type Listing struct {
	Query   list.Query
	Total   int // events of the whole list
	Entries []Entry
}

// Spec is the grammar of the lists of events, as far as it can be told without a database.
func Spec() list.Spec { return (&lookups{}).spec(0) }

// spec says what q and sort may name. Types, sources, severities and RAT types may be given by id or by word,
// countries also by ISO code, operators also by PLMN, users also by username.
func (n *lookups) spec(organisation int64) list.Spec {
	number := func(column string, word func(string) (int64, bool)) list.Field {
		return list.Field{Column: column, Kind: list.Number, Check: words(word)}
	}
	many := func(f list.Field) list.Field { f.Many = true; return f }
	filter := func(f list.Field) list.Field { f.NoSort = true; return f }
	lookup := func(column, query string, args ...any) list.Field {
		return list.Field{Column: column, Kind: list.Number, Check: n.id(query, args...)}
	}
	return list.Spec{
		IDColumn: "e.id", PerPage: PerPage, MaxPerPage: maxPerPage, Strict: true,
		Fields: map[string]list.Field{
			"id":              {Column: "e.id", NoFilter: true},
			"from":            {Column: "e.occurred_at", Kind: list.From},
			"until":           {Column: "e.occurred_at", Kind: list.Until},
			"timestamp":       {Column: "e.occurred_at", Kind: list.Day},
			"type":            many(number("e.type_id", typeOf)),
			"source":          number("e.source_id", sourceOf),
			"severity":        number("e.severity_id", severityOf),
			"alert":           {Column: "e.alert", Kind: list.Flag},
			"description":     filter(list.Field{Column: "e.description", Kind: list.Text}),
			"organisation":    {Column: "e.organisation_id", Kind: list.Number},
			"user":            lookup("e.user_id", `SELECT id FROM account_user WHERE username = $1 AND organisation_id = $2`, organisation),
			"endpoint":        many(list.Field{Column: "p.name", Kind: list.Text, Nullable: true}),
			"tags":            {Column: "p.tags", Kind: list.Text, Nullable: true},
			"ip_address":      {Column: "e.ip_address", Kind: list.Text},
			"imei":            filter(list.Field{Column: "e.imei", Kind: list.Text}),
			"iccid":           many(list.Field{Column: "s.iccid", Kind: list.Text, Nullable: true}),
			"iccid_with_luhn": filter(many(list.Field{Column: "s.iccid", Kind: list.Text, Check: withoutLuhn})),
			"imsi":            {Column: "s.imsi", Kind: list.Text, Nullable: true},
			"network":         filter(many(list.Field{Column: "e.operator_id", Kind: list.Number, Check: n.operator})),
			"rat":             filter(many(number("e.rat_type_id", ratOf))),
			"country": filter(many(lookup("e.country_id",
				`SELECT id FROM country WHERE LOWER(name) = LOWER($1) OR iso_code = LOWER($1)`))),
		},
	}
}

// words reads a word as its id; a number is left to be one.
func words(idOf func(string) (int64, bool)) func(string) (string, error) {
	return func(text string) (string, error) {
		if id, ok := idOf(text); ok {
			return strconv.FormatInt(id, 10), nil
		}
		return text, number(text)
	}
}

// lookups reads names in filters as ids. The caller is told of a name that is not known; a query that fails is not the
// caller's fault and is kept.
type lookups struct {
	q      db.Queryer
	failed error
}

// id reads a name as the one id that a query finds for it; a number is left to be one.
func (n *lookups) id(query string, args ...any) func(string) (string, error) {
	return func(text string) (string, error) {
		if number(text) == nil {
			return text, nil
		}
		ids := n.find(query, append([]any{text}, args...)...)
		switch len(ids) {
		case 0:
			return "", fmt.Errorf("%q is not known", text)
		case 1:
			return strconv.FormatInt(ids[0], 10), nil
		}
		return "", fmt.Errorf("%q names several: give an id", text)
	}
}

// operator reads a PLMN or an operator's name. Operator ids are shorter than PLMNs.
func (n *lookups) operator(text string) (string, error) {
	if ids := n.find(`SELECT operator_id FROM operator_plmn WHERE plmn = $1`, text); len(ids) == 1 {
		return strconv.FormatInt(ids[0], 10), nil
	}
	return n.id(`SELECT id FROM operator WHERE LOWER(name) = LOWER($1)`)(text)
}

func (n *lookups) find(query string, args ...any) []int64 {
	ids, err := db.All(n.q, db.Int, query, args...)
	if err != nil {
		n.failed = fmt.Errorf("look up a name: %w", err)
	}
	return ids
}

func number(text string) error {
	if _, err := value.ParseID(text); err != nil {
		return fmt.Errorf("%q is not known", text)
	}
	return nil
}

func ratOf(word string) (int64, bool) {
	for _, r := range network.RATTypes() {
		if strings.EqualFold(word, r.Description) {
			return r.ID, true
		}
	}
	return 0, false
}

// withoutLuhn drops the check digit of a whole ICCID (ITU-T E.118: 19 digits and the check digit here); a part of one
// is searched for as it is.
func withoutLuhn(text string) (string, error) {
	if len(text) == 20 && strings.Trim(text, "0123456789") == "" {
		return text[:19], nil
	}
	return text, nil
}
