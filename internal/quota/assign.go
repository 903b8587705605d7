package quota

import (
	"fmt"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/event"
	"github.com/simstead/simstead/internal/fault"
)

// Assign gives an endpoint a quota in place of the one it has. of is an event that names the endpoint, its SIM and who
// does it; tx holds its organisation's head.
func Assign(tx *db.Tx, now int64, of event.Event, traffic int64, f Fields) error {
	q, err := f.read(of.Organisation, of.Endpoint, traffic, now)
	if err != nil {
		return err
	}
	if err := Store(tx, []Quota{q}); err != nil {
		return fmt.Errorf("assign quota: %w", err)
	}
	of.Time, of.Type = now, event.DataQuotaAssigned
	if traffic == SMS {
		of.Type = event.SMSQuotaAssigned
	}
	of.Description = of.Type.Description + "."
	if of.Detail, err = q.detail(); err != nil {
		return fmt.Errorf("assign quota: %w", err)
	}
	return event.Append(tx, now, of)
}

// Show reads the quota of an endpoint as it stands at a time.
func Show(q db.Queryer, organisation, endpoint, traffic, now int64) (*View, error) {
	found, err := Get(q, organisation, endpoint, traffic)
	if err != nil {
		return nil, fmt.Errorf("read quota: %w", err)
	}
	if found == nil {
		return nil, fault.Missing("Quota of endpoint", endpoint)
	}
	view := found.At(now).View()
	return &view, nil
}

// Remove takes an endpoint's quota away. of is as with Assign.
func Remove(tx *db.Tx, now int64, of event.Event, traffic int64) error {
	if err := Delete(tx, of.Organisation, of.Endpoint, traffic); err != nil {
		return err
	}
	return event.Append(tx, now, removed(of, traffic, now))
}

func removed(of event.Event, traffic, now int64) event.Event {
	of.Time, of.Type = now, event.DataQuotaDeleted
	if traffic == SMS {
		of.Type = event.SMSQuotaDeleted
	}
	of.Description = of.Type.Description + "."
	return of
}

// batch is how many endpoints one transaction changes at most.
const batch = 500

// RemoveSome takes the quotas of a service profile's endpoints away, of so many as one transaction may, and reports
// whether there may be more. user is who does it.
func RemoveSome(tx *db.Tx, now, user, organisation, serviceProfile, traffic int64) (more bool, err error) {
	had, err := db.All(tx, scanHolder, `SELECT `+holder+` FROM endpoint e
		JOIN endpoint_quota q ON q.organisation_id = e.organisation_id AND q.endpoint_id = e.id AND q.traffic_type_id = $1
		LEFT JOIN sim_identity i ON i.organisation_id = e.organisation_id AND i.sim_id = e.sim_id
		WHERE e.organisation_id = $2 AND e.service_profile_id = $3 AND e.status_id <> 2 ORDER BY e.id LIMIT $4`,
		traffic, organisation, serviceProfile, batch)
	if err != nil {
		return false, fmt.Errorf("find quotas of service profile: %w", err)
	}
	events := event.NewBatch()
	for _, of := range had {
		if err := Delete(tx, organisation, of.Endpoint, traffic); err != nil {
			return false, err
		}
		of.User = user
		events.Add(tx, now, removed(of, traffic, now))
	}
	return len(had) == batch, events.Store(tx)
}

// holder selects what events of an endpoint e with the SIM i tell of it.
const holder = `e.organisation_id, e.id, e.sim_id, i.imsi_id, e.imei, e.ip_address`

func scanHolder(r *db.Row) event.Event {
	return event.Event{
		Organisation: r.Int(), Endpoint: r.Int(), SIM: r.Int(), IMSI: r.Int(), IMEI: r.Text(), IPAddress: r.Text(),
	}
}
