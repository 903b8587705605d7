package usage

import (
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/session"
)

// Transfer moves the sessions of a SIM with it to another organisation, inside the transaction that moves the SIM and
// holds both heads. What was used so far stays with the old organisation, in records; the counters' marks go along, so
// that no byte is charged twice, whoever's sessions a late packet names. Closed sessions that are still known go along
// for the same reason.
func (f *Flow) Transfer(tx *db.Tx, sim, from, to int64) error {
	sessions, err := db.All(tx, session.Scan, `SELECT `+session.Columns+` FROM session
		WHERE organisation_id = $1 AND sim_id = $2 ORDER BY nas, acct_session_id, generation`, from, sim)
	if err != nil {
		return err
	}
	w := f.newWork(tx, nil)
	generations := map[session.Key]int64{}
	for i, s := range sessions {
		if handedOn(s, sessions[i+1:]) {
			continue
		}
		next := s.Copy()
		next.Organisation, next.Endpoint = to, 0
		if _, counted := generations[next.Key]; !counted {
			last, err := db.One(tx, db.Int, `SELECT COALESCE(MAX(generation), 0) FROM session
				WHERE organisation_id = $1 AND nas = $2 AND acct_session_id = $3`, to, next.NAS, next.SessionID)
			if err != nil {
				return err
			}
			generations[next.Key] = last
		}
		generations[next.Key]++
		next.Generation, next.ID = generations[next.Key], tx.Head(to).NextID()
		next.BaseUplink, next.BaseDownlink = s.Uplink, s.Downlink
		next.PendingUp, next.PendingDown, next.PendingCost = 0, 0, 0
		next.PendingInclusive, next.PendingDebited = 0, 0
		next.Line = session.Line{}
		next.Credit = session.Credit{Number: s.Number, Window: s.Window, Results: s.Results} // the old owner's holds stay there
		if s.Open() {
			next.Announced = false
			next.SliceStarted, next.SliceTime = w.now, s.Time
			w.end(s, w.now)
		}
		w.touch(&next)
	}
	return w.store()
}

// handedOn reports whether a closed session went to another organisation before and came back, as one of the newer ones.
func handedOn(s *session.Session, newer []*session.Session) bool {
	for _, n := range newer {
		if n.Key != s.Key {
			return false // they are sorted by key
		}
		if !s.Open() && n.Opened == s.Opened && n.Started == s.Started && n.ChargingID == s.ChargingID {
			return true
		}
	}
	return false
}
