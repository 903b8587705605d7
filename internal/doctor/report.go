package doctor

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// report tells what a second look found uneven.
func (r *round) report() {
	each(r.days.exact, func(k key, s *sides) {
		if s.stated != s.logged {
			r.find(k.organisation, Days, fmt.Sprintf("endpoint %d, SIM %d, month %d", k.a, k.b, k.e),
				"its days hold %s at %s (currency %d), its records and open sessions %s at %s", volume(k.c, s.stated[0], s.stated[1]),
				cost(s.stated[2]), k.d, volume(k.c, s.logged[0], s.logged[1]), cost(s.logged[2]))
		}
	})
	each(r.sessions.exact, func(k key, s *sides) {
		if s.known && s.stated != s.logged { // one that is not known was forgotten meanwhile
			r.find(k.organisation, Session, fmt.Sprintf("session %d", k.a),
				"its counters, less what is not recorded yet, leave %s; its records hold %s", volume(dataTraffic, s.stated[0], s.stated[1]),
				volume(dataTraffic, s.logged[0], s.logged[1]))
		}
	})
	each(r.pools.exact, func(k key, s *sides) {
		if s.stated != s.logged {
			r.find(k.organisation, Pool, poolSubject(k.a, k.b, k.c), "has used %d bytes, its records and open sessions took %d", s.stated[0],
				s.logged[0])
		}
	})
	each(r.balances.exact, func(k key, s *sides) {
		stated, logged := s.stated[0], s.logged[0]
		if stated < logged || stated > logged && !s.partly {
			r.find(k.organisation, Balance, fmt.Sprintf("balance of endpoint %d", k.a),
				"was debited %s, its records and open sessions debited %s", cost(stated), cost(logged))
		}
	})
}

// each visits subjects in order.
func each(subjects map[key]*sides, visit func(key, *sides)) {
	for _, k := range slices.SortedFunc(maps.Keys(subjects), func(a, b key) int {
		return cmp.Or(cmp.Compare(a.organisation, b.organisation), cmp.Compare(a.a, b.a), cmp.Compare(a.b, b.b), cmp.Compare(a.c, b.c),
			cmp.Compare(a.d, b.d), cmp.Compare(a.e, b.e))
	}) {
		visit(k, subjects[k])
	}
}
