package main

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/simstead/simstead/internal/app"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/db/dbtest"
)

// The status tells whether the books are in order, whether they are not, and whether they could not be checked.
func TestDoctorStatus(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("SIMSTEAD_DATA_DIR", dir)
	t.Setenv("SIMSTEAD_DATABASE_URL", "")
	doctor := func(want int, says string, args ...string) {
		t.Helper()
		var out strings.Builder
		c := root()
		c.SetOut(&out)
		c.SetErr(&out)
		c.SetArgs(append([]string{"doctor"}, args...))
		got := 0
		err := c.ExecuteContext(context.Background())
		if e := (exit{}); errors.As(err, &e) {
			got = e.status
			out.WriteString(e.Error())
		} else if err != nil {
			t.Fatal(err)
		}
		if got != want || !strings.Contains(out.String(), says) {
			t.Errorf("doctor %v: status %d, want %d:\n%s", args, got, want, out.String())
		}
	}
	doctor(0, "0 usage records, 0 endpoints and 0 sessions of 0 organisations")
	config := app.Defaults()
	config.DataDir = dir
	d, err := app.Open(context.Background(), config, clock.System(), dbtest.Quiet())
	if err != nil {
		t.Fatal(err)
	}
	err = d.Write(context.Background(), nil, func(tx *db.Tx) error {
		if err := tx.CreateHead(7); err != nil {
			return err
		}
		_, err := tx.Exec(`INSERT INTO organisation (id, parent_id, type_id, status_id, class_id, name, country_id, currency_id, time_zone,
			ext_reference, verification_type_id, verification, created) VALUES (7, 0, 1, 0, 0, 'Seven', 0, 1, 'UTC', '', 0, '', 0)`)
		if err != nil {
			return err
		}
		_, err = tx.Exec(`INSERT INTO endpoint_balance (organisation_id, endpoint_id, amount, credited, debited, currency_id, expiry_date,
			auto_reset, last_loaded, reset_month, last_updated) VALUES (7, 8, 1, 0, 0, 1, 0, FALSE, 0, 0, 0)`)
		return err
	})
	if err := errors.Join(err, d.Close()); err != nil {
		t.Fatal(err)
	}
	doctor(1, "balance: organisation 7, balance of endpoint 8: is 0.0000000001;")
	doctor(0, "nothing differs", "--month", "2025-11")
	doctor(2, "there is no organisation 9", "--organisation", "9")
	doctor(2, "--month must be like", "--month", "202511")
	doctor(2, "--limit must be", "--limit", "0")
	doctor(2, "unknown flag", "--all")
	doctor(2, "unknown command", "now")
	t.Setenv("SIMSTEAD_LOG_LEVEL", "shouting")
	doctor(2, "log_level")
}
