package stream

import (
	"context"
	"fmt"

	"github.com/simstead/simstead/internal/db"
)

// ToMigrate lists the streams of the Old generation, of one organisation or with 0 of all.
func (k Store) ToMigrate(q db.Queryer, organisation int64) ([]*Stream, error) {
	return db.All(q, k.scan, `SELECT `+columns+` FROM data_stream WHERE generation = $1 AND (organisation_id = $2 OR $3 = 0)
		ORDER BY organisation_id, id`, OldFormat, organisation, organisation)
}

// Migrate takes a stream of the Old generation to the Migrated one. Its cursor stays, so nothing is lost or sent twice. No
// stream is ever taken to the New generation, whose records its receiver does not know.
func (k Store) Migrate(ctx context.Context, d *db.DB, organisation, id int64) error {
	return d.Write(ctx, []int64{organisation}, func(tx *db.Tx) error {
		s, err := k.Get(tx, organisation, id)
		if err != nil {
			return err
		}
		if s.Generation != OldFormat {
			return fmt.Errorf("data stream %d of organisation %d is not of the Old generation", id, organisation)
		}
		s.Generation = MigratedFormat
		return k.Update(tx, s)
	})
}
