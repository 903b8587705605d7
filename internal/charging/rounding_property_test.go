package charging_test

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"github.com/simstead/simstead/internal/charging"
	"github.com/simstead/simstead/internal/record"
	"github.com/simstead/simstead/internal/session"
	"github.com/simstead/simstead/internal/tariff"
	"github.com/simstead/simstead/test/cases"
)

// What blocks are rounded up over: the whole session, each of its days, or each record; never anything else.
func TestRounding(t *testing.T) {
	cases.Check(t, 1000, func(t *rapid.T) {
		l := line(t)
		l.Rounding = rapid.Int64Range(tariff.RoundSession, tariff.RoundRecord).Draw(t, "scope")
		s := session.Session{}
		charging.Enter(&s, charging.Slice{Line: l})
		var records []record.Record
		used := map[int64]int64{} // by what is rounded by itself: the day, where days are
		cut := func() {
			if r, ok := charging.Cut(&s, 0); ok {
				records = append(records, r)
			}
		}
		for _, c := range counters(t) {
			if l.Rounding == tariff.RoundDay && rapid.IntRange(0, 3).Draw(t, "midnight") == 0 {
				l.Day++
				cut()
				charging.Enter(&s, charging.Slice{Line: l})
			}
			up, down, err := charging.Accumulate(&s, c[0], c[1])
			if err != nil {
				t.Fatal(err)
			}
			if _, err := charging.Charge(&s, up, down, nil); err != nil {
				t.Fatal(err)
			}
			used[l.Day] += up + down
			if rapid.Bool().Draw(t, "cut") {
				cut()
			}
		}
		cut()
		want, got := new(big.Int), new(big.Int)
		for _, r := range records {
			got.Add(got, big.NewInt(r.Cost))
			if l.Rounding == tariff.RoundRecord {
				want.Add(want, schoolbook(r.VolumeTx+r.VolumeRx, 0, l))
				if r.LineVolume != 0 || r.LineCost != 0 {
					t.Fatalf("a record goes on where the one before ended: %+v", r)
				}
			}
		}
		for _, volume := range used {
			if l.Rounding != tariff.RoundRecord {
				want.Add(want, schoolbook(volume, 0, l))
			}
		}
		if want.Cmp(got) != 0 {
			t.Fatalf("rounded over %d, %v cost %s, want %s: %+v", l.Rounding, used, got, want, records)
		}
	})
}
