package stats

import (
	"errors"
	"fmt"
	"time"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
)

// Subject is whose statistics are read: an endpoint or a SIM of an organisation.
type Subject struct {
	organisation, id int64
	sim              bool
}

// Endpoint is an organisation's endpoint.
func Endpoint(organisation, id int64) Subject { return Subject{organisation, id, false} }

// SIM is a SIM that belongs to an organisation or did: its usage stays where it was made.
func SIM(organisation, id int64) Subject { return Subject{organisation, id, true} }

// column is the subject's column in endpoint_day and usage_record.
func (s Subject) column() string {
	if s.sim {
		return "sim_id"
	}
	return "endpoint_id"
}

// zone returns the time zone of the subject's organisation, or that there is no such subject.
func (s Subject) zone(q db.Queryer) (*time.Location, error) {
	exists, kind := `EXISTS (SELECT 1 FROM endpoint e WHERE e.organisation_id = $1 AND e.id = $2)`, "Endpoint"
	if s.sim {
		exists, kind = `EXISTS (SELECT 1 FROM sim_identity i WHERE i.organisation_id = $1 AND i.sim_id = $2)`, "SIM"
	}
	name, err := db.One(q, db.Text, `SELECT o.time_zone FROM organisation o WHERE o.id = $1 AND `+exists, s.organisation, s.id)
	if errors.Is(err, db.ErrNone) {
		return nil, fault.Missing(kind, s.id)
	}
	if err != nil {
		return nil, err
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("find time zone of organisation %d: %w", s.organisation, err)
	}
	return zone, nil
}
