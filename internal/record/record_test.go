package record_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/db/dbtest"
	"github.com/simstead/simstead/internal/record"
)

// Every field lands in the column of its name, at the place that the head gave.
func TestStore(t *testing.T) {
	want := record.Record{
		Organisation: 1, Endpoint: 2, SIM: 3, IMSI: 4, Session: 5, Start: 6, End: 7, TrafficType: record.Data, Operator: 8, RAT: 9,
		Tariff: 10, Ratezone: 11, Currency: 12, BillingMonth: 13, VolumeTx: 14, VolumeRx: 15, Cost: 16, Rated: true, Rate: 17, Block: 18,
		LineVolume: 19, LineCost: 20, IMEI: "imei", IPAddress: "address", PLMN: "plmn",
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, now := context.Background(), clock.System().Micros()
		var place db.Place
		if err := d.Write(ctx, nil, func(tx *db.Tx) error { return tx.CreateHead(1) }); err != nil {
			t.Fatal(err)
		}
		err := d.Write(ctx, []int64{1}, func(tx *db.Tx) error {
			batch := record.NewBatch()
			place = batch.Add(tx, now, want)
			return batch.Store(tx)
		})
		if err != nil {
			t.Fatal(err)
		}
		err = d.Read(ctx, func(q db.Queryer) error {
			var at db.Place
			got, err := db.One(q, func(r *db.Row) record.Record {
				at = db.Place{RecordedDay: r.Int(), Position: r.Int(), ID: r.Int()}
				return record.Record{
					Organisation: r.Int(), Endpoint: r.Int(), SIM: r.Int(), IMSI: r.Int(), Session: r.Int(), Start: r.Int(), End: r.Int(),
					TrafficType: r.Int(), Operator: r.Int(), RAT: r.Int(), Tariff: r.Int(), Ratezone: r.Int(), Currency: r.Int(),
					BillingMonth: r.Int(), VolumeTx: r.Int(), VolumeRx: r.Int(), Cost: r.Int(), Rated: r.Bool(), Rate: r.Int(),
					Block: r.Int(), LineVolume: r.Int(), LineCost: r.Int(), IMEI: r.Text(), IPAddress: r.Text(), PLMN: r.Text(),
				}
			}, `SELECT recorded_day, position, id, organisation_id, endpoint_id, sim_id, imsi_id, session_id, start_at, end_at,
				traffic_type_id, operator_id, rat_type_id, tariff_id, ratezone_id, currency_id, billing_month, volume_tx, volume_rx,
				cost, rated, rate, block, line_volume, line_cost, imei, ip_address, plmn FROM usage_record`)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			if at != place || at.Position != 1 || at.RecordedDay != clock.DayNumber(now) || at.ID == 0 {
				t.Errorf("stored at %+v, promised %+v", at, place)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
