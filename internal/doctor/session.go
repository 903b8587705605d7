package doctor

import (
	"context"
	"fmt"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/session"
	"github.com/simstead/simstead/internal/tariff"
)

// listSessions notes which sessions are compared: those whose records are all kept. What begins later is not.
func (r *round) listSessions(ctx context.Context, b *book) error {
	pages := r.pace(2_000, 20_000)
	for at, last := (session.Session{}), false; !last; {
		var ids []int64
		next := at
		err := pages.read(ctx, r.examination, r.DB.ReadByKey, func(q db.Queryer, size int64) error {
			ids, next = ids[:0], at
			n := int64(0)
			err := q.Each(func(row *db.Row) {
				n++
				next.NAS, next.SessionID, next.Generation = row.Text(), row.Text(), row.Int()
				if id, opened := row.Int(), row.Int(); clock.DayNumber(opened) >= r.kept {
					ids = append(ids, id)
				}
			}, `SELECT nas, acct_session_id, generation, id, opened_at FROM session WHERE organisation_id = $1
				AND (nas, acct_session_id, generation) > ($2, $3, $4) ORDER BY nas, acct_session_id, generation LIMIT $5`,
				b.id, at.NAS, at.SessionID, at.Generation, size)
			last = n < size
			return err
		})
		if err != nil {
			return fmt.Errorf("list sessions: %w", err)
		}
		r.open.ids = append(r.open.ids, ids...)
		at = next
	}
	return nil
}

// sessionsOf compares the counters of sessions with their records, page by page.
func (r *round) sessionsOf(ctx context.Context, b *book) error {
	if r.only != 0 {
		return nil // sessions run across months
	}
	pages := r.pace(500, 5_000)
	for at, last := (&session.Session{}), false; !last; {
		var page []*session.Session
		var position int64
		err := pages.read(ctx, r.examination, r.DB.Snapshot, func(q db.Queryer, size int64) (err error) {
			if position, err = db.One(q, db.Int, selectPosition, b.id); err != nil {
				return err
			}
			page, err = db.All(q, scanSession, selectSessions, b.id, at.NAS, at.SessionID, at.Generation, size)
			last = int64(len(page)) < size
			return err
		})
		if err != nil {
			return fmt.Errorf("read sessions: %w", err)
		}
		if err := r.follow(ctx, b, position); err != nil {
			return err
		}
		for _, s := range page {
			at = s
			if r.open.cross(s.ID) {
				r.sessions.state(key{organisation: b.id, a: s.ID},
					amounts{s.Uplink - s.BaseUplink - s.PendingUp, s.Downlink - s.BaseDownlink - s.PendingDown})
			}
			if !r.second {
				r.result.Sessions++
				r.judgeSession(b.id, s)
			}
		}
		r.tell(sessionsRead, int64(len(page)), 0)
	}
	return nil
}

const selectSessions = `SELECT nas, acct_session_id, generation, id, endpoint_id, closed_at, uplink, downlink, base_uplink, base_downlink,
	pending_uplink, pending_downlink, pending_cost, pending_inclusive, pending_debited, tariff_id, ratezone_id, currency_id, rate, block,
	billing_month, line_rounding, inclusive_volume_id, line_volume, line_inclusive, line_cost, reserved, reserved_inclusive, reserved_cost,
	reserved_shared FROM session WHERE organisation_id = $1 AND (nas, acct_session_id, generation) > ($2, $3, $4)
	ORDER BY nas, acct_session_id, generation LIMIT $5`

func scanSession(r *db.Row) *session.Session {
	return &session.Session{
		Key: session.Key{NAS: r.Text(), SessionID: r.Text()}, Generation: r.Int(), ID: r.Int(), Endpoint: r.Int(), Closed: r.Int(),
		Uplink: r.Int(), Downlink: r.Int(), BaseUplink: r.Int(), BaseDownlink: r.Int(), PendingUp: r.Int(), PendingDown: r.Int(),
		PendingCost: r.Int(), PendingInclusive: r.Int(), PendingDebited: r.Int(),
		Line: session.Line{
			Tariff: r.Int(), Ratezone: r.Int(), Currency: r.Int(), Rate: r.Int(), Block: r.Int(), BillingMonth: r.Int(), Rounding: r.Int(),
			InclusiveID: r.Int(), Volume: r.Int(), Inclusive: r.Int(), Cost: r.Int(),
		},
		Credit: session.Credit{Reserved: r.Int(), ReservedPool: r.Int(), ReservedCost: r.Int(), ReservedShare: r.Int()},
	}
}

// judgeSession checks what a session says about itself, and that its line goes on where its last record ended.
func (r *round) judgeSession(organisation int64, s *session.Session) {
	text := contradiction(s)
	if text == "" {
		text = r.chains.unlinked(s)
	}
	if text != "" {
		r.find(organisation, Session, sessionSubject(s.ID, s), "%s", text)
	}
}

func sessionSubject(id int64, s *session.Session) string {
	if s == nil {
		return fmt.Sprintf("session %d", id)
	}
	return fmt.Sprintf("session %d (%s of %s, endpoint %d)", id, s.SessionID, s.NAS, s.Endpoint)
}

// contradiction is what does not hold within a session's row.
func contradiction(s *session.Session) string {
	l := s.Line
	switch {
	case s.BaseUplink < 0 || s.BaseDownlink < 0 || s.Uplink < s.BaseUplink || s.Downlink < s.BaseDownlink:
		return fmt.Sprintf("has counted %s, %s of it before", volume(dataTraffic, s.Uplink, s.Downlink), volume(dataTraffic, s.BaseUplink, s.BaseDownlink))
	case min(s.PendingUp, s.PendingDown, s.PendingCost, s.PendingInclusive, s.PendingDebited) < 0:
		return "has less than nothing to record"
	case !s.Open() && max(s.Pending(), s.PendingCost, s.PendingInclusive, s.PendingDebited) > 0:
		return fmt.Sprintf("is closed and has %s not recorded, at a cost of %s", volume(dataTraffic, s.PendingUp, s.PendingDown), cost(s.PendingCost))
	case min(s.Reserved, s.ReservedPool, s.ReservedCost, s.ReservedShare) < 0:
		return "holds less than nothing"
	case !s.Open() && max(s.Reserved, s.ReservedPool, s.ReservedCost, s.ReservedShare) > 0:
		return fmt.Sprintf("is closed and holds %d bytes, %d inclusive ones, %s of the balance and %s of the organisation's", s.Reserved,
			s.ReservedPool, cost(s.ReservedCost), cost(s.ReservedShare))
	case s.Pending() > l.Volume || s.PendingInclusive > l.Inclusive || s.PendingCost > l.Cost:
		return fmt.Sprintf("has more to record than its line holds: %d bytes of %d, %d inclusive of %d, %s of %s", s.Pending(), l.Volume,
			s.PendingInclusive, l.Inclusive, cost(s.PendingCost), cost(l.Cost))
	case s.PendingDebited > s.PendingCost:
		return fmt.Sprintf("has debited %s of a cost of %s", cost(s.PendingDebited), cost(s.PendingCost))
	case !l.Rated():
		if l.Cost != 0 || l.Inclusive != 0 {
			return fmt.Sprintf("is not rated, and yet its line costs %s", cost(l.Cost))
		}
		return ""
	}
	if again, err := l.Price().Cost(l.Volume, l.Inclusive); err != nil || again != l.Cost {
		return fmt.Sprintf("says that the %d bytes of its line, %d of them inclusive, cost %s; they cost %s", l.Volume, l.Inclusive,
			cost(l.Cost), cost(again))
	}
	return ""
}

// unlinked says what is wrong with where an open session's slice begins: at the end of its last record, or at nothing.
func (c *chains) unlinked(s *session.Session) string {
	before, known := c.end(s.ID)
	l := s.Line
	from, inclusive, paid := l.Volume-s.Pending(), l.Inclusive-s.PendingInclusive, l.Cost-s.PendingCost
	own := line{s.Endpoint, l.Tariff, l.Ratezone, l.Currency, l.Rate, l.Block, l.BillingMonth, l.Rounding, l.InclusiveID}
	switch {
	case !known || before.wrong || !s.Open() || l.Rounding == tariff.RoundRecord || from == 0 && inclusive == 0 && paid == 0:
		return ""
	case before.line != own:
		return fmt.Sprintf("goes on after %d bytes of its line, but its last record, %d, is of another line", from, before.id)
	case before.volume != from || before.inclusive != inclusive || before.cost != paid:
		return fmt.Sprintf("goes on after %d bytes (%d inclusive, %s), but its last record, %d, ends at %d bytes (%d inclusive, %s)", from,
			inclusive, cost(paid), before.id, before.volume, before.inclusive, cost(before.cost))
	}
	return ""
}
