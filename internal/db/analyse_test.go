package db_test

import (
	"testing"
	"time"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/db/dbtest"
)

// A table that has grown is analysed within seconds, so that plans made while it was empty are given up.
func TestAnalysed(t *testing.T) {
	d := dbtest.Postgres(t, clock.System())
	rows := insertCurrency.New()
	for i := range int64(2000) {
		rows.Int(i).Text("XXX", "¤", "grown")
	}
	for range 50 {
		// PostgreSQL counts what a connection did when that goes on doing something.
		err := d.Write(t.Context(), nil, func(tx *db.Tx) error { return tx.Insert(rows) })
		if err != nil {
			t.Fatal(err)
		}
		var n int64
		err = d.Read(t.Context(), func(q db.Queryer) (err error) {
			n, err = db.One(q, db.Int, `SELECT CAST(reltuples AS BIGINT) FROM pg_class WHERE relname = 'currency' AND relkind = 'r'`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if n >= 2000 {
			return
		}
		time.Sleep(200 * time.Millisecond)
	}
	t.Error("the table was never analysed")
}
