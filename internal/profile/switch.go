package profile

import (
	"context"
	"errors"
	"fmt"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/event"
)

// switchOn notes that a profile asks its endpoints for a data quota from now on. TellSwitches tells them.
func (s *Service) switchOn(tx *db.Tx, now, user, organisation int64) error {
	_, err := tx.Exec(`INSERT INTO quota_switch (organisation_id, id, service_profile_id, at, user_id, description, last_endpoint)
		VALUES ($1, $2, $3, $4, $5, $6, 0)`, organisation, tx.Head(organisation).NextID(), int64(s.ID), now, user, s.sentence(event.DataQuotaEnabled))
	if err != nil {
		return fmt.Errorf("note quota switch: %w", err)
	}
	return nil
}

// TellSwitches writes event 52 for each endpoint of a profile whose data quota was switched on, once per switch, in batches
// in the order of the endpoints' ids. How far it got is stored with the events, so that it goes on after a stop.
func TellSwitches(ctx context.Context, d *db.DB, c clock.Clock) error {
	type key struct{ organisation, id int64 }
	for {
		var waiting []key
		err := d.Read(ctx, func(q db.Queryer) (err error) {
			waiting, err = db.All(q, func(r *db.Row) key { return key{r.Int(), r.Int()} },
				`SELECT organisation_id, id FROM quota_switch ORDER BY organisation_id, id LIMIT 100`)
			return err
		})
		if err != nil || len(waiting) == 0 {
			return err
		}
		for _, k := range waiting {
			if err := d.Write(ctx, []int64{k.organisation}, func(tx *db.Tx) error {
				return tellSome(tx, c.Micros(), k.organisation, k.id)
			}); err != nil {
				return fmt.Errorf("tell quota switch %d of organisation %d: %w", k.id, k.organisation, err)
			}
		}
	}
}

// tellBatch is how many endpoints one transaction tells at most.
const tellBatch = 500

// quotaSwitch is a row of the table: what is told, and how far.
type quotaSwitch struct {
	profile, at, user int64
	description       string
	last              int64
}

func tellSome(tx *db.Tx, now, organisation, id int64) error {
	s, err := db.One(tx, func(r *db.Row) quotaSwitch {
		return quotaSwitch{profile: r.Int(), at: r.Int(), user: r.Int(), description: r.Text(), last: r.Int()}
	}, `SELECT service_profile_id, at, user_id, description, last_endpoint FROM quota_switch WHERE organisation_id = $1 AND id = $2`, organisation, id)
	if errors.Is(err, db.ErrNone) {
		return nil // another one was faster
	}
	if err != nil {
		return err
	}
	endpoints, err := db.All(tx, func(r *db.Row) event.Event {
		return event.Event{
			Organisation: organisation, Time: s.at, Type: event.DataQuotaEnabled, Description: s.description, User: s.user,
			Endpoint: r.Int(), SIM: r.Int(), IMSI: r.Int(), IMEI: r.Text(), IPAddress: r.Text(),
		}
	}, `SELECT e.id, e.sim_id, i.imsi_id, e.imei, e.ip_address FROM endpoint e
		LEFT JOIN sim_identity i ON i.organisation_id = e.organisation_id AND i.sim_id = e.sim_id
		WHERE e.organisation_id = $1 AND e.service_profile_id = $2 AND e.status_id <> 2 AND e.id > $3 ORDER BY e.id LIMIT $4`,
		organisation, s.profile, s.last, tellBatch)
	if err != nil {
		return err
	}
	if err := event.Append(tx, now, endpoints...); err != nil {
		return err
	}
	if len(endpoints) < tellBatch {
		_, err = tx.Exec(`DELETE FROM quota_switch WHERE organisation_id = $1 AND id = $2`, organisation, id)
	} else {
		_, err = tx.Exec(`UPDATE quota_switch SET last_endpoint = $1 WHERE organisation_id = $2 AND id = $3`,
			endpoints[len(endpoints)-1].Endpoint, organisation, id)
	}
	return err
}
