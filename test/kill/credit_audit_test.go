package kill

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/test/rig"
)

// books are what the database holds, as one committed state has it.
type books struct {
	sessions map[name]*account
	byID     map[int64]*account
	debits   map[int64][]int64 // octets of the records of direct debits, by endpoint
	byMeans  map[holder]*total
	problems []error
}

// account is a session in the database.
type account struct {
	name
	id, organisation, endpoint int64
	reported, recorded         volume // by its counters; in its records and its slice
	lines                      map[int64]*line
	reserved, shared, pool     int64
}

// line is what one session, or one direct debit, used in a month.
type line struct{ bytes, inclusive, cost int64 }

// total is what an endpoint, or (endpoint 0) an organisation, used.
type total struct{ bytes, cost, debited int64 }

type holder struct{ organisation, endpoint int64 }

func (b *books) bad(format string, args ...any) {
	b.problems = append(b.problems, fmt.Errorf(format, args...))
}

func (b *books) add(h holder, bytes, cost, debited int64) {
	for _, of := range []holder{h, {h.organisation, 0}} {
		if b.byMeans[of] == nil {
			b.byMeans[of] = &total{}
		}
		t := b.byMeans[of]
		t.bytes, t.cost, t.debited = t.bytes+bytes, t.cost+cost, t.debited+debited
	}
}

// audit holds the database against what the gateways know. Nothing may be under way.
func audit(t *testing.T, site *rig.Site, fleet []*device, l *asking) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	b := &books{sessions: map[name]*account{}, byID: map[int64]*account{}, debits: map[int64][]int64{}, byMeans: map[holder]*total{}}
	check(t, site.Open(func(d *db.DB) error {
		return d.Snapshot(context.Background(), func(q db.Queryer) error {
			return errors.Join(b.readSessions(q), b.readRecords(q), b.means(q, fleet))
		})
	}))
	for n, s := range l.sessions {
		b.compare(n, s)
	}
	for n := range b.sessions {
		if l.sessions[n] == nil {
			b.bad("session %s/%s is there and no gateway had it", n.nas, n.session)
		}
	}
	b.compareDebits(l.direct)
	b.prices()
	if err := errors.Join(b.problems...); err != nil {
		t.Error(err)
	}
}

func (b *books) readSessions(q db.Queryer) error {
	return q.Each(func(r *db.Row) {
		s := &account{
			organisation: r.Int(), name: name{r.Text(), r.Text()}, id: r.Int(), endpoint: r.Int(), reported: volume{r.Int(), r.Int()},
			recorded: volume{r.Int(), r.Int()}, lines: map[int64]*line{},
		}
		month, cost, inclusive, debited := r.Int(), r.Int(), r.Int(), r.Int()
		s.reserved, s.shared, s.pool = r.Int(), r.Int(), r.Int()
		if b.sessions[s.name] != nil {
			b.bad("session %s/%s is there twice", s.nas, s.session)
		}
		b.sessions[s.name], b.byID[s.id] = s, s
		s.lines[month] = &line{s.recorded.up + s.recorded.down, inclusive, cost}
		b.add(holder{s.organisation, s.endpoint}, s.recorded.up+s.recorded.down, cost, debited)
	}, `SELECT organisation_id, nas, acct_session_id, id, endpoint_id, uplink, downlink, pending_uplink, pending_downlink, billing_month,
		pending_cost, pending_inclusive, pending_debited, reserved, reserved_shared, reserved_inclusive FROM session`)
}

func (b *books) readRecords(q db.Queryer) error {
	return q.Each(func(r *db.Row) {
		organisation, endpoint, id, month, up, down := r.Int(), r.Int(), r.Int(), r.Int(), r.Int(), r.Int()
		cost, inclusive, debited := r.Int(), r.Int(), r.Int()
		b.add(holder{organisation, endpoint}, up+down, cost, debited)
		s := b.byID[id]
		switch {
		case id == 0:
			b.debits[endpoint] = append(b.debits[endpoint], up+down)
			b.price("a direct debit", &line{up + down, inclusive, cost})
			return
		case s == nil:
			b.bad("a record of session %d, which there is not", id)
			return
		}
		s.recorded = s.recorded.plus(volume{up, down})
		l := s.lines[month]
		if l == nil {
			l = &line{}
			s.lines[month] = l
		}
		l.bytes, l.inclusive, l.cost = l.bytes+up+down, l.inclusive+inclusive, l.cost+cost
	}, `SELECT organisation_id, endpoint_id, session_id, billing_month, volume_tx, volume_rx, cost, inclusive, debited FROM usage_record`)
}

// compare holds a session against its gateway: everything that was answered is there once, the rest at most once.
func (b *books) compare(n name, d *dialogue) {
	s := b.sessions[n]
	switch {
	case s == nil && d.certain:
		b.bad("session %s/%s was answered and is not there", n.nas, n.session)
	case s != nil && d.refused && !d.certain && len(d.open) == 0:
		b.bad("session %s/%s was refused and is there", n.nas, n.session)
	case s == nil:
	case s.recorded != s.reported:
		b.bad("session %s/%s: its counters say %v, its records and slice hold %v", n.nas, n.session, s.reported, s.recorded)
	case s.organisation != d.organisation || s.endpoint != d.endpoint:
		b.bad("session %s/%s is another device's", n.nas, n.session)
	default:
		var open []volume
		for _, v := range d.open {
			open = append(open, v)
		}
		if !explained(s.recorded, d.answered, open) {
			b.bad("session %s/%s: answered %v, not answered %v, records and slice hold %v", n.nas, n.session, d.answered, open, s.recorded)
		}
	}
}

// explained reports whether what is there is all that was answered and some of the rest.
func explained(is, answered volume, rest []volume) bool {
	if is == answered {
		return true
	}
	return len(rest) > 0 && (explained(is, answered, rest[1:]) || explained(is, answered.plus(rest[0]), rest[1:]))
}

// compareDebits looks for the record of each direct debit, which its octets tell from others of the device.
func (b *books) compareDebits(list []*debit) {
	for _, d := range list {
		at := slices.Index(b.debits[d.endpoint], d.octets)
		switch {
		case at >= 0:
			b.debits[d.endpoint] = slices.Delete(b.debits[d.endpoint], at, at+1)
			if d.answered && !d.granted {
				b.bad("a debit of %d octets of %s was refused and is there", d.octets, d.imsi)
			}
		case d.granted:
			b.bad("a debit of %d octets of %s was granted and is not there", d.octets, d.imsi)
		}
	}
	for endpoint, left := range b.debits {
		if len(left) > 0 {
			b.bad("endpoint %d: debits of %d octets are there that nobody asked for, or twice", endpoint, left)
		}
	}
}

// prices makes sure that every session costs what its bytes cost, however often it was interrupted.
func (b *books) prices() {
	for _, s := range b.sessions {
		for month, l := range s.lines {
			b.price(fmt.Sprintf("session %s/%s in %d", s.nas, s.session, month), l)
		}
	}
}

func (b *books) price(what string, l *line) {
	billed := (l.bytes + block - 1) / block * block
	if want := (billed - l.inclusive) * (rate / 1_000_000); l.cost != want || l.inclusive > billed {
		b.bad("%s costs %d for %d bytes, of which %d are inclusive; it should cost %d", what, l.cost, l.bytes, l.inclusive, want)
	}
}
