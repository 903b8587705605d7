package endpoint

import (
	"fmt"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/inclusive"
)

// CreateMany stores endpoints in bulk, without checks or events: for data that was made to fit. Their ids, names and
// profiles are given; those with a space and no address get the next free ones; the SIMs they name are linked to them.
// tx holds the head of the organisation; now is in µs.
func CreateMany(tx *db.Tx, now, organisation int64, endpoints []Row) error {
	waiting := map[int64][]int{} // by space, who has no address
	for i, e := range endpoints {
		if e.Space != 0 && e.IPAddress == "" {
			waiting[e.Space] = append(waiting[e.Space], i)
		}
	}
	for id, places := range waiting {
		s, err := loadSpace(tx, organisation, id)
		if err != nil {
			return fmt.Errorf("read IP address space %d: %w", id, err)
		}
		addresses, err := s.take(tx, len(places))
		if err != nil {
			return err
		}
		for i, place := range places {
			endpoints[place].IPAddress = addresses[i]
		}
	}
	var sims []int64
	for _, e := range endpoints {
		sims = append(sims, e.sims()...)
	}
	return inclusive.Around(tx, now, organisation, sims, func() error {
		if err := insert(tx, organisation, endpoints...); err != nil {
			return err
		}
		return linkSIMs(tx, organisation, endpoints)
	})
}

// linkSIMs tells the SIMs where they are.
func linkSIMs(tx *db.Tx, organisation int64, endpoints []Row) error {
	if len(endpoints) == 0 {
		return nil
	}
	first, last := endpoints[0].ID, endpoints[0].ID
	for _, e := range endpoints {
		first, last = min(first, e.ID), max(last, e.ID)
	}
	_, err := tx.Exec(`UPDATE sim SET endpoint_id = e.id FROM endpoint e
		WHERE e.organisation_id = $1 AND e.id >= $2 AND e.id <= $3 AND e.sim_id <> 0 AND sim.id = e.sim_id`, organisation, first, last)
	if err != nil {
		return fmt.Errorf("link SIMs: %w", err)
	}
	return nil
}
