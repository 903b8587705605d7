package sim_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/db/dbtest"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/sim"
)

func TestWithLuhn(t *testing.T) {
	for _, test := range []struct{ name, in, want string }{
		{"ICCID", "8988303000000000001", "89883030000000000015"},
		{"one that has its digit", "89883030000000000015", "89883030000000000015"},
		{"part of one", "898830", "898830"},
		{"no digits", "898830300000000000x", "898830300000000000x"},
		{"none", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := sim.WithLuhn(test.in); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
	for number, want := range map[string]byte{"7992739871": '3', "49015420323751": '8', "0": '0'} { // published examples
		if got := sim.Luhn(number); got != want {
			t.Errorf("%s has the check digit %c, want %c", number, got, want)
		}
	}
}

// TestLuhnFindsSlips holds because that is what the digit is for: it differs when one digit does.
func TestLuhnFindsSlips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := []byte(rapid.StringMatching(`[0-9]{1,20}`).Draw(t, "number"))
		at, by := rapid.IntRange(0, len(number)-1).Draw(t, "at"), byte(rapid.IntRange(1, 9).Draw(t, "by"))
		before := sim.Luhn(string(number))
		number[at] = '0' + (number[at]-'0'+by)%10
		if sim.Luhn(string(number)) == before {
			t.Fatalf("%s has the same digit", number)
		}
	})
}

// newStock opens databases with the heads of organisations 1 to 3.
func newStock(t *testing.T, test func(t *testing.T, d *db.DB)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if err := d.Write(context.Background(), nil, func(tx *db.Tx) error {
			for id := range int64(3) {
				_, err := tx.Exec(`INSERT INTO organisation (id, parent_id, type_id, status_id, class_id, name, country_id, currency_id, time_zone, ext_reference,
					verification_type_id, verification, created) VALUES ($1, 0, 1, 0, 0, '', 0, 1, 'UTC', '', 0, '', 0)`, id+1)
				if err := errors.Join(err, tx.CreateHead(id+1)); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		test(t, d)
	})
}

func load(d *db.DB, first int64, sims ...sim.New) error {
	return d.Write(context.Background(), []int64{1, 2, 3}, func(tx *db.Tx) error { return sim.Import(tx, 1000, first, first, sims) })
}

func card(n int) sim.New {
	return sim.New{ICCID: fmt.Sprintf("8988303%012d", n), IMSI: fmt.Sprintf("90143%010d", n), Issuer: 1}
}

func TestImport(t *testing.T) {
	newStock(t, func(t *testing.T, d *db.DB) {
		var many []sim.New
		for i := range 200 {
			many = append(many, card(i))
		}
		many[0].ICCID = sim.WithLuhn(many[0].ICCID)
		many[1].Reseller, many[1].Status = 2, sim.Activated
		many[2].Reseller, many[2].Customer, many[2].MSISDN, many[2].EID = 2, 3, "882390001", strings.Repeat("8", 32)
		if err := load(d, 10, many...); err != nil {
			t.Fatal(err)
		}
		read := func(query string) (out []string) {
			t.Helper()
			err := d.Read(context.Background(), func(q db.Queryer) (err error) { out, err = db.All(q, db.Text, query); return err })
			if err != nil {
				t.Fatal(err)
			}
			return out
		}
		for query, want := range map[string][]string{
			`SELECT CAST(COUNT(*) AS TEXT) FROM sim`:                                                   {"200"},
			`SELECT CAST(COUNT(*) AS TEXT) FROM sim_identity WHERE import_date = 1000`:                 {"200"},
			`SELECT iccid FROM sim WHERE id = 10`:                                                      {"8988303000000000000"},
			`SELECT CAST(owner_id AS TEXT) FROM sim WHERE id < 13 ORDER BY id`:                         {"1", "2", "3"},
			`SELECT CAST(organisation_id AS TEXT) FROM imsi_route WHERE sim_id < 13 ORDER BY sim_id`:   {"1", "2", "3"},
			`SELECT CAST(organisation_id AS TEXT) FROM iccid_route WHERE sim_id < 13 ORDER BY sim_id`:  {"1", "2", "3"},
			`SELECT CAST(organisation_id AS TEXT) FROM sim_identity WHERE sim_id < 13 ORDER BY sim_id`: {"1", "2", "3"},
			`SELECT CAST(activation_date AS TEXT) FROM sim WHERE id < 12 ORDER BY id`:                  {"0", "1000"},
			`SELECT CAST(config_version AS TEXT) FROM organisation_head WHERE organisation_id = 3`:     {"2"},
		} {
			if diff := cmp.Diff(want, read(query)); diff != "" {
				t.Errorf("%s: %s", query, diff)
			}
		}
	})
}

func TestImportRefuses(t *testing.T) {
	newStock(t, func(t *testing.T, d *db.DB) {
		if err := load(d, 10, card(0)); err != nil {
			t.Fatal(err)
		}
		with := func(change func(*sim.New)) sim.New { s := card(7); change(&s); return s }
		tests := []struct {
			name string
			sims []sim.New
			want string // in the message
		}{
			{"ICCID that is there", []sim.New{with(func(s *sim.New) { s.ICCID = card(0).ICCID })}, "ICCID " + card(0).ICCID},
			{"IMSI that is there", []sim.New{card(8), with(func(s *sim.New) { s.IMSI = card(0).IMSI })}, "IMSI " + card(0).IMSI},
			{"ICCID twice", []sim.New{card(7), with(func(s *sim.New) { s.IMSI = card(8).IMSI })}, card(7).ICCID},
			{"IMSI twice", []sim.New{card(7), with(func(s *sim.New) { s.ICCID = card(8).ICCID })}, card(7).IMSI},
			{"wrong check digit", []sim.New{with(func(s *sim.New) { s.ICCID += "0" })}, "check digit"},
			{"short ICCID", []sim.New{with(func(s *sim.New) { s.ICCID = "12" })}, "19 digits"},
			{"no IMSI", []sim.New{with(func(s *sim.New) { s.IMSI = "" })}, "IMSI"},
			{"EID", []sim.New{with(func(s *sim.New) { s.EID = "12" })}, "EID"},
			{"MSISDN", []sim.New{with(func(s *sim.New) { s.MSISDN = "+49" })}, "MSISDN"},
			{"status", []sim.New{with(func(s *sim.New) { s.Status = sim.Deleted })}, "status 3"},
			{"unknown owner", []sim.New{with(func(s *sim.New) { s.Issuer = 99 })}, "organisation 99"},
		}
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				err := load(d, 100, test.sims...)
				var f *fault.Error
				if !errors.As(err, &f) || !strings.Contains(err.Error(), test.want) {
					t.Errorf("got %v, want a fault about %s", err, test.want)
				}
			})
		}
		if err := load(d, 100, card(7), card(8)); err != nil {
			t.Errorf("a refused import left something: %v", err)
		}
	})
}
