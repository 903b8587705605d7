package kill

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/db/dbtest"
	"github.com/simstead/simstead/internal/intake"
	"github.com/simstead/simstead/test/rig"
)

// An import of SIMs on the command line is killed twice in the middle and given again: it goes on where it was, and every
// row is there once.
func TestKillOfAnImport(t *testing.T) {
	t.Parallel()
	const rows = 20_000
	site, err := rig.NewSite(binary, t.TempDir(), "")
	check(t, err)
	check(t, site.Demo("--simulate=false"))
	site.Process.Kill()
	var file strings.Builder
	file.WriteString("iccid,imsi,status,customer\n")
	for i := range rows {
		fmt.Fprintf(&file, "89883030000%08d,9014300%08d,Activated,Harbour Sensors\n", i, i)
	}
	check(t, os.WriteFile(filepath.Join(site.Dir, "sims.csv"), []byte(file.String()), 0o600))
	before := int64(0)
	for range 2 {
		check(t, site.Launch("import", "sims", "sims.csv"))
		before = awaitImport(t, site, before+1)
		site.Process.Kill()
	}
	out, log, err := site.Run("import", "sims", "sims.csv")
	if err != nil || !strings.HasSuffix(out, "20000 of 20000 rows: 20000 made, 0 found, 0 failed\n") {
		t.Errorf("%v %s %s", err, out, log)
	}
	var first int64
	if _, err := fmt.Sscanf(out, "%d of", &first); err != nil || first < before {
		t.Errorf("it began anew: %d rows were taken, then it told\n%s", before, out)
	}
	holds(t, site, `SELECT COUNT(DISTINCT iccid) FROM sim WHERE iccid LIKE '89883030000%'`, rows)
	holds(t, site, `SELECT COUNT(*) FROM sim WHERE iccid LIKE '89883030000%'`, rows)
	holds(t, site, `SELECT COUNT(*) FROM iccid_route WHERE iccid LIKE '89883030000%'`, rows)
	holds(t, site, `SELECT COUNT(DISTINCT imsi) FROM imsi_route WHERE imsi LIKE '9014300%'`, rows)
}

// The same over the API: the server is killed while it takes endpoints in.
func TestKillOfAnImportOverTheAPI(t *testing.T) {
	t.Parallel()
	const rows = 4000
	site, err := rig.NewSite(binary, t.TempDir(), dbtest.PostgresURL(t))
	check(t, err)
	check(t, site.Demo("--simulate=false"))
	t.Cleanup(func() { site.Process.Kill() })
	token, err := site.Token(rig.CustomerToken)
	check(t, err)
	var file strings.Builder
	file.WriteString("name\n")
	for i := range rows {
		fmt.Fprintf(&file, "taken-%04d\n", i)
	}
	body, err := json.Marshal(map[string]any{"content": file.String(), "defaults": map[string]string{"service_profile": "1", "tariff_profile": "1"}})
	check(t, err)
	client := &rig.Client{URL: site.URL(), Token: token}
	ended := make(chan error, 1)
	go func() {
		answer, err := client.Do(http.MethodPost, "/api/v1/import/endpoints", string(body))
		if err == nil {
			err = fmt.Errorf("answered with %d: %.300s", answer.Status, answer.Body)
		} else {
			err = nil
		}
		ended <- err
	}()
	awaitImport(t, site, 1)
	site.Process.Kill()
	check(t, <-ended)
	check(t, site.Demo("--simulate=false"))
	var report intake.Report
	_, err = (&rig.Client{URL: site.URL(), Token: token}).JSON(http.MethodPost, "/api/v1/import/endpoints", string(body), &report)
	check(t, err)
	if report.Made != rows || report.Done != rows || report.Failed != 0 {
		t.Errorf("%+v", report)
	}
	holds(t, site, `SELECT COUNT(DISTINCT name) FROM endpoint WHERE name LIKE 'taken-%'`, rows)
	holds(t, site, `SELECT COUNT(*) FROM endpoint WHERE name LIKE 'taken-%'`, rows)
}

// awaitImport waits until so many rows of a file are taken, and returns how many are.
func awaitImport(t *testing.T, site *rig.Site, least int64) (done int64) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); done < least; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d rows after 30 s\n%s", done, site.Process.Output())
		}
		check(t, site.Read(func(q db.Queryer) (err error) {
			done, err = db.One(q, db.Int, `SELECT done FROM import_file`)
			if errors.Is(err, db.ErrNone) {
				err = nil
			}
			return err
		}))
	}
	return done
}

func holds(t *testing.T, site *rig.Site, query string, want int64) {
	t.Helper()
	check(t, site.Read(func(q db.Queryer) error {
		if got, err := db.One(q, db.Int, query); err != nil || got != want {
			t.Errorf("%s: %d, want %d (%v)", query, got, want, err)
		}
		return nil
	}))
}
