package roaming_test

import (
	"context"
	"testing"

	"pgregory.net/rapid"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/db/dbtest"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/network"
	"github.com/simstead/simstead/internal/roaming"
	"github.com/simstead/simstead/internal/value"
)

const operator, noon = 1, 1000 * clock.Day

func must(t rapid.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// ground makes an organisation with three coverages, two of which have the same sponsor, and returns the ids of their entries.
func ground(t rapid.TB, d *db.DB, organisation int64) (entries []int64) {
	ctx := context.Background()
	named := func(id int64) value.Opt[value.Ref] { return value.Some(value.Ref{ID: value.Some(value.ID(id))}) }
	must(t, d.Write(ctx, nil, func(tx *db.Tx) error {
		_, err := tx.Exec(`INSERT INTO organisation (id, parent_id, type_id, status_id, class_id, name, country_id, currency_id, time_zone, ext_reference,
			verification_type_id, verification, created) VALUES ($1, 0, 1, 0, 0, 'O', 0, 1, 'UTC', '', 0, '', 0)`, organisation)
		if err != nil {
			return err
		}
		return tx.CreateHead(organisation)
	}))
	must(t, d.Write(ctx, []int64{organisation}, func(tx *db.Tx) error {
		must(t, roaming.CreateSponsor(tx, organisation, 1, roaming.SponsorFields{Name: "S"}))
		must(t, roaming.CreatePool(tx, organisation, 1, roaming.PoolFields{Name: "P", Sponsor: named(1)}))
		for i := range int64(3) {
			f := roaming.CoverageFields{Name: value.Some("C")}
			if i < 2 {
				f.IMSIPool = named(1)
			}
			coverage, entry := organisation*10+i, organisation*10+i
			must(t, roaming.CreateCoverage(tx, organisation, coverage, f))
			must(t, roaming.AddOperator(tx, organisation, coverage, operator, entry))
			entries = append(entries, entry)
		}
		return nil
	}))
	return entries
}

// Whatever is added and changed, the prices of an entry and traffic type follow each other without gaps and without overlapping.
func TestPricesAreOneLineInTime(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		data, err := network.Reference()
		must(t, err)
		must(t, network.Load(context.Background(), d, network.Data{Countries: data.Countries, Currencies: data.Currencies, Operators: data.Operators[:3]}))
		organisation, id := int64(100), int64(0)
		rapid.Check(t, func(t *rapid.T) {
			organisation++
			entries := ground(t, d, organisation)
			steps := rapid.IntRange(1, 12).Draw(t, "steps")
			joins := rapid.IntRange(0, steps).Draw(t, "the third joins the sponsor")
			for step := range steps {
				if step == joins {
					must(t, d.Write(context.Background(), []int64{organisation}, func(tx *db.Tx) error {
						return roaming.PatchCoverage(tx, organisation, entries[2], roaming.CoverageFields{IMSIPool: value.Some(value.Ref{ID: value.Some(value.ID(1))})})
					}))
				}
				when := noon + rapid.Int64Range(0, 6).Draw(t, "day")*clock.Day
				f := roaming.IOTFields{ValidFrom: value.Some(value.EntityTime(when)), Rate: value.Some(value.Cost(rapid.Int64Range(0, 9).Draw(t, "rate")))}
				err := d.Write(context.Background(), []int64{organisation}, func(tx *db.Tx) error {
					known, err := db.All(tx, db.Int, `SELECT id FROM inter_operator_tariff WHERE organisation_id = $1 ORDER BY id`, organisation)
					must(t, err)
					if len(known) > 0 && rapid.Bool().Draw(t, "change") {
						return roaming.PatchIOT(tx, organisation, noon, rapid.SampledFrom(known).Draw(t, "price"), f)
					}
					ref := func(n int64) value.Opt[value.Ref] { return value.Some(value.Ref{ID: value.Some(value.ID(n))}) }
					f.Entry, f.Currency = ref(rapid.SampledFrom(entries).Draw(t, "entry")), ref(1)
					f.TrafficType = ref(rapid.SampledFrom([]int64{5, 6}).Draw(t, "traffic"))
					id += 3
					return roaming.CreateIOT(tx, organisation, noon, []int64{id - 2, id - 1, id}, f)
				})
				var known *fault.Error
				if err != nil && !asFault(err, &known) {
					t.Fatal(err)
				}
				held(t, d, organisation)
			}
		})
	})
}

func asFault(err error, into **fault.Error) bool {
	f, ok := err.(*fault.Error)
	*into = f
	return ok
}

// held looks at all lines of an organisation.
func held(t rapid.TB, d *db.DB, organisation int64) {
	type key struct{ coverage, traffic int64 }
	ends := map[key]int64{}
	must(t, d.Read(context.Background(), func(q db.Queryer) error {
		return q.Each(func(r *db.Row) {
			k, from, until := key{r.Int(), r.Int()}, r.Int(), r.Int()
			if end, there := ends[k]; there && end != from {
				t.Fatalf("a price of coverage %d ends at %d, and the next begins at %d", k.coverage, end, from)
			}
			if until != 0 && until <= from {
				t.Fatalf("a price of coverage %d is from %d until %d", k.coverage, from, until)
			}
			ends[k] = until
		}, `SELECT coverage_id, traffic_type_id, valid_from, valid_until FROM inter_operator_tariff WHERE organisation_id = $1 ORDER BY coverage_id, traffic_type_id, valid_from`, organisation)
	}))
	for k, end := range ends {
		if end != 0 {
			t.Fatalf("the last price of coverage %d ends at %d", k.coverage, end)
		}
	}
}
