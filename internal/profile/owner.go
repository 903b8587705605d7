package profile

import (
	"fmt"

	"github.com/simstead/simstead/internal/db"
)

// Owned names a tariff profile with its organisation.
type Owned struct{ Organisation, ID int64 }

// OfTariff lists the tariff profiles of all organisations that have a tariff: whose running sessions a change of it concerns.
func OfTariff(q db.Queryer, tariff int64) ([]Owned, error) {
	list, err := db.All(q, func(r *db.Row) Owned { return Owned{r.Int(), r.Int()} },
		`SELECT organisation_id, id FROM tariff_profile WHERE tariff_id = $1 ORDER BY organisation_id, id`, tariff)
	if err != nil {
		return nil, fmt.Errorf("find tariff profiles of tariff: %w", err)
	}
	return list, nil
}
