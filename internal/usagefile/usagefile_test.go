package usagefile_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/db/dbtest"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/network"
	"github.com/simstead/simstead/internal/provision"
	"github.com/simstead/simstead/internal/sheet"
	"github.com/simstead/simstead/internal/usage"
	"github.com/simstead/simstead/internal/usagefile"
)

const order = `tariffs:
  - name: Fleet
    currency: EUR
    block: 1000
    zones: [{name: Home, networks: ["26201"], data_rate: "0.05"}]
organisations:
  - name: Harbour
    type: enterprise
    tariffs: [Fleet]
    sims: sims.csv
`

const cards = "iccid,imsi,msisdn,eid,endpoint name\n8949000000000000011,262019000000011,4915000000011,,crane\n"

// site is a platform with one SIM, and a running flow.
type site struct {
	t        *testing.T
	db       *db.DB
	flow     *usage.Flow
	operator int64
	clock    clock.Clock
}

func onEach(t *testing.T, test func(*site)) {
	now := clock.NewFake(time.Date(2026, 11, 15, 12, 0, 0, 0, time.UTC))
	for name, open := range map[string]func() *db.DB{
		"sqlite": func() *db.DB { return dbtest.SQLite(t, now.Clock()) }, "postgres": func() *db.DB { return dbtest.Postgres(t, now.Clock()) },
	} {
		t.Run(name, func(t *testing.T) {
			s := &site{t: t, db: open(), clock: now.Clock()}
			s.found()
			test(s)
		})
	}
}

func (s *site) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) found() {
	ctx := context.Background()
	data, err := network.Reference()
	s.must(err)
	s.must(network.Load(ctx, s.db, data))
	s.operator, err = account.CreateOrganisation(ctx, s.db, s.clock, account.Organisation{Name: "Operator", Type: account.Operator})
	s.must(err)
	folder := s.t.TempDir()
	s.must(os.WriteFile(filepath.Join(folder, "order.yaml"), []byte(order), 0o600))
	s.must(os.WriteFile(filepath.Join(folder, "sims.csv"), []byte(cards), 0o600))
	file, err := provision.Open(filepath.Join(folder, "order.yaml"))
	s.must(err)
	s.must((&provision.Provisioner{DB: s.db, Clock: s.clock, Out: io.Discard}).Apply(ctx, file))
	settings := usage.DefaultSettings()
	settings.Sweep = 0
	s.flow, err = usage.New(ctx, s.db, s.clock, dbtest.Quiet(), settings)
	s.must(err)
	flowCtx, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { defer close(done); s.flow.Run(flowCtx) }()
	s.t.Cleanup(func() { stop(); <-done })
}

// brings imports a file and writes what became of it.
func (s *site) brings(taker usagefile.Taker, name, text string, dry bool) (string, error) {
	s.t.Helper()
	read, err := sheet.Read(text, usagefile.Layout(), nil)
	s.must(err)
	im := usagefile.Importer{DB: s.db, Clock: s.clock, Flow: taker, Organisation: s.operator}
	out, err := im.Import(s.t.Context(), name, read, dry)
	if err != nil {
		return "", err
	}
	told := fmt.Sprint(out.Taken, " ", out.Repeated)
	for _, r := range out.Rejected {
		told += fmt.Sprintf("; %d %s", r.Line, r.Reason)
	}
	return told, nil
}

// charged is what the log holds: records, bytes and cost.
func (s *site) charged() (out string) {
	s.t.Helper()
	s.must(s.db.Read(context.Background(), func(q db.Queryer) (err error) {
		out, err = db.One(q, func(r *db.Row) string { return fmt.Sprint(r.Int(), " ", r.Int(), " ", r.Int()) },
			`SELECT COUNT(*), CAST(COALESCE(SUM(volume_tx + volume_rx), 0) AS BIGINT), CAST(COALESCE(SUM(cost), 0) AS BIGINT) FROM usage_record`)
		return err
	}))
	return out
}

const header = "imsi,end,duration,uplink,downlink,plmn,rat,apn\n"

const good = "262019000000011,2026-11-15T11:00:00Z,60,400,600,26201,6,internet\n"

func TestImport(t *testing.T) {
	onEach(t, func(s *site) {
		want := func(name, text string, dry bool, told, charged string) {
			t.Helper()
			got, err := s.brings(s.flow, name, text, dry)
			if err != nil || got != told {
				t.Errorf("told %q, %v, want %q", got, err, told)
			}
			if got := s.charged(); got != charged {
				t.Errorf("charged %s, want %s", got, charged)
			}
		}
		text := header + good +
			"262019000000011,2026-10-02T00:00:00Z,3600,1,1999,26201,,\n" + // weeks ago
			"262019999999999,2026-11-15T11:00:00Z,60,1,1,26201,,\n" +
			"26201900000001x,2026-11-15T11:00:00Z,60,1,1,26201,,\n262019000000011,then,60,1,1,26201,,\n262019000000011,2026-11-15T11:00:00Z,-1,1,1,26201,,\n" +
			"262019000000011,2026-11-16T11:00:00Z,60,1,1,26201,,\n262019000000011,2026-08-15T11:00:00Z,60,1,1,26201,,\n262019000000011,2026-11-15T11:00:00Z,60,1.5,1,26201,,\n" +
			"262019000000011,2026-11-15T11:00:00Z,60,0,0,26201,,\n262019000000011,2026-11-15T11:00:00Z,60,1,1,26277,,\n262019000000011,2026-11-15T11:00:00Z,60,1,1,26201,4G,\n" +
			"262019000000011,2026-11-15T11:00:00Z,60,1,1,26201,,a b\n"
		const rejects = "; 4 no SIM of yours has this IMSI; 5 imsi: 6 to 15 digits expected; 6 end: a time such as 2026-11-15T12:00:00Z expected; 7 duration: whole seconds expected; " +
			"8 end: it lies in the future; 9 end: it lies more than 62 days back; 10 uplink: whole bytes expected; 11 nothing was used; 12 plmn: no operator has it; " +
			"13 rat: a number of 3GPP-RAT-Type expected; 14 apn: up to 100 characters of ASCII expected"
		want("october.csv", text, true, "2 0"+rejects, "0 0 0")
		want("october.csv", text, false, "2 0"+rejects, "2 3000 1500000")
		// Again, with a line corrected: only that one is new. One that says something else now is not taken.
		corrected := strings.Replace(text, "262019999999999,2026-11-15T11:00:00Z,60,1,1", "262019000000011,2026-11-15T11:30:00Z,60,0,1000", 1)
		want("october.csv", corrected, false, "1 2"+strings.TrimPrefix(rejects, "; 4 no SIM of yours has this IMSI"), "3 4000 2000000")
		want("october.csv", header+strings.Replace(good, "400", "500", 1), false, "0 0; 2 the line was taken before, and said something else", "3 4000 2000000")
		want("november.csv", header+good, false, "1 0", "4 5000 2500000") // another file: other usage
		if _, err := s.brings(s.flow, " ", header, false); !fault.Is(err, fault.InputValidationFailed) {
			t.Errorf("no name: %v", err)
		}
		// More lines than are under way at a time.
		long := header + strings.Repeat(good, 450)
		want("long.csv", long, false, "450 0", "454 455000 227500000")
		want("long.csv", long, false, "0 450", "454 455000 227500000")
		files := s.files()
		if len(files) != 3 || files[0].Name != "long.csv" || files[0].Taken != 450 {
			t.Errorf("files %+v", files)
		}
	})
}

func (s *site) files() (files []usagefile.File) {
	s.must(s.db.Read(context.Background(), func(q db.Queryer) (err error) { files, err = usagefile.Files(q, s.operator); return err }))
	return files
}

// gone is a flow that takes what it is given, and an importer that does not live to hear of it.
type gone struct {
	site *site
	stop context.CancelFunc
}

func (g gone) Hand(r usage.Report, _ func(bool, error)) bool {
	taken := make(chan error, 1)
	ok := g.site.flow.Hand(r, func(_ bool, err error) { taken <- err })
	if err := <-taken; err != nil {
		g.site.t.Error(err)
	}
	g.stop()
	return ok
}

// An import that ends between the flow's commit and its own mark takes nothing twice when it is repeated.
func TestAnImportThatIsCutShort(t *testing.T) {
	onEach(t, func(s *site) {
		for _, when := range []string{"2026-11-15T11:00:00Z", "2026-10-02T00:00:00Z"} {
			text := header + strings.Replace(good, "2026-11-15T11:00:00Z", when, 1)
			read, err := sheet.Read(text, usagefile.Layout(), nil)
			s.must(err)
			ctx, stop := context.WithCancel(t.Context())
			im := usagefile.Importer{DB: s.db, Clock: s.clock, Flow: gone{s, stop}, Organisation: s.operator}
			if _, err := im.Import(ctx, when, read, false); err == nil {
				t.Fatal("it was not cut short")
			}
			if files := s.files(); files[0].Taken != 0 {
				t.Errorf("it says that it took %d lines, and has heard of none", files[0].Taken)
			}
			before := s.charged()
			s.must(s.db.Write(context.Background(), nil, func(tx *db.Tx) error { // long ago: the session is forgotten
				_, err := tx.Exec(`DELETE FROM session WHERE event_time < 1793000000000000`)
				return err
			}))
			if got, err := s.brings(s.flow, when, text, false); err != nil || got != "0 1" || s.charged() != before {
				t.Errorf("again: %s, %v; charged %s, before %s", got, err, s.charged(), before)
			}
			if got, _ := s.brings(s.flow, when, text, false); got != "0 1" {
				t.Errorf("once more: %s", got)
			}
		}
		if got := s.charged(); got != "2 2000 1000000" {
			t.Errorf("charged %s", got)
		}
	})
}
