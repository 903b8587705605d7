package session

import "github.com/simstead/simstead/internal/db"

const columns = `organisation_id, nas, acct_session_id, generation, id, charging_id, endpoint_id, sim_id, imsi_id, imsi, imeisv,
	apn, plmn, rat_type_id, operator_id, location, ue_address, ggsn, sgsn, nsapi, announced, opened_at, started_at,
	last_seen, closed_at, event_time, session_time, uplink, downlink, base_uplink, base_downlink, slice_started_at,
	slice_session_time, pending_uplink, pending_downlink, pending_cost, tariff_id, ratezone_id, currency_id, rate, block,
	billing_month, line_volume, line_cost, protocol, peer, realm, abilities, tariff_profile_id, enforced, request_number,
	request_window, results, grants, granted_until, reserved, reserved_inclusive, reserved_cost, reserved_shared,
	line_inclusive, line_rounding, line_day, inclusive_volume_id, line_pooled, pending_inclusive, pending_debited, event_began`

// Scan reads a row of Columns.
func Scan(r *db.Row) *Session {
	s := scan(r)
	was := *s
	s.stored = &was
	return s
}

func scan(r *db.Row) *Session {
	s := &Session{
		Key:        Key{Organisation: r.Int(), NAS: r.Text(), SessionID: r.Text()},
		Generation: r.Int(), ID: r.Int(), ChargingID: r.Int(),
		Endpoint: r.Int(), SIM: r.Int(), IMSIID: r.Int(), IMSI: r.Text(), IMEISV: r.Text(), APN: r.Text(), PLMN: r.Text(),
		RAT: r.Int(), Operator: r.Int(), Location: r.Text(), UEAddress: r.Text(), GGSN: r.Text(), SGSN: r.Text(), NSAPI: r.Int(),
		Announced: r.Bool(), Opened: r.Int(), Started: r.Int(), Seen: r.Int(), Closed: r.Int(), EventTime: r.Int(), Time: r.Int(),
		Uplink: r.Int(), Downlink: r.Int(), BaseUplink: r.Int(), BaseDownlink: r.Int(), SliceStarted: r.Int(), SliceTime: r.Int(),
		PendingUp: r.Int(), PendingDown: r.Int(), PendingCost: r.Int(),
		Line: Line{
			Tariff: r.Int(), Ratezone: r.Int(), Currency: r.Int(), Rate: r.Int(), Block: r.Int(), BillingMonth: r.Int(),
			Volume: r.Int(), Cost: r.Int(),
		},
		Protocol: r.Int(), Peer: r.Text(), Realm: r.Text(), Abilities: r.Int(), TariffProfile: r.Int(),
		Credit: Credit{
			Enforced: r.Int(), Number: r.Int(), Window: r.Int(), Results: r.Text(), Grants: r.Text(), GrantedUntil: r.Int(),
			Reserved: r.Int(), ReservedPool: r.Int(), ReservedCost: r.Int(), ReservedShare: r.Int(),
		},
	}
	s.Line.Inclusive, s.Line.Rounding, s.Line.Day, s.Line.InclusiveID, s.Line.Pooled = r.Int(), r.Int(), r.Int(), r.Int(), r.Bool()
	s.PendingInclusive, s.PendingDebited, s.Began = r.Int(), r.Int(), r.Int()
	return s
}

// Lookup finds every generation of many keys, oldest first.
var Lookup = db.NewLookup("k_organisation bigint, k_nas text, k_session text", `SELECT `+columns+` FROM session
	WHERE organisation_id = $1 AND nas = $2 AND acct_session_id = $3 ORDER BY generation`)

// Columns is what Scan reads, for queries of other packages' choosing.
const Columns = columns

var store = db.NewInsert("session", `organisation_id bigint, nas text, acct_session_id text, generation bigint, id bigint,
	charging_id bigint, endpoint_id bigint, sim_id bigint, imsi_id bigint, imsi text, imeisv text, apn text, plmn text,
	rat_type_id bigint, operator_id bigint, location text, ue_address text, ggsn text, sgsn text, nsapi bigint,
	announced boolean, opened_at bigint, started_at bigint, last_seen bigint, closed_at bigint, event_time bigint,
	session_time bigint, uplink bigint, downlink bigint, base_uplink bigint, base_downlink bigint, slice_started_at bigint,
	slice_session_time bigint, pending_uplink bigint, pending_downlink bigint, pending_cost bigint, tariff_id bigint,
	ratezone_id bigint, currency_id bigint, rate bigint, block bigint, billing_month bigint, line_volume bigint,
	line_cost bigint, seen_hour bigint, protocol bigint, peer text, realm text, abilities bigint, tariff_profile_id bigint, enforced bigint, request_number bigint, request_window bigint, results text, grants text, granted_until bigint, reserved bigint, reserved_inclusive bigint, reserved_cost bigint, reserved_shared bigint, line_inclusive bigint, line_rounding bigint, line_day bigint, inclusive_volume_id bigint, line_pooled boolean, pending_inclusive bigint, pending_debited bigint, lapse_bucket bigint, event_began bigint`,
	`ON CONFLICT (organisation_id, nas, acct_session_id, generation) DO UPDATE SET charging_id = excluded.charging_id,
	endpoint_id = excluded.endpoint_id, imsi_id = excluded.imsi_id, imsi = excluded.imsi, imeisv = excluded.imeisv,
	apn = excluded.apn, plmn = excluded.plmn, rat_type_id = excluded.rat_type_id, operator_id = excluded.operator_id,
	location = excluded.location, ue_address = excluded.ue_address, ggsn = excluded.ggsn, sgsn = excluded.sgsn,
	announced = excluded.announced, last_seen = excluded.last_seen, seen_hour = excluded.seen_hour,
	closed_at = excluded.closed_at, event_time = excluded.event_time, session_time = excluded.session_time,
	uplink = excluded.uplink, downlink = excluded.downlink, slice_started_at = excluded.slice_started_at,
	slice_session_time = excluded.slice_session_time, pending_uplink = excluded.pending_uplink,
	pending_downlink = excluded.pending_downlink, pending_cost = excluded.pending_cost, tariff_id = excluded.tariff_id,
	ratezone_id = excluded.ratezone_id, currency_id = excluded.currency_id, rate = excluded.rate, block = excluded.block,
	billing_month = excluded.billing_month, line_volume = excluded.line_volume, line_cost = excluded.line_cost, protocol = excluded.protocol, peer = excluded.peer, realm = excluded.realm, abilities = excluded.abilities, tariff_profile_id = excluded.tariff_profile_id, enforced = excluded.enforced, request_number = excluded.request_number, request_window = excluded.request_window, results = excluded.results, grants = excluded.grants, granted_until = excluded.granted_until, reserved = excluded.reserved, reserved_inclusive = excluded.reserved_inclusive, reserved_cost = excluded.reserved_cost, reserved_shared = excluded.reserved_shared, line_inclusive = excluded.line_inclusive, line_rounding = excluded.line_rounding, line_day = excluded.line_day, inclusive_volume_id = excluded.inclusive_volume_id, line_pooled = excluded.line_pooled, pending_inclusive = excluded.pending_inclusive, pending_debited = excluded.pending_debited, lapse_bucket = excluded.lapse_bucket, event_began = excluded.event_began`)

// Store writes new and changed sessions; no two of one call may share key and generation.
func Store(tx *db.Tx, sessions []*Session) error {
	whole, marks := store.New(), advance.New()
	for _, s := range sessions {
		if s.onlyMarks() {
			marks.Int(s.Organisation).Text(s.NAS, s.SessionID).Int(s.Generation, s.Seen, s.EventTime, s.Time, s.Uplink, s.Downlink,
				s.SliceStarted, s.SliceTime, s.PendingUp, s.PendingDown, s.PendingCost, s.Line.Volume, s.Line.Cost,
				s.PendingInclusive, s.PendingDebited, s.Line.Inclusive, s.Number, s.Window, s.GrantedUntil, s.Reserved, s.ReservedPool,
				s.ReservedCost, s.ReservedShare, s.Lapse()).Text(s.Results, s.Grants)
			continue
		}
		whole.Int(s.Organisation).Text(s.NAS, s.SessionID).Int(s.Generation, s.ID, s.ChargingID, s.Endpoint, s.SIM, s.IMSIID).
			Text(s.IMSI, s.IMEISV, s.APN, s.PLMN).Int(s.RAT, s.Operator).Text(s.Location, s.UEAddress, s.GGSN, s.SGSN).
			Int(s.NSAPI).Bool(s.Announced).
			Int(s.Opened, s.Started, s.Seen, s.Closed, s.EventTime, s.Time, s.Uplink, s.Downlink, s.BaseUplink, s.BaseDownlink,
				s.SliceStarted, s.SliceTime, s.PendingUp, s.PendingDown, s.PendingCost,
				s.Line.Tariff, s.Line.Ratezone, s.Line.Currency, s.Line.Rate, s.Line.Block, s.Line.BillingMonth, s.Line.Volume,
				s.Line.Cost, s.Hour()).
			Int(s.Protocol).Text(s.Peer, s.Realm).Int(s.Abilities, s.TariffProfile, s.Enforced, s.Number, s.Window).
			Text(s.Results, s.Grants).Int(s.GrantedUntil, s.Reserved, s.ReservedPool, s.ReservedCost, s.ReservedShare,
			s.Line.Inclusive, s.Line.Rounding, s.Line.Day, s.Line.InclusiveID).Bool(s.Line.Pooled).
			Int(s.PendingInclusive, s.PendingDebited, s.Lapse(), s.Began)
	}
	if err := tx.Insert(whole); err != nil {
		return err
	}
	return tx.Insert(marks)
}

// advance moves the counters of a stored session: what nearly every report does and no more.
var advance = db.NewUpdate("session", `organisation_id bigint, nas text, acct_session_id text, generation bigint`,
	`last_seen bigint, event_time bigint, session_time bigint, uplink bigint, downlink bigint, slice_started_at bigint,
	slice_session_time bigint, pending_uplink bigint, pending_downlink bigint, pending_cost bigint, line_volume bigint,
	line_cost bigint, pending_inclusive bigint, pending_debited bigint, line_inclusive bigint, request_number bigint,
	request_window bigint, granted_until bigint, reserved bigint, reserved_inclusive bigint, reserved_cost bigint,
	reserved_shared bigint, lapse_bucket bigint, results text, grants text`)

// onlyMarks reports whether nothing but what advance writes differs from the stored row.
func (s *Session) onlyMarks() bool {
	if s.stored == nil || s.Hour() != s.stored.Hour() {
		return false
	}
	a, b := *s, *s.stored
	a.Seen, a.EventTime, a.Time, a.Uplink, a.Downlink = b.Seen, b.EventTime, b.Time, b.Uplink, b.Downlink
	a.SliceStarted, a.SliceTime, a.PendingUp, a.PendingDown, a.PendingCost = b.SliceStarted, b.SliceTime, b.PendingUp, b.PendingDown, b.PendingCost
	a.PendingInclusive, a.PendingDebited = b.PendingInclusive, b.PendingDebited
	a.Line.Volume, a.Line.Inclusive, a.Line.Cost, a.stored, b.stored = b.Line.Volume, b.Line.Inclusive, b.Line.Cost, nil, nil
	enforced := a.Enforced
	a.Credit = b.Credit
	a.Enforced = enforced
	return a == b
}

// Online counts the open sessions of all organisations.
func Online(q db.Queryer) (int64, error) {
	return db.One(q, db.Int, `SELECT COUNT(*) FROM session WHERE closed_at = 0`)
}
