package api

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/endpoint"
	"github.com/simstead/simstead/internal/event"
	"github.com/simstead/simstead/internal/list"
	"github.com/simstead/simstead/internal/sim"
	"github.com/simstead/simstead/internal/value"
)

// walked are the lists that an export walks; each reads one page and gives the ids on it and how many pages there are.
func walked(f *fixture) map[string]func(sort string, page int, walk *value.Walk) ([]int64, int) {
	const perPage = "7"
	parse := func(spec list.Spec, sort string, page int, walk *value.Walk) list.Query {
		query, err := spec.Parse("", sort, fmt.Sprint(page), perPage)
		f.must(err)
		query.Walk = walk
		return query
	}
	read := func(query list.Query, fn func(q db.Queryer) (ids []int64, total int, err error)) (ids []int64, pages int) {
		var total int
		f.must(f.db.Read(f.t.Context(), func(q db.Queryer) (err error) { ids, total, err = fn(q); return err }))
		_, _, _, pages = query.Window(total)
		return ids, pages
	}
	return map[string]func(string, int, *value.Walk) ([]int64, int){
		"endpoint": func(sort string, page int, walk *value.Walk) ([]int64, int) {
			query := parse(endpoint.Spec(), sort, page, walk)
			return read(query, func(q db.Queryer) (ids []int64, total int, err error) {
				rows, total, err := endpoint.List(q, f.enterprise, query)
				for _, r := range rows {
					ids = append(ids, int64(r.ID))
				}
				return ids, total, err
			})
		},
		"sim": func(sort string, page int, walk *value.Walk) ([]int64, int) {
			query := parse(sim.Spec(), sort, page, walk)
			return read(query, func(q db.Queryer) (ids []int64, total int, err error) {
				rows, total, err := sim.List(q, sim.AsCustomer, f.enterprise, query)
				for _, r := range rows {
					ids = append(ids, int64(r.ID))
				}
				return ids, total, err
			})
		},
		"event": func(sort string, page int, walk *value.Walk) ([]int64, int) {
			return read(parse(event.Spec(), sort, page, walk), func(q db.Queryer) (ids []int64, total int, err error) {
				l, err := event.List(q, event.Scope{Organisation: f.enterprise}, event.Request{Sort: sort, Page: fmt.Sprint(page), PerPage: perPage, Walk: walk})
				for _, r := range l.Entries {
					ids = append(ids, int64(r.ID))
				}
				return ids, l.Total, err
			})
		},
	}
}

// walker stores an endpoint with its SIM, and an event of it, for each of some names.
func (f *fixture) walker(first int64, names ...string) {
	f.t.Helper()
	f.write(f.enterprise, func(tx *db.Tx) (err error) {
		for i, name := range names {
			id := first + int64(i)
			_, one := tx.Exec(`INSERT INTO sim (id, owner_id, issuer_org_id, reseller_org_id, customer_org_id, iccid, eid, imsi_id, imsi, msisdn, status_id, endpoint_id, model,
				production_date, activation_date) VALUES ($1, $2, $3, $4, $2, $5, $6, $1, '', '', 1, $1, '', 0, 0)`, id, f.enterprise, f.operator, f.reseller, fmt.Sprint(8988000000000000000+id), name)
			_, two := tx.Exec(`INSERT INTO endpoint (organisation_id, id, name, tags, status_id, service_profile_id, tariff_profile_id, sim_id, imei, imei_lock, ip_address_space_id, ip_address,
				created, last_updated) VALUES ($1, $2, $3, NULL, 0, 1, 1, $2, '', FALSE, 0, '', 0, 0)`, f.enterprise, id, name)
			three := event.Append(tx, f.clock.Clock().Micros(), event.Event{Organisation: f.enterprise, Type: event.SIMActivation, Endpoint: id, SIM: id, IPAddress: name})
			err = errors.Join(err, one, two, three)
		}
		return err
	})
}

// mixed are names that do not come in order.
func mixed(n int) (names []string) {
	for i := range n {
		names = append(names, fmt.Sprintf("m%02d", i*7%n))
	}
	return names
}

// TestWalk reads lists page by page in many orders while rows come before and behind, change their place and go: all rows that
// stay come once, in the order that they had.
func TestWalk(t *testing.T) {
	onEach(t, (*API).endpointRoutes, func(f *fixture) {
		const first, n = 1000, 20
		f.walker(first, mixed(n)...)
		next, gone := int64(first+n), int64(0)
		for _, test := range []struct{ list, sort string }{
			{"endpoint", "-name"}, {"endpoint", "eid"}, {"sim", "-id"}, {"event", "endpoint"}, {"event", "-ip_address"},
		} {
			page := walked(f)[test.list]
			whole := wholeOf(page, test.sort)
			var seen []int64
			walk := new(value.Walk)
			for number, pages := 1, 1; number <= pages; number++ {
				var ids []int64
				ids, pages = page(test.sort, number, walk)
				seen = append(seen, ids...)
				f.walker(next, "a", "z")
				next += 2
				f.exec(`UPDATE endpoint SET name = CASE WHEN name < 'm10' THEN 'y' ELSE 'b' END WHERE organisation_id = $1 AND id % 5 = 0`, f.enterprise)
				if test.list == "endpoint" && number == 1 {
					gone = whole[len(whole)-1]
					f.exec(`UPDATE endpoint SET status_id = 2 WHERE organisation_id = $1 AND id = $2`, f.enterprise, gone)
				}
			}
			want := slices.DeleteFunc(whole, func(id int64) bool { return test.list == "endpoint" && id == gone })
			if diff := cmp.Diff(want, seen); diff != "" {
				t.Errorf("%s by %q: %s", test.list, test.sort, diff)
			}
		}
	})
}

// TestPagesByID reads pages in the order of ids, as the lists have it by themselves, while rows come: none comes twice, and all
// that were there come.
func TestPagesByID(t *testing.T) {
	onEach(t, (*API).endpointRoutes, func(f *fixture) {
		f.walker(1000, mixed(20)...)
		next := int64(1020)
		for name, page := range walked(f) {
			whole := wholeOf(page, "")
			var seen []int64
			for number := 1; len(seen) < len(whole); number++ {
				ids, _ := page("", number, nil)
				seen = append(seen, ids...)
				f.walker(next, "a")
				next++
			}
			if !slices.Equal(whole, seen[:len(whole)]) || !slices.IsSorted(seen) || len(slices.Compact(slices.Clone(seen))) != len(seen) {
				t.Errorf("%s: %d, want %d", name, seen, whole)
			}
		}
	})
}

// wholeOf reads a list that nobody changes.
func wholeOf(page func(string, int, *value.Walk) ([]int64, int), sort string) (whole []int64) {
	for number, pages := 1, 1; number <= pages; number++ {
		var ids []int64
		ids, pages = page(sort, number, nil)
		whole = append(whole, ids...)
	}
	return whole
}
