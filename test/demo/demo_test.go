// Package demo watches the demo as somebody does who has just typed the command: the built program with its simulator.
package demo

import (
	"encoding/json"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/db/dbtest"
	"github.com/simstead/simstead/test/rig"
)

var binary string // of the program, built once

func TestMain(m *testing.M) { rig.Main(m, &binary) }

func TestDemoOnSQLite(t *testing.T) {
	t.Parallel()
	watch(t, "")
}

func TestDemoOnPostgres(t *testing.T) {
	t.Parallel()
	watch(t, dbtest.PostgresURL(t))
}

// The seconds after the demo is ready in which each has to bring something.
const (
	first = 5
	last  = 15
)

func watch(t *testing.T, database string) {
	site, err := rig.NewSite(binary, t.TempDir(), database)
	check(t, err)
	check(t, site.Demo())
	t.Cleanup(func() { site.Process.Kill() })
	began := time.Now()
	token, err := site.Token(rig.CustomerToken)
	check(t, err)
	client := &rig.Client{URL: site.URL(), Token: token}
	receivers := map[string]*rig.Receiver{}
	for _, kind := range []string{"events", "usage"} {
		receivers[kind], err = rig.NewReceiver()
		check(t, err)
		t.Cleanup(receivers[kind].Close)
		_, err = client.Stream(kind, receivers[kind].URL())
		check(t, err)
	}

	time.Sleep(time.Until(began.Add(last * time.Second)))
	for kind, r := range receivers {
		var missing []string
		complete := r.Await(5*time.Second, func(all []rig.Arrival) bool {
			missing = quiet(t, began, all)
			return len(missing) == 0
		})
		if !complete {
			t.Errorf("no %s in %s of the demo that began at %s", kind, strings.Join(missing, ", "), began.Format(time.TimeOnly))
		}
	}
	running := site.Process.Output()
	check(t, site.Process.Stop(syscall.SIGTERM))
	checkOutput(t, running, site.Process.Output())
	check(t, site.Read(func(q db.Queryer) error { return rig.Balance(q) }))
	check(t, site.Doctor())
	leftAlone(t, site)
}

// quiet returns the seconds in which nothing happened, by the records' own times: a disk that stalls for a moment delays
// what arrives, but not what the devices did.
func quiet(t *testing.T, began time.Time, arrivals []rig.Arrival) (seconds []string) {
	seen := map[int64]bool{}
	for _, a := range arrivals {
		var record struct {
			Timestamp *time.Time `json:"timestamp"`     // of an event
			End       *time.Time `json:"end_timestamp"` // of a usage record
		}
		check(t, json.Unmarshal(a.Body, &record))
		at := record.Timestamp
		if at == nil {
			at = record.End
		}
		seen[at.Unix()] = true
	}
	for second := began.Unix() + first + 1; second < began.Unix()+last; second++ {
		if !seen[second] {
			seconds = append(seconds, time.Unix(second, 0).Format(time.TimeOnly))
		}
	}
	return seconds
}

// checkOutput looks at what is printed without a terminal: the API's address, a token, and a line every two seconds.
func checkOutput(t *testing.T, running, all string) {
	for _, pattern := range []string{
		`API reference +http://127\.0\.0\.1:\d+/api/doc`, `Application token +sst_\S+`, `What streams bring http://127\.0\.0\.1:\d+`,
		`RADIUS +authentication 127\.0\.0\.1:\d+, accounting 127\.0\.0\.1:\d+, secret testing123`,
	} {
		if !regexp.MustCompile(pattern).MatchString(running) {
			t.Errorf("the demo does not print %s:\n%s", pattern, running)
		}
	}
	line := regexp.MustCompile(`(?m)^ *\d+s  \d+ sessions online, (\d+) of them over Gy  (\d+\.\d) reports/s  (\d+\.\d) records/s  (\d+\.\d) deliveries/s(  last event: .+)?$`)
	lines := line.FindAllStringSubmatch(running, -1)
	if len(lines) < 5 {
		t.Fatalf("%d lines about what goes on in %d seconds:\n%s", len(lines), last, running)
	}
	for _, number := range lines[len(lines)-1][1:] {
		if number == "0.0" || number == "0" || number == "" {
			t.Errorf("the last line says nothing: %s", lines[len(lines)-1][0])
		}
	}
	if strings.ContainsAny(all, "\x1b\r") {
		t.Error("the output holds control characters, though it is no terminal")
	}
	if !strings.Contains(all, "Stopped.") {
		t.Errorf("the demo ends without a word:\n%s", all)
	}
}

// leftAlone makes sure that the simulator keeps away from the first ten endpoints, which are there to play with.
func leftAlone(t *testing.T, site *rig.Site) {
	check(t, site.Read(func(q db.Queryer) error {
		sessions, err := rig.Sessions(q)
		for _, s := range sessions {
			if s.IMSI <= "262019000000010" {
				t.Errorf("the simulator used %s", s.IMSI)
			}
		}
		return err
	}))
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
