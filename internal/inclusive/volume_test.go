package inclusive_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/inclusive"
)

func TestCreateRefuses(t *testing.T) {
	onEach(t, func(t *testing.T, s *stage) {
		s.write(func(tx *db.Tx) error {
			_, err := tx.Exec(`INSERT INTO organisation_tariff (organisation_id, tariff_id) VALUES ($1, 1)`, s.other)
			return err
		}, s.other)
		good := inclusive.Volume{ID: 1, Tariff: 1, Ratezone: 1, Volume: 1, Currency: 1, First: 202601}
		for name, test := range map[string]struct {
			change       func(*inclusive.Volume)
			organisation int64
			want         string
		}{
			"nothing":           {func(v *inclusive.Volume) { v.Volume = 0 }, s.other, "volume"},
			"too much":          {func(v *inclusive.Volume) { v.Volume = 100_000_000_001 }, s.other, "volume"},
			"negative rate":     {func(v *inclusive.Volume) { v.Rate = -1 }, s.other, "rate must not"},
			"month 0":           {func(v *inclusive.Volume) { v.First = 202600 }, s.other, "start_date"},
			"month 13":          {func(v *inclusive.Volume) { v.First = 202613 }, s.other, "start_date"},
			"ends early":        {func(v *inclusive.Volume) { v.Last = 202512 }, s.other, "end_date"},
			"other currency":    {func(v *inclusive.Volume) { v.Currency = 2 }, s.other, "currency"},
			"unknown zone":      {func(v *inclusive.Volume) { v.Ratezone = 2 }, s.other, "no tariff"},
			"unknown tariff":    {func(v *inclusive.Volume) { v.Tariff = 2 }, s.other, "no tariff"},
			"tariff of another": {func(*inclusive.Volume) {}, s.operator, "no tariff"},
		} {
			t.Run(name, func(t *testing.T) {
				v := good
				test.change(&v)
				err := s.db.Write(context.Background(), []int64{test.organisation}, func(tx *db.Tx) error { return inclusive.Create(tx, test.organisation, v) })
				var f *fault.Error
				if !errors.As(err, &f) || !strings.Contains(err.Error(), test.want) {
					t.Errorf("got %v, want a fault about %s", err, test.want)
				}
			})
		}
		s.write(func(tx *db.Tx) error { return inclusive.Create(tx, s.other, good) }, s.other)
	})
}

// TestShare is the example of the contract: five SIMs with 1 MB each share 5 MB, or have 1 MB each.
func TestShare(t *testing.T) {
	p := inclusive.Pool{SIMs: 5, Volume: 1_000_000}
	if got := fmt.Sprint(p.Take(4_000_000), p.Take(1_000_000), p.Take(1), p.Left(0)); got != "4000000 1000000 0 0" {
		t.Errorf("a pool gives %s", got)
	}
	own := inclusive.Pool{SIMs: 1, Volume: 1_000_000, Reserved: 300_000}
	if got := fmt.Sprint(own.Left(0), own.Left(100_000), own.Take(2_000_000)); got != "700000 800000 1000000" {
		t.Errorf("a SIM's own gives %s", got)
	}
}
