package usage

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/session"
)

// CatalogueChanged takes notice of a committed change of tariffs, operators or coverages, so that the next request is
// answered by it, and judges the running sessions of organisations anew. That goes on after it has returned.
func (f *Flow) CatalogueChanged(ctx context.Context, organisations ...int64) error {
	return f.DefinitionChanged(ctx, 0, organisations...)
}

// DefinitionChanged does so for a PDP context definition: gateways that can are told the bitrate of its sessions.
func (f *Flow) DefinitionChanged(ctx context.Context, definition int64, organisations ...int64) error {
	if err := f.Refresh(ctx); err != nil {
		return err
	}
	if f.afresh.add(definition, organisations) {
		f.inBackground("sessions could not be judged anew", f.judgeAfresh)
	}
	return nil
}

// afresh gathers whose sessions are to be judged anew after changes of the catalogue. An operator may change a thousand entries
// one after the other, for thousands of organisations: what waits is done once, by one at a time.
type afresh struct {
	mu      sync.Mutex
	running bool
	waiting map[int64]map[int64]bool // by organisation: the definitions whose bitrates have changed
}

// add says whether somebody has to begin.
func (a *afresh) add(definition int64, organisations []int64) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.waiting == nil {
		a.waiting = map[int64]map[int64]bool{}
	}
	for _, organisation := range organisations {
		if a.waiting[organisation] == nil {
			a.waiting[organisation] = map[int64]bool{}
		}
		if definition != 0 {
			a.waiting[organisation][definition] = true
		}
	}
	begins := !a.running && len(a.waiting) > 0
	a.running = a.running || begins
	return begins
}

// next takes one organisation; false when none waits any more.
func (a *afresh) next() (organisation int64, definitions map[int64]bool, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for organisation, definitions = range a.waiting {
		delete(a.waiting, organisation)
		return organisation, definitions, true
	}
	a.running = false
	return 0, nil, false
}

// judgeAfresh judges the sessions of all that wait. An organisation that fails does not keep the others waiting.
func (f *Flow) judgeAfresh(ctx context.Context) error {
	var failed []error
	for {
		organisation, definitions, ok := f.afresh.next()
		if !ok {
			return errors.Join(failed...)
		}
		var open []int64
		err := f.DB.Read(ctx, func(q db.Queryer) (err error) { // most have none, and need no transaction
			open, err = db.All(q, db.Int, `SELECT 1 FROM session WHERE organisation_id = $1 AND closed_at = 0 LIMIT 1`, organisation)
			return err
		})
		if err == nil && len(open) > 0 {
			err = f.eachOpen(ctx, organisation, ``, nil, func(w *work, sub *subscriber, s *session.Session) {
				w.judgeAnew(sub, s)
				if s.Enforced >= 0 && Ability(s.Abilities)&CanChangeRate != 0 && definitions[w.catalogue.Definition(sub.tariff, s.APN)] {
					w.command(s, order{kind: setRate, rate: w.rateOf(sub, s, s.Enforced)})
				}
			})
		}
		if err != nil {
			failed = slices.Insert(failed[:min(len(failed), 9)], 0, err)
		}
	}
}
