package simulate

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/simstead/simstead/internal/clock"
	diameter "github.com/simstead/simstead/internal/wire/diameter/client"
	"github.com/simstead/simstead/internal/wire/radius/client"
)

// Device is one device of a Core's fleet.
type Device struct {
	IMSI, IMEISV, MSISDN, APN string
	Home                      string   // PLMN, "26201"; empty when the device only ever roams
	Roams                     []string // PLMNs it also visits
	RATs                      []int    // EUTRAN when empty
	Lively                    bool     // reconnects on a timetable: see timetable
	Credit                    bool     // its gateway is an SMF that asks for credit over Gy, see Core.Diameter
}

// Core plays the gateways of a packet core with a fleet of devices that connect, use data, roam and go. Lively devices
// together start two sessions and stop two in each second, evenly, however many they are.
type Core struct {
	AuthAddr, AcctAddr string // host:port
	Secret             string
	Diameter           string // host:port of Gy and Gx; empty: all gateways speak RADIUS
	Devices            []Device
	Clock              clock.Clock
	Log                *slog.Logger
	Seed               int64 // of all chance: the same fleet behaves alike

	online   atomic.Int64
	onCredit atomic.Int64
}

const (
	fleetWorkers = 32                     // requests under way
	lateFleet    = 2 * time.Second        // for answers and Stops once the context has ended
	longestNap   = 100 * time.Millisecond // after which the clock is looked at again, since it may be moved by hand
)

// Online is how many devices have a session now.
func (c *Core) Online() int { return int(c.online.Load()) }

// OnCredit is how many of them have it over Gy.
func (c *Core) OnCredit() int { return int(c.onCredit.Load()) }

// fleet is one Run of a Core.
type fleet struct {
	*Core
	auth, acct   *client.Client
	smf          *diameter.Client // nil for none
	began        int64            // µs
	sessions     atomic.Uint32    // opened so far
	radius, gyGx hearing
	actors       []*actor
}

// Run lives until ctx ends. Then it sends the Stops of what is open and returns, within two seconds. There is an error
// only when it could not begin.
func (c *Core) Run(ctx context.Context) error {
	auth, err := client.Dial(c.AuthAddr, []byte(c.Secret), 1)
	if err != nil {
		return fmt.Errorf("simulate packet core: %w", err)
	}
	defer auth.Close()
	acct, err := client.Dial(c.AcctAddr, []byte(c.Secret), 1)
	if err != nil {
		return fmt.Errorf("simulate packet core: %w", err)
	}
	defer acct.Close()
	work, release := outlive(ctx, lateFleet)
	defer release()
	f := &fleet{Core: c, auth: auth, acct: acct, radius: hearing{log: c.Log}, gyGx: hearing{log: c.Log}}
	defer f.attach(work)()
	f.restarted(work)
	f.began = c.Clock.Micros()
	f.populate()
	f.live(ctx, work)
	f.end(work)
	return nil
}

// populate makes the actors. The first half of the quiet ones connects within five seconds, the rest in its time.
func (f *fleet) populate() {
	lively, quiet := 0, 0
	for i, d := range f.Devices {
		a := newActor(f, i, d)
		if d.Lively {
			a.timetable = &timetable{began: f.began, place: int64(lively)}
			lively++
		} else {
			quiet++
		}
		f.actors = append(f.actors, a)
	}
	place := 0
	for _, a := range f.actors {
		if a.timetable != nil {
			a.timetable.places = int64(lively)
			a.due = a.timetable.first()
			continue
		}
		a.due = f.began + int64(2*place)*5*clock.Second/int64(quiet)
		if 2*place >= quiet {
			a.due = f.began + a.between(5, 90)
		}
		place++
	}
}

// live lets each actor act when it is due, one step at a time.
func (f *fleet) live(ctx, work context.Context) {
	jobs, back := make(chan *actor, len(f.actors)), make(chan *actor, len(f.actors))
	var workers sync.WaitGroup
	for range fleetWorkers {
		workers.Go(func() {
			for a := range jobs {
				if ctx.Err() == nil {
					a.step(work)
					back <- a
				}
			}
		})
	}
	agenda := newAgenda(f.actors)
	nap := time.NewTimer(0)
	defer nap.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case a := <-back:
			agenda.add(a)
		case <-nap.C:
		}
		for a := agenda.due(f.Clock.Micros()); a != nil; a = agenda.due(f.Clock.Micros()) {
			jobs <- a
		}
		nap.Reset(min(longestNap, agenda.wait(f.Clock.Micros())))
	}
	close(jobs)
	workers.Wait()
}

// end sends the Stop of every open session.
func (f *fleet) end(work context.Context) {
	var workers sync.WaitGroup
	for i := range fleetWorkers {
		workers.Go(func() {
			for at := i; at < len(f.actors) && work.Err() == nil; at += fleetWorkers {
				if a := f.actors[at]; a.open {
					a.stop(work)
				}
			}
		})
	}
	workers.Wait()
}
