package db_test

import (
	"context"
	"strings"
	"testing"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
)

// SQLite picks the index that finds the rows, not the primary key that begins with the organisation, and goes on doing so in
// an installation that is opened again.
func TestPlans(t *testing.T) {
	dir := t.TempDir()
	for _, opened := range []string{"made", "opened again"} {
		d, err := db.Open(t.Context(), db.Config{DataDir: dir, Clock: clock.System()})
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		for index, query := range map[string]string{
			"session_open":          `SELECT id FROM session WHERE organisation_id = $1 AND endpoint_id = $2 AND closed_at = 0 AND reserved > 0`,
			"session_sim":           `SELECT id FROM session WHERE organisation_id = $1 AND sim_id = $2`,
			"event_endpoint":        `SELECT description FROM event WHERE organisation_id = $1 AND endpoint_id = $2`,
			"usage_record_endpoint": `SELECT cost FROM usage_record WHERE organisation_id = $1 AND endpoint_id = $2`,
			"endpoint_day_sim":      `SELECT cost FROM endpoint_day WHERE organisation_id = $1 AND sim_id = $2`,
			"PRIMARY KEY":           `SELECT id FROM session WHERE organisation_id = $1 AND nas = 'n' AND acct_session_id = 'a' AND $2 > 0`,
		} {
			var plan string
			err := d.Read(context.Background(), func(q db.Queryer) error {
				return q.Each(func(r *db.Row) { r.Skip(3); plan += r.Text() + "\n" }, `EXPLAIN QUERY PLAN `+query, int64(1), int64(2))
			})
			if err != nil || !strings.Contains(plan, index) {
				t.Errorf("%s: %s\nis answered by %s(%v), not by %s", opened, query, plan, err, index)
			}
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
