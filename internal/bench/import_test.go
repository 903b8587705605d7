package bench

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/db/dbtest"
	"github.com/simstead/simstead/internal/endpoint"
	"github.com/simstead/simstead/internal/intake"
)

const imported = 100_000

// BenchmarkImport takes a file of 100,000 SIMs in and then one of as many endpoints, each with its SIM and an address.
func BenchmarkImport(b *testing.B) {
	for name, open := range map[string]func(testing.TB, clock.Clock) *db.DB{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		b.Run(name, func(b *testing.B) {
			for range b.N {
				b.StopTimer()
				d := open(b, clock.System())
				f := fill(b, d, 1, 10)
				organisation := f.organisations[0]
				operator, reseller := above(b, d, organisation)
				must(b, d.Write(context.Background(), []int64{organisation}, func(tx *db.Tx) error {
					return endpoint.CreateSpace(tx, organisation, 1_000_000, "10.112.0.0/12")
				}))
				cards, devices := files(b, d, organisation, reseller)
				i := &intake.Importer{DB: d, Clock: clock.System()}
				b.StartTimer()
				for _, take := range []func() (*intake.Report, error){
					func() (*intake.Report, error) { return i.SIMs(context.Background(), operator, cards, intake.Options{}) },
					func() (*intake.Report, error) {
						return i.Endpoints(context.Background(), organisation, 0, devices, intake.Options{})
					},
				} {
					report, err := take()
					must(b, err)
					if report.Made != imported {
						b.Fatalf("%+v", report)
					}
				}
			}
			b.ReportMetric(float64(imported)*float64(b.N)/b.Elapsed().Seconds(), "SIMs/s")
		})
	}
}

func above(tb testing.TB, d *db.DB, organisation int64) (operator, reseller int64) {
	tb.Helper()
	must(tb, d.Read(context.Background(), func(q db.Queryer) error {
		o, err := account.Get(q, organisation)
		if err != nil {
			return err
		}
		reseller = o.Parent
		o, err = account.Get(q, reseller)
		operator = o.Parent
		return err
	}))
	return operator, reseller
}

// files writes the two files.
func files(tb testing.TB, d *db.DB, organisation, reseller int64) (cards, devices string) {
	tb.Helper()
	var service, tariff int64
	must(tb, d.Read(context.Background(), func(q db.Queryer) (err error) {
		if service, err = db.One(q, db.Int, `SELECT id FROM service_profile WHERE organisation_id = $1`, organisation); err == nil {
			tariff, err = db.One(q, db.Int, `SELECT id FROM tariff_profile WHERE organisation_id = $1`, organisation)
		}
		return err
	}))
	var c, e strings.Builder
	c.WriteString("iccid,imsi,msisdn,reseller,customer\n")
	e.WriteString("name,iccid,service_profile,tariff_profile,activate,ip_address_space\n")
	for n := range imported {
		fmt.Fprintf(&c, "899999%013d,90142%010d,88%08d,%d,%d\n", n, n, n, reseller, organisation)
		fmt.Fprintf(&e, "device %d,899999%013d,%d,%d,yes,1000000\n", n, n, service, tariff)
	}
	return c.String(), e.String()
}
