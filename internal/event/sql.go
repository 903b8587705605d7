package event

import (
	"fmt"
	"strings"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/value"
)

// names joins what an event has by id alone, within its organisation.
var names = [...]struct{ prefix, join string }{
	{"p.", ` LEFT JOIN endpoint p ON p.organisation_id = e.organisation_id AND p.id = e.endpoint_id`},
	{"s.", ` LEFT JOIN sim_identity s ON s.organisation_id = e.organisation_id AND s.sim_id = e.sim_id`},
	{"u.", ` LEFT JOIN account_user u ON u.organisation_id = e.organisation_id AND u.id = e.user_id`},
	{"former.", ` LEFT JOIN former_user former ON former.organisation_id = e.organisation_id AND former.id = e.user_id`},
	{"o.", ` LEFT JOIN organisation o ON o.id = e.organisation_id`},
}

const columns = `e.id, e.occurred_at, e.alert, e.description, e.type_id, e.source_id, e.severity_id, e.organisation_id, o.name,
	e.user_id, COALESCE(u.username, former.username), COALESCE(u.name, former.name), e.endpoint_id, p.name, p.tags, e.ip_address, e.imei, e.sim_id, s.iccid, s.msisdn,
	s.production_date, e.imsi_id, s.imsi_id, s.imsi, s.import_date, e.detail`

// joins are those of names that some SQL needs.
func joins(sql string) string {
	var b strings.Builder
	for _, n := range names {
		if strings.Contains(sql, n.prefix) {
			b.WriteString(n.join)
		}
	}
	return b.String()
}

// List reads a page of events: first the ids of its rows, then the rows with all their names.
func List(q db.Queryer, scope Scope, in Request) (Listing, error) {
	names := lookups{q: q}
	query, err := names.spec(scope.Organisation).Parse(in.Q, in.Sort, in.Page, in.PerPage)
	if names.failed != nil {
		return Listing{}, names.failed
	}
	if err != nil {
		return Listing{}, err
	}
	query.Walk = in.Walk
	a := ask(q, scope, query)
	if query.Walk != nil {
		return a.walk()
	}
	total, err := a.count()
	if err != nil {
		return Listing{}, fmt.Errorf("count events: %w", err)
	}
	l := Listing{Query: query, Total: int(total)}
	_, offset, limit, _ := query.Window(l.Total)
	ids, err := a.page(total, int64(offset), int64(limit))
	if err == nil {
		l.Entries, err = rows(q, scope.Organisation, ids)
	}
	if err != nil {
		return Listing{}, fmt.Errorf("list events: %w", err)
	}
	return l, nil
}

func rows(q db.Queryer, organisation int64, ids []int64) ([]Entry, error) {
	types := Types()
	return db.ByID(q, func(r *db.Row) Entry { return scan(r, types) }, ids,
		`SELECT `+columns+` FROM event e`+joins(columns)+` WHERE e.organisation_id = $1 AND e.id IN`, organisation)
}

// walk reads a part of the whole list, whose rows are settled with the first part.
func (a asked) walk() (Listing, error) {
	walk := a.query.Walk
	ids, err := walk.Part(a.query.Page, a.query.PerPage, func() ([]int64, error) {
		where, order := a.where(plain), a.query.OrderBy()
		return db.All(a.q, db.Int, `SELECT e.id FROM event e`+joins(where+order)+where+` ORDER BY `+order, a.args...)
	})
	l := Listing{Query: a.query, Total: walk.Len()}
	if err == nil {
		l.Entries, err = rows(a.q, a.scope.Organisation, ids)
	}
	if err != nil {
		return Listing{}, fmt.Errorf("list events: %w", err)
	}
	return l, nil
}

// where never matches events without an endpoint or SIM when one is meant, also when its id is 0.
func (s Scope) where() (string, []any) {
	where, args := ` WHERE e.organisation_id = $1`, []any{s.Organisation}
	switch s.Of {
	case OneEndpoint:
		return where + ` AND e.endpoint_id = $2 AND e.endpoint_id > 0`, append(args, s.ID)
	case OneSIM:
		return where + ` AND e.sim_id = $2 AND e.sim_id > 0`, append(args, s.ID)
	case OneUser:
		return where + ` AND e.user_id = $2 AND e.user_id > 0`, append(args, s.ID)
	case Whole:
	}
	return where, args
}

func scan(r *db.Row, types map[int64]string) Entry {
	e := Entry{
		ID: value.ID(r.Int()), Timestamp: value.EventTime(r.Int()), Alert: r.Bool(), Description: r.Text(),
		Type: described(r.Int(), types), Source: source(r.Int()), Severity: severity(r.Int()),
		Organisation: value.Named{ID: value.ID(r.Int()), Name: r.Text()},
	}
	user := User{value.ID(r.Int()), r.Text(), r.Text()}
	endpoint := Endpoint{value.ID(r.Int()), r.Text(), r.OptText(), optional(r.Text()), optional(r.Text())}
	sim := SIM{value.ID(r.Int()), r.Text(), r.Text(), value.EventTime(r.Int())}
	imsi := IMSI{ID: value.ID(r.Int())}
	if active := value.ID(r.Int()); active == imsi.ID {
		imsi.IMSI, imsi.ImportDate = optional(r.Text()), value.EventTime(r.Int())
	} else {
		r.Skip(2)
	}
	e.Detail = detail(r.Text())
	if user.ID != 0 {
		e.User = &user
	}
	if endpoint.ID != 0 {
		e.Endpoint = &endpoint
	}
	if sim.ID != 0 {
		e.SIM = &sim
	}
	if imsi.ID != 0 {
		e.IMSI = &imsi
	}
	return e
}

func described(id int64, texts map[int64]string) value.Described {
	return value.Described{ID: value.ID(id), Description: texts[id]}
}

func source(id int64) Source {
	return Source{ID: value.ID(id), Name: SourceName(id), Description: SourceName(id)}
}

func severity(id int64) value.Described {
	return value.Described{ID: value.ID(id), Description: SeverityName(id)}
}
