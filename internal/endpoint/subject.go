package endpoint

import (
	"fmt"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/event"
)

// Subject finds an endpoint that is not deleted: what events tell of it, and its service profile.
func Subject(q db.Queryer, organisation, id int64) (of event.Event, serviceProfile int64, err error) {
	of, err = db.One(q, func(r *db.Row) event.Event {
		serviceProfile = r.Int()
		return event.Event{Organisation: organisation, Endpoint: id, SIM: r.Int(), IMSI: r.Int(), IMEI: r.Text(), IPAddress: r.Text()}
	}, `SELECT e.service_profile_id, e.sim_id, i.imsi_id, e.imei, e.ip_address FROM endpoint e
		LEFT JOIN sim_identity i ON i.organisation_id = e.organisation_id AND i.sim_id = e.sim_id
		WHERE e.organisation_id = $1 AND e.id = $2 AND e.status_id <> 2`, organisation, id)
	if err = missing(err, id); err != nil {
		err = fmt.Errorf("find endpoint: %w", err)
	}
	return of, serviceProfile, err
}
