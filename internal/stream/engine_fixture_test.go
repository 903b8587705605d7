package stream_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/db/dbtest"
	"github.com/simstead/simstead/internal/event"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/record"
	"github.com/simstead/simstead/internal/stream"
	"github.com/simstead/simstead/internal/stream/format"
	"github.com/simstead/simstead/internal/tariff"
)

// fake is a destination that remembers what it took. A record's data is "e12" or "u13", by kind and id.
type fake struct {
	pace stream.Pace

	mu     sync.Mutex
	got    []string
	sends  []int // sizes of what Send was given
	times  []time.Time
	fail   func(ctx context.Context, records []stream.Record) (confirmed int, err error) // nil takes everything
	encode func(buf []byte) []byte                                                       // in place of the id
	opened int
	closed int
}

func (f *fake) Format() string { return "Json" }
func (f *fake) Check(given, _ json.RawMessage) (json.RawMessage, []*fault.Error) {
	return given, nil
}
func (f *fake) Mask(json.RawMessage) json.RawMessage { return json.RawMessage(`{"key": "***"}`) }
func (f *fake) Pace(json.RawMessage) stream.Pace     { return f.pace }
func (f *fake) Encoding(int64) format.Encoding {
	write := func(buf []byte, kind byte, id int64) []byte {
		if f.encode != nil {
			return f.encode(buf)
		}
		return strconv.AppendInt(append(buf, kind), id, 10)
	}
	return format.Encoding{
		Event: func(buf []byte, e *format.Event) []byte { return write(buf, 'e', int64(e.ID)) },
		Usage: func(buf []byte, u *format.Usage) []byte { return write(buf, 'u', int64(u.ID)) },
	}
}

func (f *fake) Open(*stream.Stream) (stream.Sink, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.opened++
	return f, nil
}

func (f *fake) Close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed++
}

func (f *fake) Send(ctx context.Context, records []stream.Record) (int, error) {
	f.mu.Lock()
	fail := f.fail
	f.sends, f.times = append(f.sends, len(records)), append(f.times, time.Now())
	f.mu.Unlock()
	n, err := len(records), error(nil)
	if fail != nil {
		n, err = fail(ctx, records)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, r := range records[:n] {
		f.got = append(f.got, string(r.Data))
	}
	return n, err
}

// behave changes what the destination does; nil takes everything.
func (f *fake) behave(fail func(ctx context.Context, records []stream.Record) (int, error)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fail = fail
}

func (f *fake) received() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string(nil), f.got...)
}

func (f *fake) sizes() []int { f.mu.Lock(); defer f.mu.Unlock(); return append([]int(nil), f.sends...) }
func (f *fake) when() []time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]time.Time(nil), f.times...)
}
func (f *fake) opens() int  { f.mu.Lock(); defer f.mu.Unlock(); return f.opened }
func (f *fake) closes() int { f.mu.Lock(); defer f.mu.Unlock(); return f.closed }

func away(context.Context, []stream.Record) (int, error) {
	return 0, stream.Retry("503 Service Unavailable", 0, nil)
}

// site is a database with an organisation, and an engine over fake destinations.
type site struct {
	t            *testing.T
	d            *db.DB
	store        stream.Store
	engine       *stream.Engine
	organisation int64
	clock        clock.Clock
	days         *clock.Fake // the clock, where a test lets days pass; else time is that of the bubble
	fakes        map[string]stream.Destination
	stopEngine   func()
}

// each runs a test in a bubble of time, against both databases.
func each(t *testing.T, test func(s *site)) {
	for name, open := range map[string]opener{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		t.Run(name, func(t *testing.T) { bubble(t, open, nil, test) })
	}
}

// eachDay does the same under a clock that stands until the test moves it.
func eachDay(t *testing.T, test func(s *site)) {
	for name, open := range map[string]opener{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		t.Run(name, func(t *testing.T) { bubble(t, open, clock.NewFake(bubbleTime), test) })
	}
}

// lite runs a test of what the databases have no part in.
func lite(t *testing.T, test func(s *site)) { bubble(t, dbtest.SQLite, nil, test) }

type opener func(testing.TB, clock.Clock) *db.DB

var bubbleTime = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) // when the time of every bubble begins

func bubble(t *testing.T, open opener, days *clock.Fake, test func(s *site)) {
	synctest.Test(t, func(t *testing.T) {
		s := &site{t: t, clock: clock.System(), days: days, fakes: map[string]stream.Destination{}}
		if days != nil {
			s.clock = days.Clock()
		}
		s.d = open(t, s.clock)
		t.Cleanup(func() {
			if s.stopEngine != nil {
				s.stopEngine()
			}
		})
		s.organisation = s.newOrganisation()
		test(s)
	})
}

func (s *site) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) newOrganisation() int64 {
	s.t.Helper()
	id, err := account.CreateOrganisation(s.t.Context(), s.d, s.clock, account.Organisation{Type: account.Operator, Name: "Operator"})
	s.must(err)
	return id
}

// start starts the engine, with settings changed by the test.
func (s *site) start(change ...func(*stream.Settings)) {
	s.t.Helper()
	settings := stream.DefaultSettings()
	for _, c := range change {
		c(&settings)
	}
	s.engine = &stream.Engine{
		Store: s.store,
		DB:    s.d, Clock: s.clock, Log: dbtest.Quiet(), Settings: settings, Destinations: s.fakes,
		Catalogue: func() *tariff.Catalogue { return &tariff.Catalogue{} },
	}
	ctx, stop := context.WithCancel(context.Background())
	s.must(s.engine.Start(ctx))
	s.stopEngine = func() { stop(); s.engine.Done(); s.stopEngine = nil }
}

// restart is what a new process does.
func (s *site) restart() { s.stopEngine(); s.start() }

// stream makes a running stream of a kind to a destination.
func (s *site) stream(kind int64, f *fake, change ...func(*stream.Stream)) *stream.Stream {
	s.t.Helper()
	id, err := s.d.NextID(s.t.Context(), "data_stream", s.organisation)
	s.must(err)
	one := &stream.Stream{
		Organisation: s.organisation, ID: id, Type: kind, ConnectionType: fmt.Sprintf("Fake%d", id), Format: "Json", Generation: stream.NewFormat,
		Credentials: json.RawMessage(`{"key": "a secret key"}`), Filters: json.RawMessage("[]"), Relation: json.RawMessage("null"),
		Status: stream.Running, Created: s.clock.Micros(),
	}
	for _, c := range change {
		c(one)
	}
	if f.pace.Most == 0 {
		f.pace.Most = 100
	}
	s.fakes[one.ConnectionType] = f
	s.write(func(tx *db.Tx) error { return s.store.Create(tx, one, 0) })
	if s.engine != nil {
		s.must(s.engine.Reload(s.organisation, id))
	}
	return one
}

func (s *site) write(fn func(tx *db.Tx) error) {
	s.t.Helper()
	s.must(s.d.Write(context.Background(), []int64{s.organisation}, fn))
}

// log appends n rows, kind by kind as given: "e" events, "u" usage records. It returns them as fakes see them.
func (s *site) log(n int, kinds string) (out []string) {
	s.t.Helper()
	now := s.clock.Micros()
	s.write(func(tx *db.Tx) error {
		out = nil
		events, usage := event.NewBatch(), record.NewBatch()
		for i := range n {
			if kinds[i%len(kinds)] == 'e' {
				p := events.Add(tx, now, event.Event{Organisation: s.organisation, Time: now, Type: event.Generic})
				out = append(out, fmt.Sprintf("e%d", p.ID))
			} else {
				p := usage.Add(tx, now, record.Record{Organisation: s.organisation, Start: now, End: now, TrafficType: record.Data})
				out = append(out, fmt.Sprintf("u%d", p.ID))
			}
		}
		if err := events.Store(tx); err != nil {
			return err
		}
		return usage.Store(tx)
	})
	return out
}

// status is what the database says of a stream.
func (s *site) status(one *stream.Stream) *stream.Stream {
	s.t.Helper()
	var now *stream.Stream
	s.must(s.d.Read(context.Background(), func(q db.Queryer) (err error) {
		now, err = s.store.Get(q, s.organisation, one.ID)
		return err
	}))
	return now
}

func (s *site) setStatus(one *stream.Stream, status int64) {
	s.t.Helper()
	now := s.status(one)
	now.Status, now.Error = status, ""
	s.write(func(tx *db.Tx) error { return s.store.Update(tx, now) })
	s.must(s.engine.Reload(s.organisation, one.ID))
}

func (s *site) health(one *stream.Stream) stream.Health {
	s.t.Helper()
	h, err := s.engine.Health(context.Background(), s.organisation, one.ID)
	s.must(err)
	return h
}

// settle lets a while pass.
func (s *site) settle(d time.Duration) { time.Sleep(d); synctest.Wait() }
