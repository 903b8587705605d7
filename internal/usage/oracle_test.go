package usage

// What holds of the charging engine whatever happens, and the tests that try it. Each takes a share of SIMSTEAD_CASES cases
// (20,000 in `make test`, 2,000,000 in `make soak`; package test/cases) and tells how many it tried.
//
//	 1 Conservation: records hold what gateways counted                 TestOracle, TestMachine, TestSlicing (charging)
//	 2 Costs are debits and invoiced excess; a balance is its entries    TestOracle, TestAccount, TestBalance (balance)
//	 3 Any partition of the same bytes costs the same                    TestSlicing, TestPools, TestRounding (charging)
//	 4 A repeat changes nothing and is answered as before                TestOracle, TestMachine
//	 5 Inclusive volume is used up to its capacity, by whomever          TestOracle, TestPools, TestPoolGrows (charging)
//	 6 What is used and held is what there is; in the end nothing held   TestOracle, TestReservations (charging), TestRush
//	 7 An obedient gateway overdraws nothing                             TestOracle, TestReservations, TestOffer (charging), TestRush
//	 8 Nothing is granted to whom is blocked, and its gateway is told    TestOracle
//	 9 Threshold and end once an instance of a quota, in that order      TestOracle, TestQuota (quota), TestLimit (limit)
//	10 More use never costs less; a larger block never bills less        TestMoreNeverCostsLess (rating), TestOracle (each record)
//	11 Prepaid at 0: nothing goes; after a load it does                  TestOracle, TestJudge (charging)
//	12 No byte is in two periods; closed ones do not change              TestOracle (lines of a month), TestAccount (balance)
//	13 A month begins at one instant, whatever the clocks do             TestOracle (begins)
//	14 What was answered survives a crash, and nothing is half done      TestOracle (crashes, outages), test/kill
//	15 Every record's price follows from the record alone                TestOracle (rerate), TestSlicing (charging), simstead doctor
//	16 Decoders neither fail nor take more than their input is worth     wire/radius, wire/diameter, each with its fuzz targets
//	17 Decimals are exact, or refused; no floats                         money, value, and the rules of package repo
//
// Gates, grants, quotas, limits and prices are tried by themselves in charging, rating, quota, limit and balance. Here the
// whole flow is held against an oracle that keeps the books by schoolbook: see oracle and world.

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/db/dbtest"
	"github.com/simstead/simstead/test/cases"
)

// casesOfRig is how many cases share a SQLite database: old ones make crashes slow.
const casesOfRig = 150

// TestOracle plays cases on SQLite.
func TestOracle(t *testing.T) {
	cases.Beside(t, 1500, 2, func(t *testing.T) func(*rapid.T) {
		var r *rig
		played := 0
		renew := func(t failer) {
			if r != nil {
				r.failer = t
				r.remove()
			}
			r = newRig(t)
		}
		renew(t)
		t.Cleanup(func() { r.failer = t; r.remove() })
		return func(t *rapid.T) {
			if played++; played%casesOfRig == 0 {
				renew(t)
			}
			play(t, r, len(begins))
		}
	})
}

// TestOraclePostgres plays some on PostgreSQL, where days of the log are dear: they begin at few.
func TestOraclePostgres(t *testing.T) {
	cases.Beside(t, 30, 1, func(t *testing.T) func(*rapid.T) {
		r := &rig{}
		r.prepare(t, db.Config{URL: dbtest.PostgresURL(t), MaxConns: 4})
		t.Cleanup(func() { r.failer = t; r.remove() })
		return func(t *rapid.T) { play(t, r, 2) }
	})
}

// play is one case.
func play(t *rapid.T, r *rig, begins int) {
	w := newWorld(t, r, begins)
	t.Repeat(w.steps())
	w.finish()
}
