package profile

import (
	"fmt"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/value"
)

// CustomRate is a price of a tariff profile's own, in place of the one of its tariff.
type CustomRate struct {
	ID         value.ID         `json:"id"`
	Ratezone   value.Named      `json:"ratezone"`
	Service    value.Described  `json:"service"`
	Rate       value.Cost       `json:"rate" doc:"Per MB, or per SMS."`
	ValidFrom  value.EntityTime `json:"valid_from"`
	ValidUntil value.EntityTime `json:"valid_until" doc:"null when it is open."`
}

// CustomRates lists a profile's own prices, those that are over too.
func CustomRates(q db.Queryer, organisation, id int64) ([]CustomRate, error) {
	list, err := db.All(q, func(r *db.Row) CustomRate {
		c := CustomRate{
			ID: value.ID(r.Int()), Ratezone: value.Named{ID: value.ID(r.Int()), Name: r.Text()}, Service: value.Described{ID: value.ID(r.Int())},
			Rate: value.Cost(r.Int()), ValidFrom: value.EntityTime(r.Int()), ValidUntil: value.EntityTime(r.Int()),
		}
		c.Service.Description = serviceName(int64(c.Service.ID))
		return c
	}, `SELECT c.id, c.ratezone_id, COALESCE((SELECT MIN(z.name) FROM ratezone z WHERE z.id = c.ratezone_id), ''), c.service_id, c.rate,
			c.valid_from, c.valid_until FROM custom_rate c
		WHERE c.organisation_id = $1 AND c.tariff_profile_id = $2 ORDER BY c.id`, organisation, id)
	if err != nil {
		return nil, fmt.Errorf("list custom rates: %w", err)
	}
	return list, nil
}
