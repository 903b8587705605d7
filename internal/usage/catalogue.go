package usage

import (
	"context"

	"github.com/simstead/simstead/internal/session"
)

// CatalogueChanged takes notice of a committed change of tariffs, operators or coverages, so that the next request is
// answered by it, and judges the running sessions of organisations anew. That goes on after it has returned.
func (f *Flow) CatalogueChanged(ctx context.Context, organisations ...int64) error {
	return f.catalogueChanged(ctx, organisations, (*work).judgeAnew)
}

// DefinitionChanged does so for a PDP context definition: gateways that can are told the bitrate of its sessions.
func (f *Flow) DefinitionChanged(ctx context.Context, definition int64, organisations ...int64) error {
	return f.catalogueChanged(ctx, organisations, func(w *work, sub *subscriber, s *session.Session) {
		w.judgeAnew(sub, s)
		if s.Enforced >= 0 && Ability(s.Abilities)&CanChangeRate != 0 && w.catalogue.Definition(sub.tariff, s.APN) == definition {
			w.command(s, order{kind: setRate, rate: w.rateOf(sub, s, s.Enforced)})
		}
	})
}

func (f *Flow) catalogueChanged(ctx context.Context, organisations []int64, visit func(*work, *subscriber, *session.Session)) error {
	if err := f.Refresh(ctx); err != nil {
		return err
	}
	f.inBackground("sessions could not be judged anew", func(ctx context.Context) error {
		for _, organisation := range organisations {
			if err := f.eachOpen(ctx, organisation, ``, nil, visit); err != nil {
				return err
			}
		}
		return nil
	})
	return nil
}
