// Package usage is the one flow of the product: a packet core's report comes in, finds its subscriber and its session,
// is counted, rated, charged and recorded, and is answered when all that is committed. flow.go reads from top to
// bottom; batch.go lets many reports share one commit.
package usage

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/simstead/simstead/internal/charging"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/tariff"
)

// Settings are the operator's choices.
type Settings struct {
	Record     charging.Rules // when an open session's slice becomes a usage record
	KeepClosed time.Duration  // how long a closed session is known, so that its late reports find it
	Idle       time.Duration  // how long a session may be silent before it counts as lost
	Reject     time.Duration  // at most one rejected event per endpoint and reason in this time
	Sweep      time.Duration  // between two searches for sessions that ended without telling; 0 = a flow does not search by itself

	Interim      int64 // seconds between a gateway's interim reports, told in the Access-Accept
	ShortInterim int64 // the same where little is left
	NearEnd      int64 // bytes that are little

	Grants        charging.GrantRules // how credit is given to those that ask for it
	Validity      int64               // seconds that a grant is good
	BlindValidity int64               // the same for gateways that cannot be told anything in mid-session
	Spread        time.Duration       // over which the requests after a calendar boundary are spread
}

// DefaultSettings are the contract's.
func DefaultSettings() Settings {
	return Settings{
		Record:  charging.Rules{Interval: 45 * clock.Second, MinBytes: 100_000},
		Interim: 300, KeepClosed: 7 * 24 * time.Hour, Idle: 25 * time.Hour, Reject: time.Minute, Sweep: time.Minute,
		ShortInterim: 60, NearEnd: 10_000_000, Grants: charging.GrantRules{Slice: 1_000_000, Least: 10_000}, Validity: 3600, BlindValidity: 300,
		Spread: 15 * time.Minute,
	}
}

// Counters count what the flow did since the start.
type Counters struct {
	Reports, Records, Events, Rejects, Unrated, Batches  atomic.Int64
	Accepted, Refused, UnknownIMSI, Dropped, CommitNanos atomic.Int64
	Obeyed, Disobeyed, Untold                            atomic.Int64 // orders to gateways: done, not done, not told
	Credits, Repeats, Overshoot                          atomic.Int64 // credit requests, repeated ones, bytes used beyond a grant
}

// Flow takes reports and access requests. Make one with New, then Run it.
type Flow struct {
	DB       *db.DB
	Clock    clock.Clock
	Log      *slog.Logger
	Settings Settings
	Networks map[Protocol]Network // how gateways are told; set it before Run
	Counters Counters

	queue       chan item
	answers     chan answered
	subscribers *subscribers
	named       named
	catalogue   atomic.Pointer[tariff.Catalogue]
	restarts    restarts
	refusals    refusals
	afresh      afresh
	forgotten   atomic.Int64 // hour before which answers were removed last
	background  sync.WaitGroup
	unwatch     func()
}

const queueSize = 16_384

// New prepares a flow. The database must be migrated; register nothing on it afterwards.
func New(ctx context.Context, d *db.DB, c clock.Clock, log *slog.Logger, s Settings) (*Flow, error) {
	f := &Flow{DB: d, Clock: c, Log: log, Settings: s, queue: make(chan item, queueSize), answers: make(chan answered, 4)}
	f.subscribers = newSubscribers()
	f.restarts.at = map[string]int64{}
	f.refusals.last = map[refused]*refusedSince{}
	f.unwatch = d.Watch(f.subscribers.learn)
	err := d.Read(ctx, func(q db.Queryer) error {
		catalogue, err := tariff.Load(q)
		if err != nil {
			return err
		}
		f.catalogue.Store(catalogue)
		return f.restarts.load(q)
	})
	return f, err
}

// Run works until ctx ends; then it stores what was taken and returns.
func (f *Flow) Run(ctx context.Context) {
	defer f.unwatch()
	f.background.Go(func() { f.watchVersions(ctx) })
	if f.Settings.Sweep > 0 {
		f.background.Go(func() { f.sweepLoop(ctx) })
	}
	f.background.Go(func() { f.refusals.loop(ctx, f) })
	var answering sync.WaitGroup
	answering.Go(f.answerLoop)
	f.batchLoop(ctx)
	f.background.Wait()
	close(f.answers)
	answering.Wait()
}

// Catalogue is the newest tariff catalogue that this node knows.
func (f *Flow) Catalogue() *tariff.Catalogue { return f.catalogue.Load() }

// Refresh reads the catalogue again if it changed; the flow does so by itself twice a second.
func (f *Flow) Refresh(ctx context.Context) error { return f.DB.Read(ctx, f.reloadCatalogue) }
