package usage

import (
	"context"
	"fmt"
	"slices"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/session"
)

// Recheck judges the running sessions of endpoints anew, after something has changed that may block them, slow them down
// or lift that. It returns at once; call it after the change is committed.
func (f *Flow) Recheck(organisation int64, endpoints ...int64) {
	for part := range slices.Chunk(endpoints, recheckBatch) {
		where, args := "", make([]any, len(part))
		for i, endpoint := range part {
			where, args[i] = where+fmt.Sprintf(", $%d", i+2), endpoint
		}
		f.recheck(organisation, ` AND endpoint_id IN (`+where[2:]+`)`, args...)
	}
}

// RecheckProfile does so for the endpoints of a service profile.
func (f *Flow) RecheckProfile(organisation, serviceProfile int64) {
	f.recheck(organisation, ` AND endpoint_id IN (SELECT e.id FROM endpoint e WHERE e.organisation_id = $1 AND e.service_profile_id = $2)`, serviceProfile)
}

// RecheckTariffProfile does so for the endpoints of a tariff profile.
func (f *Flow) RecheckTariffProfile(organisation, tariffProfile int64) {
	f.recheck(organisation, ` AND endpoint_id IN (SELECT e.id FROM endpoint e WHERE e.organisation_id = $1 AND e.tariff_profile_id = $2)`, tariffProfile)
}

// RecheckOrganisation does so for all endpoints of an organisation.
func (f *Flow) RecheckOrganisation(organisation int64) { f.recheck(organisation, ``) }

// Disconnect ends the running sessions of an endpoint, which may come back at once.
func (f *Flow) Disconnect(organisation, endpoint int64) {
	f.inBackground("sessions could not be ended", func(ctx context.Context) error {
		return f.eachOpen(ctx, organisation, ` AND endpoint_id = $2`, []any{endpoint}, func(w *work, _ *subscriber, s *session.Session) {
			w.command(s, order{kind: endSession, reason: "the connectivity is reset"})
			if s.Protocol == int64(Gy) { // if it cannot be told, it is refused when it asks
				s.Enforced = session.Renewed
				w.touch(s)
			}
		})
	})
}

func (f *Flow) recheck(organisation int64, where string, args ...any) {
	f.inBackground("sessions could not be judged anew", func(ctx context.Context) error {
		return f.eachOpen(ctx, organisation, where, args, (*work).judgeAnew)
	})
}

// inBackground runs work that nobody waits for but the end of the flow.
func (f *Flow) inBackground(complaint string, fn func(context.Context) error) {
	f.background.Go(func() {
		if err := fn(context.Background()); err != nil {
			f.Log.Error(complaint, "error", err)
		}
	})
}

// judgeAnew gives the orders that make a running session what it may be now.
func (w *work) judgeAnew(sub *subscriber, s *session.Session) {
	if err := w.ready(sub, w.now); err != nil {
		return // the transaction fails with it
	}
	was := s.Enforced
	why, verdict := w.judge(sub, s)
	if why.closed() && was == session.Ended {
		return // it was told before
	}
	given := len(w.orders)
	w.enforce(sub, s, why, verdict)
	if !why.closed() && s.Enforced >= 0 && len(w.orders) == given {
		w.renew(sub, s)
	}
	switch {
	case s.Enforced == was:
	case s.Enforced == session.Ended:
		w.dropped(sub, s, "Data session is ended: "+why.words()+".")
	case s.Enforced > 0:
		w.dropped(sub, s, fmt.Sprintf("Data session is throttled to %d kbit/s.", s.Enforced/1000))
	}
}

// words are the reason of a refusal, or that something else than a gate asks for a new session.
func (r refusal) words() string {
	if r.reason == "" {
		return "its maximum bitrate changes"
	}
	return r.reason
}

const recheckBatch = 500

// eachOpen visits the open sessions of an organisation that a condition selects, in batches under its head.
func (f *Flow) eachOpen(ctx context.Context, organisation int64, where string, args []any, visit func(*work, *subscriber, *session.Session)) error {
	all := append([]any{organisation}, args...)
	for last := int64(0); ; {
		query := `SELECT ` + session.Columns + ` FROM session WHERE organisation_id = $1 AND closed_at = 0` + where +
			fmt.Sprintf(` AND id > $%d ORDER BY id LIMIT %d`, len(all)+1, recheckBatch)
		var page []*session.Session
		var w *work
		err := f.DB.Write(ctx, []int64{organisation}, func(tx *db.Tx) (err error) {
			if err = f.reloadCatalogue(tx); err != nil { // what has changed may be a tariff
				return err
			}
			if page, err = db.All(tx, session.Scan, query, append(append([]any(nil), all...), last)...); err != nil {
				return err
			}
			imsis := make([]string, len(page))
			for i, s := range page {
				imsis[i] = s.IMSI
			}
			found, err := f.find(ctx, imsis)
			if err != nil {
				return err
			}
			if found, err = f.current(tx, found, 0); err != nil {
				return err
			}
			w = f.newWork(tx, nil)
			for _, s := range page {
				if sub := found[s.IMSI]; sub != nil && sub.organisation == organisation {
					w.records.Bill(organisation, sub.billing)
					visit(w, sub, s)
				}
			}
			return w.store()
		})
		if err != nil || len(page) == 0 {
			return err
		}
		w.committed()
		last = page[len(page)-1].ID
		if len(page) < recheckBatch {
			return nil
		}
	}
}
