package rig

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/simstead/simstead/internal/db"
)

// Session is what the database holds of one session.
type Session struct {
	Organisation         int64
	NAS, SessionID, IMSI string
	ID                   int64
	Closed               bool
	Up, Down             int64 // counters of the gateway that are acknowledged, without what another organisation's session had counted
	PendingUp            int64
	PendingDown          int64
	RecordUp             int64 // sum of its usage records
	RecordDown           int64
	Opened, Ended        int // Create and Delete PDP Context events that name it
}

// Sessions reads every session with its records and events.
func Sessions(q db.Queryer) ([]*Session, error) {
	sessions, err := db.All(q, func(r *db.Row) *Session {
		return &Session{
			Organisation: r.Int(), NAS: r.Text(), SessionID: r.Text(), IMSI: r.Text(), ID: r.Int(), Closed: r.Int() != 0,
			Up: r.Int(), Down: r.Int(), PendingUp: r.Int(), PendingDown: r.Int(),
		}
	}, `SELECT organisation_id, nas, acct_session_id, imsi, id, closed_at, uplink - base_uplink, downlink - base_downlink,
		pending_uplink, pending_downlink FROM session ORDER BY organisation_id, nas, acct_session_id, generation`)
	if err != nil {
		return nil, err
	}
	byID := make(map[int64]*Session, len(sessions))
	for _, s := range sessions {
		byID[s.ID] = s
	}
	var problems []error
	err = q.Each(func(r *db.Row) {
		id, tx, rx := r.Int(), r.Int(), r.Int()
		if s := byID[id]; s != nil {
			s.RecordUp, s.RecordDown = tx, rx
		} else if id != 0 { // a direct debit belongs to none
			problems = append(problems, fmt.Errorf("usage records of session %d, which there is not", id))
		}
	}, `SELECT session_id, CAST(SUM(volume_tx) AS BIGINT), CAST(SUM(volume_rx) AS BIGINT) FROM usage_record
		WHERE session_id <> 0 GROUP BY session_id`) // 0: a direct debit, which has no session
	if err != nil {
		return nil, err
	}
	err = q.Each(func(r *db.Row) {
		kind, text := r.Int(), r.Text()
		var detail struct {
			PDPContext struct {
				ID int64 `json:"pdp_context_id"`
			} `json:"pdp_context"`
		}
		if text == "" {
			return // a refusal, which has no session
		}
		s := byID[0]
		if json.Unmarshal([]byte(text), &detail) == nil {
			s = byID[detail.PDPContext.ID]
		}
		switch {
		case s == nil:
			problems = append(problems, fmt.Errorf("an event of type %d names no session: %s", kind, text))
		case kind == 3:
			s.Opened++
		default:
			s.Ended++
		}
	}, `SELECT type_id, detail FROM event WHERE type_id IN (3, 5)`)
	return sessions, errors.Join(append(problems, err)...)
}

// Balance checks what has to hold of every database at any time: each session's records and pending volume are its
// acknowledged counters, each opening and each end has one event, positions have no gaps and ids grow with them, and
// statistics are the sum of what was counted.
func Balance(q db.Queryer) error {
	sessions, err := Sessions(q)
	problems := []error{err}
	for _, s := range sessions {
		if s.RecordUp+s.PendingUp != s.Up || s.RecordDown+s.PendingDown != s.Down {
			problems = append(problems, fmt.Errorf("session %s/%s: records %d up %d down + pending %d up %d down are not its counters %d up %d down",
				s.NAS, s.SessionID, s.RecordUp, s.RecordDown, s.PendingUp, s.PendingDown, s.Up, s.Down))
		}
		if s.Closed && s.PendingUp+s.PendingDown != 0 {
			problems = append(problems, fmt.Errorf("session %s/%s is closed with %d bytes in no record", s.NAS, s.SessionID, s.PendingUp+s.PendingDown))
		}
		if ended := map[bool]int{true: 1}[s.Closed]; s.Opened > 1 || s.Ended != ended {
			problems = append(problems, fmt.Errorf("session %s/%s (closed %t) has %d events of its opening and %d of its end",
				s.NAS, s.SessionID, s.Closed, s.Opened, s.Ended))
		}
	}
	return errors.Join(append(problems, dense(q), statistics(q))...)
}

// dense checks the line of positions that usage records and events of an organisation share.
func dense(q db.Queryer) error {
	var problems []error
	last := map[int64][2]int64{}
	err := q.Each(func(r *db.Row) {
		organisation, position, id := r.Int(), r.Int(), r.Int()
		before := last[organisation]
		if position != before[0]+1 || id <= before[1] {
			problems = append(problems, fmt.Errorf("organisation %d: position %d with id %d follows position %d with id %d",
				organisation, position, id, before[0], before[1]))
		}
		last[organisation] = [2]int64{position, id}
	}, `SELECT organisation_id, position, id FROM usage_record UNION ALL SELECT organisation_id, position, id FROM event
		ORDER BY organisation_id, position`)
	if err != nil {
		return err
	}
	err = q.Each(func(r *db.Row) {
		if organisation, position := r.Int(), r.Int(); position != last[organisation][0] {
			problems = append(problems, fmt.Errorf("organisation %d: the log ends at position %d, its head says %d",
				organisation, last[organisation][0], position))
		}
	}, `SELECT organisation_id, position FROM organisation_head`)
	return errors.Join(append(problems, err)...)
}

// statistics holds the daily rows against records and what is pending, by organisation: volumes and cost.
func statistics(q db.Queryer) error {
	sums := func(query string) (map[int64][3]int64, error) {
		out := map[int64][3]int64{}
		return out, q.Each(func(r *db.Row) { out[r.Int()] = [3]int64{r.Int(), r.Int(), r.Int()} }, query)
	}
	counted, err := sums(`SELECT organisation_id, CAST(SUM(tx) AS BIGINT), CAST(SUM(rx) AS BIGINT), CAST(SUM(cost) AS BIGINT) FROM (
		SELECT organisation_id, volume_tx AS tx, volume_rx AS rx, cost FROM usage_record UNION ALL
		SELECT organisation_id, pending_uplink, pending_downlink, pending_cost FROM session) l GROUP BY organisation_id`)
	if err != nil {
		return err
	}
	days, err := sums(`SELECT organisation_id, CAST(SUM(volume_tx) AS BIGINT), CAST(SUM(volume_rx) AS BIGINT), CAST(SUM(cost) AS BIGINT)
		FROM endpoint_day GROUP BY organisation_id`)
	if err != nil {
		return err
	}
	var problems []error
	for organisation, want := range counted {
		if days[organisation] != want {
			problems = append(problems, fmt.Errorf("organisation %d: statistics say %v (up, down, cost), records and pending volume %v",
				organisation, days[organisation], want))
		}
	}
	return errors.Join(problems...)
}
