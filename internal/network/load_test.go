package network_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/db/dbtest"
	"github.com/simstead/simstead/internal/network"
)

type stored struct {
	version    int64
	countries  []network.Country
	currencies []network.Currency
	operators  []network.Operator
	plmns      network.PLMNs
}

func load(t *testing.T, d *db.DB, data network.Data) {
	t.Helper()
	if err := network.Load(context.Background(), d, data); err != nil {
		t.Fatal(err)
	}
}

func readAll(t *testing.T, d *db.DB) (s stored) {
	t.Helper()
	err := d.Read(context.Background(), func(q db.Queryer) (err error) {
		if s.version, err = db.One(q, db.Int, `SELECT version FROM catalogue`); err != nil {
			return err
		}
		if s.countries, err = network.Countries(q); err != nil {
			return err
		}
		if s.currencies, err = network.Currencies(q); err != nil {
			return err
		}
		if s.operators, err = network.Operators(q); err != nil {
			return err
		}
		s.plmns, err = network.LoadPLMNs(q)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func exec(t *testing.T, d *db.DB, statement string) {
	t.Helper()
	err := d.Write(context.Background(), nil, func(tx *db.Tx) error { _, err := tx.Exec(statement); return err })
	if err != nil {
		t.Fatal(err)
	}
}

func TestLoad(t *testing.T) {
	data, err := network.Reference()
	if err != nil {
		t.Fatal(err)
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		load(t, d, data)
		got := readAll(t, d)
		codesByText := cmp.Options{
			cmpopts.SortSlices(func(a, b network.MNC) bool { return a.PLMN < b.PLMN }),
			cmpopts.SortSlices(func(a, b network.TAPCode) bool { return a.TAPCode < b.TAPCode }),
			cmpopts.IgnoreFields(network.Currency{}, "Digits"), // not kept
		}
		if diff := cmp.Diff(data, network.Data{Countries: got.countries, Currencies: got.currencies, Operators: got.operators}, codesByText); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(network.PLMNs(data.ByPLMN()), got.plmns); diff != "" {
			t.Error(diff)
		}
		if id, ok := got.plmns.Operator("262001"); !ok || id != got.plmns["26201"] {
			t.Errorf("padded PLMN belongs to %d, %v", id, ok)
		}
		if got.version != 2 {
			t.Errorf("version %d, want 2", got.version)
		}
	})
}

// Later data adds what is new and leaves what is there.
func TestLoadKeepsChanges(t *testing.T) {
	data, err := network.Reference()
	if err != nil {
		t.Fatal(err)
	}
	first := network.Data{Countries: data.Countries, Currencies: data.Currencies, Operators: data.Operators[:3]}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		load(t, d, first)
		exec(t, d, `UPDATE operator SET name = 'Renamed' WHERE id = 1`)
		exec(t, d, `DELETE FROM operator WHERE id = 2`)

		load(t, d, first)
		got := readAll(t, d)
		if len(got.operators) != 2 || got.operators[0].Name != "Renamed" {
			t.Errorf("loading the same again left %+v", got.operators)
		}
		if got.version != 2 {
			t.Errorf("loading the same again made version %d, want 2", got.version)
		}

		load(t, d, data)
		got = readAll(t, d)
		if len(got.operators) != len(data.Operators) || got.operators[0].Name != "Renamed" {
			t.Errorf("later data: %d operators, the first is %q", len(got.operators), got.operators[0].Name)
		}
		if got.version != 3 {
			t.Errorf("later data made version %d, want 3", got.version)
		}
	})
}
