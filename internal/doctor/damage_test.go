package doctor

import (
	"fmt"
	"strings"
	"testing"

	"github.com/simstead/simstead/internal/db"
)

// damage is one number that somebody has changed.
type damage struct {
	table, column string
	by            int64
	where         string   // which of the rows; the first by all that the condition names
	want          []string // what the findings say, each at least once
}

// apply changes the number of one row and returns what puts it back, and the row's own ids.
func (s *site) apply(t *testing.T, d damage, organisation int64) (undo func()) {
	t.Helper()
	value := query(s, db.Int, fmt.Sprintf(`SELECT %s FROM %s WHERE organisation_id = %d AND %s`, d.column, d.table, organisation, d.where))
	if len(value) != 1 {
		t.Fatalf("%d rows of %s are like %s", len(value), d.table, d.where)
	}
	set := func(n int64, where string) {
		rows := s.exec(organisation, fmt.Sprintf(`UPDATE %s SET %s = %d WHERE organisation_id = %d AND %s`, d.table, d.column, n, organisation, where))
		if rows != 1 {
			t.Fatalf("%d rows of %s are like %s", rows, d.table, where)
		}
	}
	set(value[0]+d.by, d.where)
	key := d.column + " = %d" // where the number is part of the key
	changed := strings.ReplaceAll(d.where, fmt.Sprintf(key, value[0]), fmt.Sprintf(key, value[0]+d.by))
	return func() { set(value[0], changed) }
}

// wants makes sure that the findings say all of the words.
func wants(t *testing.T, r *Result, words []string) {
	t.Helper()
	for _, word := range words {
		found := false
		for _, f := range r.Findings {
			found = found || strings.Contains(f.String(), word)
		}
		if !found {
			t.Errorf("nothing says %q", word)
		}
	}
	if t.Failed() || len(words) == 0 {
		for _, f := range r.Findings {
			t.Logf("%s", f)
		}
	}
}

// Whatever number is changed, it is found, and the finding names what it belongs to. Put back, all is well again.
func TestDamage(t *testing.T) {
	onBoth(t, func(t *testing.T, s *site) {
		f := s.live()
		s.clean()
		for organisation, list := range map[int64][]damage{s.first: s.damagesOfFirst(f), s.second: s.damagesOfSecond(f)} {
			for _, d := range list {
				t.Run(fmt.Sprintf("%s.%s%+d", d.table, d.column, d.by), func(t *testing.T) {
					undo := s.apply(t, d, organisation)
					defer undo()
					wants(t, s.check(), append(d.want, fmt.Sprintf("organisation %d", organisation)))
				})
			}
		}
		s.clean()
		t.Run("what is there twice", func(t *testing.T) { s.doubled(t, f) })
		s.clean()
		t.Run("what is missing", func(t *testing.T) { s.missing(t, f) })
		s.exec(s.first, `UPDATE usage_record SET cost = cost + 1 WHERE organisation_id = $1`, s.first)
		if r := s.check(func(d *Doctor) { d.Limit = 3 }); len(r.Findings) != 3 || r.Found < 50 || !r.More {
			t.Errorf("%d findings of %d", len(r.Findings), r.Found)
		}
	})
}

// record finds the id of the usage record of an endpoint that a condition selects, one that is neither the first nor the last
// of its session.
func (s *site) record(d *device, condition string) int64 {
	s.Helper()
	ids := query(s, db.Int, fmt.Sprintf(`SELECT id FROM usage_record u WHERE organisation_id = %d AND endpoint_id = %d AND %s ORDER BY position`,
		d.organisation, d.endpoint, condition))
	if len(ids) < 2 {
		s.Fatalf("%d records are like %s", len(ids), condition)
	}
	return ids[len(ids)/2]
}

func (s *site) damagesOfFirst(f *fleet) (list []damage) {
	add := func(table, where, column string, by int64, want ...string) {
		list = append(list, damage{table, column, by, where, want})
	}
	line := s.record(f.plain, "line_volume > 0 AND rated")
	record, about := fmt.Sprintf("id = %d", line), fmt.Sprintf("usage record %d (", line)
	endpoint := fmt.Sprintf("endpoint %d,", f.plain.endpoint)
	for _, one := range []struct {
		column string
		by     int64
		want   []string
	}{
		{"cost", 1, []string{"price: ", about, "days: ", endpoint}},
		{"rate", 1000, []string{"price: ", about, "chain: "}},
		{"block", 10_000, []string{"price: ", about, "chain: "}},
		{"line_volume", 10_000, []string{"price: ", about, "chain: "}},
		{"line_volume", 1, []string{"chain: ", about}},
		{"line_cost", 1, []string{"price: ", about}},
		{"line_inclusive", 1, []string{"price: ", about}},
		{"inclusive", 1, []string{"price: ", about}},
		{"debited", 1, []string{"balance: ", fmt.Sprintf("balance of endpoint %d", f.plain.endpoint)}},
		{"volume_tx", 1, []string{"days: ", endpoint, "session: "}},
		{"volume_rx", -1, []string{"days: ", endpoint, "session: "}},
		{"endpoint_id", 1, []string{"days: ", endpoint, fmt.Sprintf("endpoint %d,", f.plain.endpoint+1)}},
		{"sim_id", 1, []string{"days: ", fmt.Sprintf("endpoint %d, SIM %d,", f.plain.endpoint, f.plain.sim+1)}},
		{"session_id", 1, []string{"session: ", "chain: ", fmt.Sprintf("usage record %d", line)}},
		{"currency_id", 1, []string{"days: ", endpoint, "statistics: "}},
		{"billing_month", 1, []string{"days: ", endpoint, "chain: ", "statistics: "}},
		{"traffic_type_id", 1, []string{"price: ", about, "days: "}},
		{"traffic_type_id", 2, []string{"price: ", about, "days: "}},
		{"tariff_id", 1, []string{"chain: ", about}},
		{"ratezone_id", 1, []string{"chain: ", about}},
		{"rounding_scope", 2, []string{"price: ", about}},
		{"start_at", 1, []string{"chain: ", about}},
		{"end_at", 1, []string{"chain: "}},
	} {
		add("usage_record", record, one.column, one.by, one.want...)
	}
	inclusive := s.record(f.alone, "inclusive > 0")
	pool := fmt.Sprintf("pool of inclusive volume %d in month", f.alone.inclusive)
	add("usage_record", fmt.Sprintf("id = %d", inclusive), "inclusive", -1, "price: ", fmt.Sprintf("usage record %d (", inclusive), "pool: ", pool)
	add("usage_record", fmt.Sprintf("id = %d", inclusive), "inclusive_volume_id", 1, "chain: ", "pool: ", pool)
	paid := s.record(f.prepaid, "debited > 0 AND traffic_type_id = 5")
	add("usage_record", fmt.Sprintf("id = %d", paid), "debited", -1, "balance: ", fmt.Sprintf("balance of endpoint %d", f.prepaid.endpoint))
	sms := s.record(f.quota, "traffic_type_id = 6")
	add("usage_record", fmt.Sprintf("id = %d", sms), "cost", -1, "price: ", fmt.Sprintf("usage record %d (", sms))
	unrated := s.record(f.plain, "NOT rated")
	add("usage_record", fmt.Sprintf("id = %d", unrated), "cost", 1, "price: ", fmt.Sprintf("usage record %d (", unrated))
	day := s.record(f.daily, "line_volume > 0")
	add("usage_record", fmt.Sprintf("id = %d", day), "line_volume", 1, "chain: ", fmt.Sprintf("usage record %d (", day))

	session := fmt.Sprintf("acct_session_id = '%s'", f.open.id)
	open := fmt.Sprintf("(%s of pgw, endpoint %d)", f.open.id, f.plain.endpoint)
	for column, want := range map[string]string{
		"uplink": "session: ", "downlink": "session: ", "base_uplink": "session: ", "base_downlink": "session: ", "pending_uplink": endpoint,
		"pending_downlink": endpoint, "pending_cost": endpoint, "pending_debited": fmt.Sprintf("balance of endpoint %d", f.plain.endpoint),
		"line_cost": open, "line_inclusive": open, "line_volume": open, "closed_at": open,
	} {
		add("session", session, column, 1, want)
	}
	add("session", session, "rate", 1_000, open)
	add("session", session, "billing_month", 1, "days: ", endpoint)
	closed := fmt.Sprintf("acct_session_id = 'brief%d'", f.plain.sim)
	add("session", closed, "pending_uplink", 1, "is closed and has 1 bytes up")
	add("session", closed, "reserved", 1, "is closed and holds 1 bytes")
	holding := fmt.Sprintf("acct_session_id = 'now;%d'", f.sharing.sim)
	add("session", holding, "reserved_inclusive", 1, "reservations: ", fmt.Sprintf("pool of inclusive volume %d", f.sharing.inclusive))
	add("session", holding, "pending_inclusive", -1, "pool: ", fmt.Sprintf("pool of inclusive volume %d", f.sharing.inclusive))
	add("session", fmt.Sprintf("acct_session_id = 'now;%d'", f.paying.sim), "reserved_shared", 1, "reservations: ", "its account")

	add("inclusive_pool", fmt.Sprintf("inclusive_volume_id = %d", f.sharing.inclusive), "used", 1, "pool: ", fmt.Sprintf("pool of inclusive volume %d", f.sharing.inclusive))
	add("inclusive_pool", fmt.Sprintf("inclusive_volume_id = %d", f.sharing.inclusive), "reserved", 1, "reservations: ")
	add("inclusive_pool", fmt.Sprintf("inclusive_volume_id = %d", f.sharing.inclusive), "sims", -1, "pool: ", "has used")

	balance := fmt.Sprintf("balance of endpoint %d:", f.prepaid.endpoint)
	for _, column := range []string{"amount", "credited", "debited"} {
		add("endpoint_balance", fmt.Sprintf("endpoint_id = %d", f.prepaid.endpoint), column, 1, "balance: ", balance)
	}
	add("balance_entry", fmt.Sprintf("endpoint_id = %d", f.prepaid.endpoint), "amount", 1, "balance: ", balance, "its entries add up to")

	quota := fmt.Sprintf("endpoint_id = %d AND traffic_type_id = 5", f.quota.endpoint)
	subject := fmt.Sprintf("data quota of endpoint %d:", f.quota.endpoint)
	add("endpoint_quota", quota, "volume", -5_000_000_000, subject)
	add("endpoint_quota", quota, "volume", 5_000_000_000, subject)
	add("endpoint_quota", quota, "taken", -1, subject, "has counted")
	add("endpoint_quota", quota, "status_id", -1, subject, "is active with")
	add("endpoint_quota", quota, "status_id", 1, subject, "has expired before")
	add("endpoint_quota", quota, "told", -2, subject, "has not told")
	ofSMS := fmt.Sprintf("endpoint_id = %d AND traffic_type_id = 6", f.quota.endpoint)
	for _, column := range []string{"volume", "last_volume_added"} {
		add("endpoint_quota", ofSMS, column, 1, fmt.Sprintf("SMS quota of endpoint %d:", f.quota.endpoint), "has counted")
	}
	return append(list, s.damagesOfDays(f)...)
}

// damagesOfDays are those of statistics.
func (s *site) damagesOfDays(f *fleet) (list []damage) {
	first := query(s, db.Int, fmt.Sprintf(`SELECT MIN(day) FROM endpoint_day WHERE organisation_id = %d AND endpoint_id = %d`, s.first, f.daily.endpoint))[0]
	own := fmt.Sprintf("endpoint_id = %d AND day = %d", f.daily.endpoint, first)
	of := fmt.Sprintf("endpoint %d, SIM %d,", f.daily.endpoint, f.daily.sim)
	for column, want := range map[string]string{
		"volume_tx": of, "volume_rx": of, "cost": of, "traffic_type_id": of, "currency_id": of,
		"sim_id": fmt.Sprintf("endpoint %d, SIM %d,", f.daily.endpoint, f.daily.sim+1_000), "endpoint_id": of,
	} {
		list = append(list, damage{"endpoint_day", column, 1_000, own, []string{"days: ", want}})
	}
	all := fmt.Sprintf("day = %d AND traffic_type_id = 5 AND currency_id = 1", first)
	for _, column := range []string{"volume_tx", "volume_rx", "cost"} {
		list = append(list, damage{"organisation_day", column, 1, all, []string{"statistics: ", "month 202511, traffic type 5, currency 1"}})
	}
	return append(list, damage{"organisation_day", "currency_id", 1, all, []string{"statistics: ", "currency 2", "there are no records"}})
}

func (s *site) damagesOfSecond(f *fleet) (list []damage) {
	add := func(table, where, column string, by int64, want ...string) {
		list = append(list, damage{table, column, by, where, want})
	}
	single := s.record(f.single, "rounding_scope = 2")
	about := fmt.Sprintf("usage record %d (", single)
	add("usage_record", fmt.Sprintf("id = %d", single), "line_volume", 1, "price: ", about, "is rounded alone")
	add("usage_record", fmt.Sprintf("id = %d", single), "cost", 1, "price: ", about)
	event := s.record(f.pooled, "session_id = 0")
	add("usage_record", fmt.Sprintf("id = %d", event), "cost", 1, "price: ", fmt.Sprintf("usage record %d (", event))
	add("usage_record", fmt.Sprintf("id = %d", event), "volume_rx", 1, "days: ", fmt.Sprintf("endpoint %d,", f.pooled.endpoint))
	moved := fmt.Sprintf("acct_session_id = 'other%d'", f.moved.sim)
	add("session", moved, "base_uplink", -1, "session: ")
	add("session", moved, "downlink", 1, "session: ")
	add("session", fmt.Sprintf("acct_session_id = 'now;%d'", f.owning.sim), "pending_debited", -1, "balance: ")

	pool := fmt.Sprintf("inclusive_volume_id = %d AND billing_month = 202511", f.pooled.inclusive)
	add("inclusive_pool", pool, "used", -1, "pool: ", fmt.Sprintf("pool of inclusive volume %d in month 202511:", f.pooled.inclusive))
	add("inclusive_pool", pool, "billing_month", 100, "pool: ", "in month 202511:", "in month 202611:")
	own := fmt.Sprintf("inclusive_volume_id = %d", f.owning.inclusive)
	add("inclusive_pool", own, "used", 1, "pool: ", fmt.Sprintf("for SIM %d:", f.owning.sim))
	add("inclusive_pool", own, "reserved", -1, "reservations: ", fmt.Sprintf("for SIM %d:", f.owning.sim))

	limit := fmt.Sprintf("endpoint_id = %d AND service_id = 38 AND month = 202511", f.limited.endpoint)
	subject := fmt.Sprintf("traffic limit of endpoint %d, service 38, month 202511:", f.limited.endpoint)
	add("limit_use", limit, "used", 1<<40, subject, "no more than")
	add("limit_use", limit, "satellite", 1<<40, subject, "by satellite")

	for column, by := range map[string]int64{"amount": 1, "credited": 1, "debited": 1 << 45, "month_cost": 1 << 45} {
		add("organisation_account", "prepaid", column, by, "account: ", "its account")
	}
	add("organisation_account", "prepaid", "reserved", 1, "reservations: ", "its account")
	add("organisation_account", "prepaid", "holders", 1, "reservations: ", "its account")
	add("balance_entry", "endpoint_id = 0", "amount", 1, "account: ", "its entries add up to")
	return list
}

// doubled writes a record once more, at the place of an event and beyond the end of the log, and takes it away again.
func (s *site) doubled(t *testing.T, f *fleet) {
	inner := s.record(f.plain, "rated AND line_volume > 0")
	event := query(s, db.Int, fmt.Sprintf(`SELECT MAX(position) FROM event WHERE organisation_id = %d`, s.first))[0]
	for position, want := range map[int64][]string{
		event:         {"chain: ", "days: ", fmt.Sprintf("(position %d, endpoint %d", event, f.plain.endpoint)},
		1_000_000_000: {fmt.Sprintf("usage record %d (position 1000000000): stands beyond the end of the log", inner)},
	} {
		s.exec(s.first, `INSERT INTO usage_record (`+recordColumns+`) SELECT `+strings.Replace(recordColumns, "position", fmt.Sprint(position), 1)+
			` FROM usage_record WHERE organisation_id = $1 AND id = $2`, s.first, inner)
		r := s.check()
		wants(t, r, want)
		if position > event && r.Found != 1 {
			t.Errorf("%d findings", r.Found)
		}
		s.exec(s.first, `DELETE FROM usage_record WHERE organisation_id = $1 AND id = $2 AND position = $3`, s.first, inner, position)
	}
}

// recordColumns are those of usage_record that have no default, position among them.
const recordColumns = `organisation_id, recorded_day, position, id, endpoint_id, sim_id, imsi_id, session_id, start_at, end_at, traffic_type_id,
	operator_id, rat_type_id, tariff_id, ratezone_id, currency_id, billing_month, volume_tx, volume_rx, cost, rated, rate, block, line_volume,
	line_cost, imei, ip_address, plmn, tariff_profile_id, rounding_scope`

// missing takes something away, which is missed: records, days, a pool.
func (s *site) missing(t *testing.T, f *fleet) {
	inner := s.record(f.plain, "rated AND line_volume > 0")
	first := query(s, db.Int, fmt.Sprintf(`SELECT MIN(id) FROM usage_record WHERE endpoint_id = %d AND session_id > 0`, f.limited.endpoint))[0]
	for _, one := range []struct {
		organisation int64
		statement    string
		want         []string
	}{
		{s.first, fmt.Sprintf(`DELETE FROM usage_record WHERE id = %d`, inner), []string{
			"chain: ", "days: ", "session: ", fmt.Sprintf("endpoint %d, SIM %d", f.plain.endpoint, f.plain.sim),
		}},
		{s.second, fmt.Sprintf(`DELETE FROM usage_record WHERE id = %d`, first), []string{
			"no record before it is there", fmt.Sprintf("endpoint %d, SIM %d", f.limited.endpoint, f.limited.sim),
		}},
		{s.first, fmt.Sprintf(`DELETE FROM endpoint_day WHERE endpoint_id = %d AND traffic_type_id = 6`, f.quota.endpoint), []string{
			"days: ", fmt.Sprintf("endpoint %d, SIM %d", f.quota.endpoint, f.quota.sim), "hold 0 SMS up and 0 down",
		}},
		{s.first, fmt.Sprintf(`DELETE FROM inclusive_pool WHERE inclusive_volume_id = %d`, f.sharing.inclusive), []string{
			"pool: ", fmt.Sprintf("inclusive volume %d", f.sharing.inclusive),
		}},
		{s.first, fmt.Sprintf(`UPDATE endpoint_quota SET last_volume_added = last_volume_added + 1000, taken = taken + 1000
			WHERE endpoint_id = %d AND traffic_type_id = 6`, f.quota.endpoint), []string{
			fmt.Sprintf("SMS quota of endpoint %d:", f.quota.endpoint), "no more than",
		}},
		{s.first, fmt.Sprintf(`UPDATE usage_record SET rated = FALSE WHERE id = %d`, s.record(f.daily, "line_volume > 0")), []string{
			"price: ", "is not rated, and yet costs",
		}},
	} {
		if rows := s.exec(one.organisation, one.statement); rows == 0 {
			t.Fatalf("%s: no row is like that", one.statement)
		}
		wants(t, s.check(), one.want)
	}
}
