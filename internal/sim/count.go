package sim

import (
	"fmt"

	"github.com/simstead/simstead/internal/db"
)

// Counts says how many SIMs an organisation has in each status. Deleted ones do not count.
type Counts struct {
	Issued      int64 `json:"issued"`
	FactoryMode int64 `json:"factory_mode"`
	Active      int64 `json:"active"`
	Suspended   int64 `json:"suspended"`
	Total       int64 `json:"total"`
}

// Count counts the SIMs for which an organisation plays a part.
func Count(q db.Queryer, part Part, organisation int64) (c Counts, err error) {
	err = q.Each(func(r *db.Row) {
		status, n := r.Int(), r.Int()
		switch status {
		case Issued:
			c.Issued = n
		case FactoryTest:
			c.FactoryMode = n
		case Activated:
			c.Active = n
		case Suspended:
			c.Suspended = n
		default:
			return
		}
		c.Total += n
	}, `SELECT s.status_id, COUNT(*) FROM sim s WHERE `+string(part)+` = $1 GROUP BY s.status_id`, organisation)
	if err != nil {
		return c, fmt.Errorf("count SIMs: %w", err)
	}
	return c, nil
}
