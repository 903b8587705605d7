package usage

import (
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/rating"
	"github.com/simstead/simstead/internal/session"
)

// row is a usage record as the audit reads it.
type row struct {
	Position, ID, Day                                             int64
	Organisation, Endpoint, SIM, Session                          int64
	Start, End                                                    int64
	Operator, RAT, Ratezone, Month                                int64
	Tx, Rx, Cost, Rate, Block, LineVolume, LineCost, TariffOf, Of int64 // Of is the currency
	Rated                                                         bool
	LineInclusive, Inclusive                                      int64
}

func (s *site) records(organisation int64) []row {
	s.Helper()
	return query(s, func(r *db.Row) row {
		return row{
			r.Int(), r.Int(), r.Int(), r.Int(), r.Int(), r.Int(), r.Int(), r.Int(), r.Int(), r.Int(), r.Int(), r.Int(), r.Int(), r.Int(),
			r.Int(), r.Int(), r.Int(), r.Int(), r.Int(), r.Int(), r.Int(), r.Int(), r.Bool(), r.Int(), r.Int(),
		}
	}, `SELECT position, id, recorded_day, organisation_id, endpoint_id, sim_id, session_id, start_at, end_at, operator_id,
		rat_type_id, ratezone_id, billing_month, volume_tx, volume_rx, cost, rate, block, line_volume, line_cost, tariff_id,
		currency_id, rated, line_inclusive, inclusive FROM usage_record WHERE organisation_id = $1 ORDER BY position`, organisation)
}

// event is an event as the stories read it.
type happened struct {
	Position, ID, Time, Type, Severity, Endpoint, SIM, Operator, Country, RAT int64
	Description, Detail                                                       string
}

func (s *site) events(organisation int64, types ...int64) (list []happened) {
	s.Helper()
	all := query(s, func(r *db.Row) happened {
		return happened{
			r.Int(), r.Int(), r.Int(), r.Int(), r.Int(), r.Int(), r.Int(), r.Int(), r.Int(), r.Int(), r.Text(), r.Text(),
		}
	}, `SELECT position, id, occurred_at, type_id, severity_id, endpoint_id, sim_id, operator_id, country_id, rat_type_id,
		description, detail FROM event WHERE organisation_id = $1 ORDER BY position`, organisation)
	for _, e := range all {
		if len(types) == 0 || slices.Contains(types, e.Type) {
			list = append(list, e)
		}
	}
	return list
}

func (s *site) sessions(organisation int64) []*session.Session {
	s.Helper()
	return query(s, session.Scan, `SELECT `+session.Columns+` FROM session WHERE organisation_id = $1
		ORDER BY nas, acct_session_id, generation`, organisation)
}

// used is what was counted, in each direction, and what it costs.
type used struct{ Tx, Rx, Cost int64 }

func (u used) plus(tx, rx, cost int64) used { return used{u.Tx + tx, u.Rx + rx, u.Cost + cost} }

// days adds up the daily statistics of an organisation by SIM.
func (s *site) days(organisation int64) map[int64]used {
	s.Helper()
	sums := map[int64]used{}
	query(s, func(r *db.Row) int64 {
		id := r.Int()
		sums[id] = sums[id].plus(r.Int(), r.Int(), r.Int())
		return id
	}, `SELECT sim_id, volume_tx, volume_rx, cost FROM endpoint_day WHERE organisation_id = $1`, organisation)
	return sums
}

// totals adds up the statistics of an organisation.
func (s *site) totals(table string, organisation int64) (sum used) {
	s.Helper()
	query(s, func(r *db.Row) int64 { sum = sum.plus(r.Int(), r.Int(), r.Int()); return 0 },
		`SELECT volume_tx, volume_rx, cost FROM `+table+` WHERE organisation_id = $1`, organisation)
	return sum
}

// audit holds the books against what the network counted.
func (s *site) audit() {
	s.Helper()
	reported, kept := map[string]used{}, map[string]used{}
	for key, marks := range s.total {
		imsi, _, _ := strings.Cut(key, " ")
		reported[imsi] = reported[imsi].plus(marks[0], marks[1], 0)
	}
	for _, organisation := range []int64{s.first, s.second} {
		s.log(organisation)
		for imsi, u := range s.books(organisation) {
			kept[imsi] = kept[imsi].plus(u.Tx, u.Rx, 0)
		}
	}
	for imsi := range reported {
		if reported[imsi] == (used{}) && kept[imsi] == (used{}) {
			delete(reported, imsi)
			delete(kept, imsi)
		}
	}
	if diff := cmp.Diff(reported, kept); diff != "" {
		s.Fatalf("the network counted (-) and the records and slices hold (+), by IMSI:\n%s", diff)
	}
}

// books holds the records of an organisation against its sessions and its days, and gives its use by IMSI.
func (s *site) books(organisation int64) map[string]used {
	s.Helper()
	bySession, bySIM, byIMSI := map[int64]used{}, map[int64]used{}, map[string]used{}
	for _, r := range s.records(organisation) {
		bySession[r.Session] = bySession[r.Session].plus(r.Tx, r.Rx, 0)
		bySIM[r.SIM] = bySIM[r.SIM].plus(r.Tx, r.Rx, r.Cost)
		s.recompute(r)
	}
	for _, one := range s.sessions(organisation) {
		got := bySession[one.ID].plus(one.PendingUp, one.PendingDown, 0)
		if want := (used{one.Uplink - one.BaseUplink, one.Downlink - one.BaseDownlink, 0}); got != want {
			s.Fatalf("session %d: records and the slice hold %+v, its counters say %+v", one.ID, got, want)
		}
		if one.Pending() > 0 {
			bySIM[one.SIM] = bySIM[one.SIM].plus(one.PendingUp, one.PendingDown, one.PendingCost)
			if !one.Open() {
				s.Fatalf("session %d is closed and holds %d bytes back", one.ID, one.Pending())
			}
		}
	}
	if diff := cmp.Diff(bySIM, s.days(organisation)); diff != "" {
		s.Fatalf("organisation %d: records and slices (-) are not the days (+), by SIM:\n%s", organisation, diff)
	}
	var all used
	for _, u := range bySIM {
		all = all.plus(u.Tx, u.Rx, u.Cost)
	}
	for _, table := range []string{"organisation_hour", "organisation_day"} {
		if got := s.totals(table, organisation); got != all {
			s.Fatalf("organisation %d used %+v, %s says %+v", organisation, all, table, got)
		}
	}
	imsis := map[int64]string{}
	query(s, func(r *db.Row) int64 { id := r.Int(); imsis[id] = r.Text(); return id }, `SELECT id, imsi FROM sim WHERE issuer_org_id = $1`, s.operator)
	for id, u := range bySIM {
		byIMSI[imsis[id]] = used{u.Tx, u.Rx, 0}
	}
	return byIMSI
}

// recompute finds a record's price again, from the record alone.
func (s *site) recompute(r row) {
	s.Helper()
	if r.Tx < 0 || r.Rx < 0 || r.Tx+r.Rx == 0 || r.Start > r.End {
		s.Fatalf("a record makes no sense: %+v", r)
	}
	if !r.Rated {
		if r.Cost != 0 || r.Rate != 0 || r.Block != 0 {
			s.Fatalf("a record that is not rated has a price: %+v", r)
		}
		return
	}
	price := rating.Price{Rate: r.Rate, Block: r.Block, Unit: rating.PerMB}
	before, err := price.Cost(r.LineVolume, r.LineInclusive)
	s.must(err)
	after, err := price.Cost(r.LineVolume+r.Tx+r.Rx, r.LineInclusive+r.Inclusive)
	s.must(err)
	if r.LineCost != before || r.Cost != after-before {
		s.Fatalf("a record recomputes as %d after %d: %+v", after-before, before, r)
	}
}

// log makes sure that positions are dense over records and events, and that ids and days grow with them. Refusals are written
// beside the flow, so the head may move on while the log is read.
func (s *site) log(organisation int64) {
	s.Helper()
	var end, head int64
	for range 3 {
		end = s.logEnd(organisation)
		head = query(s, db.Int, `SELECT position FROM organisation_head WHERE organisation_id = $1`, organisation)[0]
		if end == head {
			return
		}
	}
	s.Fatalf("organisation %d: the log ends at %d, the head at %d", organisation, end, head)
}

func (s *site) logEnd(organisation int64) (position int64) {
	s.Helper()
	var id, day int64
	query(s, func(r *db.Row) int64 {
		p, i, d := r.Int(), r.Int(), r.Int()
		if p != position+1 || i <= id || d < day {
			s.Fatalf("organisation %d: position %d with id %d on day %d follows position %d with id %d on day %d", organisation, p, i, d, position, id, day)
		}
		position, id, day = p, i, d
		return p
	}, `SELECT position, id, recorded_day FROM usage_record WHERE organisation_id = $1
		UNION ALL SELECT position, id, recorded_day FROM event WHERE organisation_id = $2 ORDER BY 1`, organisation, organisation)
	return position
}
