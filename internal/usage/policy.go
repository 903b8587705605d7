package usage

import (
	"context"
	"strconv"
	"strings"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/session"
)

// policySession is a Gx session: it counts nothing, but is the way to change the bitrate of a running session.
type policySession struct {
	session.Key
	endpoint, sim   int64
	imsi, apn, plmn string
	rat             int64
	address         string
	peer, realm     string
	abilities       Ability
	rate            Rate
	number          int64
	result          string
	opened, seen    int64
	closed          int64
	changed         bool
}

// The bearer that a session gets unless somebody says otherwise: non-guaranteed, of middle priority (TS 23.203 section 6.1.7.2).
const (
	defaultQCI      = 9
	defaultPriority = 8
)

// Policy hands over a request for the quality of service of a session; the rules are those of Credit.
func (f *Flow) Policy(p Policy, answer func(PolicyAnswer)) bool {
	out := &PolicyAnswer{}
	return f.submit(item{Report: p.Report, policy: &p, quality: out, done: func(err error) {
		if err != nil {
			answer(PolicyAnswer{Result: Busy, Reason: err.Error()})
			return
		}
		answer(*out)
	}})
}

// takePolicy decides on the quality of service of a session.
func (w *work) takePolicy(sub *subscriber, p *Policy) (PolicyAnswer, error) {
	key := keyOf(sub, p.Report)
	s := w.policies[key]
	if s != nil && s.number == p.Number {
		return qualityOf(s.result), nil
	}
	if s == nil {
		s = &policySession{Key: key, number: Absent, opened: p.at(), sim: sub.sim, imsi: sub.imsi}
		w.policies[key] = s
	}
	s.endpoint, s.seen, s.changed = sub.endpoint, max(s.seen, p.at()), true
	s.peer, s.realm, s.abilities = p.Peer, p.Realm, p.Abilities
	keepText(&s.apn, p.APN)
	keepText(&s.plmn, p.PLMN)
	keepText(&s.address, address(p.UEAddress))
	if p.RAT > 0 {
		s.rat = p.RAT
	}
	a := PolicyAnswer{Result: Granted}
	if p.Type == Terminate {
		s.closed = max(p.at(), 1)
	} else if err := w.quality(sub, s, p, &a); err != nil {
		return a, err
	}
	if p.Number > s.number {
		s.number, s.result = p.Number, a.text()
	}
	return a, nil
}

// quality fills the answer to a session that goes on.
func (w *work) quality(sub *subscriber, s *policySession, p *Policy, a *PolicyAnswer) error {
	if err := w.ready(sub, p.at()); err != nil {
		return err
	}
	at := place{operator: w.operator(s.plmn, sub.imsi), rat: s.rat, apn: s.apn, imeisv: p.IMEISV}
	why := w.flow.admissible(w.catalogue, sub, dataService, at, p.at())
	verdict := w.verdict(sub, dataService, s.rat)
	if !why.closed() {
		why = judged(verdict)
	}
	if why.closed() {
		a.Result, a.Reason = why.result, why.reason
		s.closed = max(p.at(), 1)
		return nil
	}
	a.Rate = rateFor(w.catalogue, sub, s.apn, s.rat, verdict.Rate)
	a.QCI, a.Priority = defaultQCI, defaultPriority
	s.rate = a.Rate
	return nil
}

func keepText(old *string, reported string) {
	if reported != "" {
		*old = reported
	}
}

// text is the answer as it is kept.
func (a PolicyAnswer) text() string {
	parts := make([]string, 0, 5)
	for _, n := range []int64{int64(a.Result), a.Rate.Up, a.Rate.Down, a.QCI, a.Priority} {
		parts = append(parts, strconv.FormatInt(n, 36))
	}
	return strings.Join(parts, ",")
}

func qualityOf(text string) (a PolicyAnswer) {
	n := strings.Split(text, ",")
	if len(n) == 5 {
		a = PolicyAnswer{
			Result: Result(number36(n[0])), Rate: Rate{number36(n[1]), number36(n[2])}, QCI: number36(n[3]), Priority: number36(n[4]),
		}
	}
	return a
}

const policyColumns = `organisation_id, nas, session_id, endpoint_id, sim_id, imsi, apn, plmn, rat_type_id, ue_address, peer, realm,
	abilities, uplink_rate, downlink_rate, request_number, result, opened_at, last_seen, closed_at`

func scanPolicy(r *db.Row) *policySession {
	return &policySession{
		Key:      session.Key{Organisation: r.Int(), NAS: r.Text(), SessionID: r.Text()},
		endpoint: r.Int(), sim: r.Int(), imsi: r.Text(), apn: r.Text(), plmn: r.Text(), rat: r.Int(), address: r.Text(), peer: r.Text(),
		realm: r.Text(), abilities: Ability(r.Int()), rate: Rate{r.Int(), r.Int()}, number: r.Int(), result: r.Text(), opened: r.Int(),
		seen: r.Int(), closed: r.Int(),
	}
}

var (
	lookupPolicy = db.NewLookup("k_organisation bigint, k_nas text, k_session text", `SELECT `+policyColumns+` FROM policy_session
		WHERE organisation_id = $1 AND nas = $2 AND session_id = $3`)
	insertPolicy = db.NewInsert("policy_session", `organisation_id bigint, nas text, session_id text, endpoint_id bigint, sim_id bigint,
		imsi text, apn text, plmn text, rat_type_id bigint, ue_address text, peer text, realm text, abilities bigint,
		uplink_rate bigint, downlink_rate bigint, request_number bigint, result text, opened_at bigint, last_seen bigint,
		closed_at bigint`, `ON CONFLICT (organisation_id, nas, session_id) DO UPDATE SET endpoint_id = excluded.endpoint_id,
		apn = excluded.apn, plmn = excluded.plmn, rat_type_id = excluded.rat_type_id, ue_address = excluded.ue_address,
		peer = excluded.peer, realm = excluded.realm, abilities = excluded.abilities, uplink_rate = excluded.uplink_rate,
		downlink_rate = excluded.downlink_rate, request_number = excluded.request_number, result = excluded.result,
		last_seen = excluded.last_seen, closed_at = excluded.closed_at`)
)

func storePolicies(tx *db.Tx, sessions map[session.Key]*policySession) error {
	rows := insertPolicy.New()
	for _, s := range sessions {
		if s.changed {
			rows.Int(s.Organisation).Text(s.NAS, s.SessionID).Int(s.endpoint, s.sim).Text(s.imsi, s.apn, s.plmn).Int(s.rat).
				Text(s.address, s.peer, s.realm).Int(int64(s.abilities), s.rate.Up, s.rate.Down, s.number).Text(s.result).
				Int(s.opened, s.seen, s.closed)
		}
	}
	return tx.Insert(rows)
}

// tellPolicy changes the bitrate of a session by way of the policy sessions of its endpoint.
func (f *Flow) tellPolicy(o order) {
	var open []*policySession
	err := f.DB.Read(context.Background(), func(q db.Queryer) (err error) {
		open, err = db.All(q, scanPolicy, `SELECT `+policyColumns+` FROM policy_session
			WHERE organisation_id = $1 AND endpoint_id = $2 AND closed_at = 0`, o.target.organisation, o.target.endpoint)
		return err
	})
	if err != nil {
		f.Log.Error("policy sessions could not be read", "error", err)
		return
	}
	if len(open) == 0 {
		f.Counters.Untold.Add(1)
	}
	for _, s := range open {
		o.target = Target{
			Protocol: Gx, NAS: s.NAS, SessionID: s.SessionID, Peer: s.peer, Realm: s.realm, IMSI: s.imsi, UEAddress: s.address,
			Abilities: s.abilities, ChargingID: Absent,
		}
		f.tellOne(o)
	}
}
