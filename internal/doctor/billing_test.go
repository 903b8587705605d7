package doctor

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/billing"
	"github.com/simstead/simstead/internal/db"
)

// Statements are tied to the log: whatever number they are made from is changed, a statement that stands, or the count of SIMs,
// it is found. Put back, all is well again.
func TestBillingDamage(t *testing.T) {
	onBoth(t, func(t *testing.T, s *site) {
		s.live()
		s.advance(62 * 24 * time.Hour)
		closer := billing.Closer{DB: s.db, Clock: s.fake.Clock(), Sessions: s.flow}
		if r, err := closer.Close(context.Background(), 202511); err != nil || r.Statements == 0 {
			t.Fatalf("closed %+v, %v", r, err)
		}
		s.clean()
		row := query(s, func(r *db.Row) string {
			return fmt.Sprintf("billing_month = %d AND tariff_profile_id = %d AND rate = %d AND operator_id = %d AND traffic_type_id = %d", r.Int(), r.Int(), r.Int(), r.Int(), r.Int())
		}, `SELECT billing_month, tariff_profile_id, rate, operator_id, traffic_type_id FROM org_month WHERE organisation_id = $1 AND billing_month = 202511
			AND cost > 0 ORDER BY tariff_profile_id LIMIT 1`, s.first)[0]
		for _, column := range []string{"cost", "volume_tx", "volume_rx", "records", "inclusive", "tariff_id", "currency_id", "billing_month"} {
			t.Run(column, func(t *testing.T) {
				d := damage{table: "org_month", column: column, by: 100, where: row, want: []string{"billing: ", "statement of 202511"}}
				undo := s.apply(t, d, s.first)
				defer undo()
				wants(t, s.check(), d.want)
			})
		}
		t.Run("SIMs", func(t *testing.T) {
			month := query(s, db.Int, `SELECT MAX(billing_month) FROM sim_month WHERE organisation_id = $1`, s.first)[0]
			undo := s.apply(t, damage{table: "sim_month", column: "active", by: -1, where: fmt.Sprintf("billing_month = %d", month)}, s.first)
			defer undo()
			wants(t, s.check(), []string{"billing: ", "its SIMs"})
		})
		t.Run("a closed month without a statement", func(t *testing.T) {
			text := query(s, db.Text, `SELECT statement FROM billing_statement WHERE organisation_id = $1 AND billing_month = 202511`, s.first)[0]
			set := func(month int64) {
				s.exec(s.first, `UPDATE billing_statement SET billing_month = $2, statement = $3 WHERE organisation_id = $1 AND billing_month IN (202511, 190001)`,
					s.first, month, text)
			}
			set(190001)
			defer set(202511)
			wants(t, s.check(), []string{"billing: ", "statement of 202511", "it is made from 0 records"})
		})
		t.Run("a statement that stands", func(t *testing.T) {
			text := query(s, db.Text, `SELECT statement FROM billing_statement WHERE organisation_id = $1 AND billing_month = 202511`, s.first)[0]
			set := func(text string) {
				s.exec(s.first, `UPDATE billing_statement SET statement = $2 WHERE organisation_id = $1 AND billing_month = 202511`, s.first, text)
			}
			defer set(text)
			at := strings.Index(text, `"cost":`) // of the total
			at += strings.Index(text[at+1:], `"tariff":[`)
			at += strings.Index(text[at:], `"cost":`) + len(`"cost":`)
			set(text[:at] + "1" + text[at:])
			wants(t, s.check(), []string{"billing: ", "statement of 202511: its traffic costs"})
			totals := strings.Index(text, `"sub_total":{"cost":`) + len(`"sub_total":{"cost":`)
			set(text[:totals] + "1" + text[totals:])
			wants(t, s.check(), []string{"statement of 202511: its parts are"})
			set("{")
			wants(t, s.check(), []string{"cannot be read"})
		})
		s.clean()
	})
}
