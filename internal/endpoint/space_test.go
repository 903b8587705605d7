package endpoint_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/db/dbtest"
	"github.com/simstead/simstead/internal/endpoint"
	"github.com/simstead/simstead/internal/fault"
)

// open makes organisation 1 with one space of each given network, numbered from 1.
func open(t *testing.T, d *db.DB, networks ...string) {
	t.Helper()
	if err := d.Write(context.Background(), nil, func(tx *db.Tx) error { return tx.CreateHead(1) }); err != nil {
		t.Fatal(err)
	}
	for i, network := range networks {
		if err := write(d, func(tx *db.Tx) error { return endpoint.CreateSpace(tx, 1, int64(i+1), network) }); err != nil {
			t.Fatal(err)
		}
	}
}

func write(d *db.DB, fn func(tx *db.Tx) error) error {
	return d.Write(context.Background(), []int64{1}, fn)
}

// many creates n endpoints with addresses from a space and returns the addresses.
func many(d *db.DB, first, space int64, n int) (addresses []string, err error) {
	rows := make([]endpoint.Row, n)
	for i := range rows {
		rows[i] = endpoint.Row{ID: first + int64(i), Name: "e", Space: space}
	}
	err = write(d, func(tx *db.Tx) error { return endpoint.CreateMany(tx, 1, 1, rows) })
	for _, r := range rows {
		addresses = append(addresses, r.IPAddress)
	}
	return addresses, err
}

func TestAddresses(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		open(t, d, "10.192.0.0/29", "100.64.0.0/23", "10.193.0.0/24")
		first, err := many(d, 1, 1, 4)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"10.192.0.1", "10.192.0.2", "10.192.0.3", "10.192.0.4"}, first); diff != "" {
			t.Error(diff)
		}
		// The one that becomes free comes last, when the search has gone round.
		if err := write(d, func(tx *db.Tx) error { return endpoint.Delete(tx, 5, 1, 2) }); err != nil {
			t.Fatal(err)
		}
		rest, err := many(d, 11, 1, 3)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"10.192.0.5", "10.192.0.6", "10.192.0.2"}, rest); diff != "" {
			t.Error(diff)
		}
		if _, err := many(d, 21, 1, 1); !fault.Is(err, fault.Unavailable) {
			t.Errorf("a full space gives %v", err)
		}
		// 512 addresses without the reserved 256, the network's own (reserved too) and the broadcast address.
		shared, err := many(d, 100, 2, 255)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for _, a := range shared {
			seen[a] = true
		}
		if len(seen) != 255 || shared[0] != "100.64.1.0" || shared[254] != "100.64.1.254" {
			t.Errorf("%d addresses from %s to %s", len(seen), shared[0], shared[254])
		}
		if _, err := many(d, 1000, 2, 1); !fault.Is(err, fault.Unavailable) {
			t.Errorf("a full space gives %v", err)
		}
		if all, err := many(d, 2000, 3, 254); err != nil || all[253] != "10.193.0.254" {
			t.Errorf("got %v, %v", all, err)
		}
	})
}

func TestSpacesMustNotOverlap(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		open(t, d, "10.192.0.0/16")
		for i, network := range []string{"10.192.0.0/16", "10.192.5.0/24", "10.192.0.0/12"} {
			err := write(d, func(tx *db.Tx) error { return endpoint.CreateSpace(tx, 1, int64(10+i), network) })
			if !fault.Is(err, fault.NotAllowed) {
				t.Errorf("%s: %v", network, err)
			}
		}
		if err := write(d, func(tx *db.Tx) error { return endpoint.CreateSpace(tx, 1, 20, "10.193.0.0/16") }); err != nil {
			t.Errorf("a neighbour: %v", err)
		}
	})
}

func TestCreateManyLinksSIMs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		open(t, d)
		err := write(d, func(tx *db.Tx) error {
			for id := int64(1); id <= 3; id++ {
				if _, err := tx.Exec(`INSERT INTO sim (id, owner_id, issuer_org_id, reseller_org_id, customer_org_id, iccid,
					eid, imsi_id, imsi, msisdn, status_id, endpoint_id, model, production_date, activation_date)
					VALUES ($1, 1, 1, 0, 0, $2, '', $1, $2, '', 1, 0, '', 0, 0)`, id, fmt.Sprint(id)); err != nil {
					return err
				}
			}
			return endpoint.CreateMany(tx, 1, 1, []endpoint.Row{{ID: 50, SIM: 2}, {ID: 51}, {ID: 52, SIM: 1}})
		})
		if err != nil {
			t.Fatal(err)
		}
		var got []int64
		if err := d.Read(context.Background(), func(q db.Queryer) (err error) {
			got, err = db.All(q, db.Int, `SELECT endpoint_id FROM sim ORDER BY id`)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]int64{52, 50, 0}, got); diff != "" {
			t.Error(diff)
		}
	})
}
