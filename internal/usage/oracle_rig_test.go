package usage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/db/dbtest"
	"github.com/simstead/simstead/internal/network"
	"github.com/simstead/simstead/internal/tariff"
)

// rig is an installation on which many cases of the oracle are played, each with an organisation of its own. Its flow does
// nothing by itself: what is one transaction, and when, is for the case to say.
type rig struct {
	*site
	dir     string // of the SQLite database, "" on PostgreSQL
	palette []tariff.Tariff
	orders  recorder
}

// newRig makes an installation in a directory of its own, which is in memory where that is possible: what is not tested here
// is whether a disk keeps what it was told to keep.
func newRig(t failer) *rig {
	t.Helper()
	memory := "/dev/shm"
	if _, err := os.Stat(memory); err != nil {
		memory = ""
	}
	dir, err := os.MkdirTemp(memory, "simstead-oracle-")
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{dir: dir}
	r.prepare(t, db.Config{DataDir: dir})
	return r
}

// prepare makes the site and the palette of tariffs.
func (r *rig) prepare(t failer, config db.Config) {
	t.Helper()
	r.site = newSite(t, func(c clock.Clock) (*db.DB, error) {
		config.Clock, config.Log = c, dbtest.Quiet()
		return db.Open(context.Background(), config)
	})
	r.stop()
	for _, p := range palette(r.operator) {
		r.must(tariff.Number(r.context(), r.db, &p))
		r.write(func(tx *db.Tx) error { return tariff.Create(tx, p) }, r.operator)
		r.palette = append(r.palette, p)
	}
	r.begin()
}

// palette are the tariffs that cases choose from: stored ones never change, and each new one makes every process read them
// all again.
func palette(operator int64) (list []tariff.Tariff) {
	rates := []struct{ home, abroad, mo, mt int64 }{
		{homeRate, abroadRate, homeRate / 2, homeRate}, {333, 1, 7, 0}, {0, 123_456_789, 1_000_000, 1_000_000},
	}
	for i, block := range []int64{1, 1000, 1024, 10_000, 102_400, 1_000_000} {
		for scope := tariff.RoundSession; scope <= tariff.RoundRecord; scope++ {
			r := rates[(i+int(scope))%len(rates)]
			zone := func(name string, rate int64, operators ...int64) tariff.Zone {
				return tariff.Zone{Name: name, Operators: operators, Rates: []tariff.ZoneRate{
					{Service: tariff.Data, Rate: rate}, {Service: tariff.SMSMO, Rate: r.mo}, {Service: tariff.SMSMT, Rate: r.mt},
				}}
			}
			list = append(list, tariff.Tariff{
				Organisation: operator, Name: fmt.Sprint(block, scope, r.home), Status: tariff.Active, Currency: network.EUR,
				Block: block, Rounding: scope, Created: noon,
				Zones: []tariff.Zone{zone("Home", r.home, 1, 2), zone("Abroad", r.abroad, 3)},
			})
		}
	}
	return list
}

// begin makes a flow that only answers.
func (r *rig) begin() {
	r.Helper()
	r.create()
	flow := r.flow
	flow.Networks = map[Protocol]Network{RADIUS: &r.orders, Gy: &r.orders}
	var answering sync.WaitGroup
	answering.Go(flow.answerLoop)
	r.stop = func() {
		flow.background.Wait()
		close(flow.answers)
		answering.Wait()
		flow.unwatch()
		r.stop = func() {}
	}
}

// process takes reports and requests in one transaction, and waits for all that follows from it.
func (r *rig) process(list []item) {
	r.Helper()
	var waiting sync.WaitGroup
	for i := range list {
		waiting.Add(1)
		list[i].done = func(err error) {
			if err != nil {
				r.Errorf("not stored: %v", err)
			}
			waiting.Done()
		}
	}
	r.flow.process(r.context(), list)
	waiting.Wait()
	r.settle()
}

// settle waits for what the flow does by itself.
func (r *rig) settle() {
	r.flow.background.Wait()
	r.flow.refusals.flush(r.context(), r.flow)
}

// crash is a new process on what the old one had committed. power tells that the machine went with it: the new process
// finds the files as they stood in the middle of what was being done, and the old one's database is never closed in order.
func (r *rig) crash(power bool, meanwhile func()) {
	r.Helper()
	if !power || r.dir == "" {
		meanwhile()
		r.stop()
		if r.dir == "" {
			r.must(r.db.Close())
			r.connect()
		}
		r.begin()
		return
	}
	copied := r.dir + "-after"
	r.must(os.Mkdir(copied, 0o700))
	var doing sync.WaitGroup
	doing.Go(meanwhile)
	r.must(snapshot(r.dir, copied))
	doing.Wait()
	r.stop()
	r.must(r.db.Close())
	r.must(os.RemoveAll(r.dir))
	r.must(os.Rename(copied, r.dir))
	r.connect()
	r.begin()
}

// snapshot copies a SQLite database as it stands. What is copied is sound unless the log began anew meanwhile, which its
// header tells; then it is copied again.
func snapshot(from, to string) error {
	const data, log = "simstead.db", "simstead.db-wal"
	for {
		before, err := header(filepath.Join(from, log))
		if err != nil {
			return err
		}
		for _, name := range []string{data, log} {
			if err := copyFile(filepath.Join(from, name), filepath.Join(to, name)); err != nil {
				return err
			}
		}
		after, err := header(filepath.Join(from, log))
		if err != nil || after == before {
			return err
		}
	}
}

func copyFile(from, to string) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(target, source)
	return errors.Join(err, target.Close())
}

// header reads what a write-ahead log begins with.
func header(name string) (h [32]byte, err error) {
	file, err := os.Open(name)
	if err != nil {
		return h, err
	}
	defer file.Close()
	_, err = file.ReadAt(h[:], 0)
	return h, err
}

// remove ends the installation.
func (r *rig) remove() {
	r.stop()
	r.must(r.db.Close())
	if r.dir != "" {
		r.must(os.RemoveAll(r.dir))
	}
}

// recorder is a network that does as it is told and remembers which sessions it was told to end.
type recorder struct {
	mu    sync.Mutex
	ended []string
}

func (n *recorder) End(t Target, _ string, done func(error)) error {
	if t.Abilities&CanEnd == 0 {
		return ErrCannot
	}
	n.mu.Lock()
	n.ended = append(n.ended, t.SessionID)
	n.mu.Unlock()
	done(nil)
	return nil
}

func (n *recorder) SetRate(t Target, _ Rate, done func(error)) error {
	if t.Abilities&CanChangeRate == 0 {
		return ErrCannot
	}
	done(nil)
	return nil
}

func (n *recorder) Reauthorise(t Target, _ int64, done func(error)) error {
	if t.Abilities&CanReauthorise == 0 {
		return ErrCannot
	}
	done(nil)
	return nil
}

// take returns which sessions were told to end since it was asked last.
func (n *recorder) take() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	ended := n.ended
	n.ended = nil
	return ended
}
