package usage

import (
	"context"
	"fmt"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/session"
)

// uncut are the open sessions of an organisation that hold something of a month or an earlier one that is in no record.
const uncut = ` FROM session WHERE organisation_id = $1 AND closed_at = 0 AND billing_month > 0 AND billing_month <= $2
	AND (pending_uplink <> 0 OR pending_downlink <> 0 OR pending_cost <> 0)`

// CutMonth makes usage records of what an organisation's open sessions have counted in months up to one (202611), in batches
// under its head.
func (f *Flow) CutMonth(ctx context.Context, organisation, month int64) error {
	for {
		n := 0
		var w *work
		err := f.DB.Write(ctx, []int64{organisation}, func(tx *db.Tx) error {
			open, err := db.All(tx, session.Scan, `SELECT `+session.Columns+uncut+fmt.Sprintf(` LIMIT %d`, sweepBatch), organisation, month)
			if err != nil {
				return err
			}
			w, n = f.newWork(tx, nil), len(open)
			for _, s := range open {
				w.cut(s, s.Seen)
			}
			return w.store()
		})
		if err != nil {
			return fmt.Errorf("cut what was used up to %d: %w", month, err)
		}
		w.committed()
		if n < sweepBatch {
			return nil
		}
	}
}
