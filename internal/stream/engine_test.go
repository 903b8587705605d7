package stream_test

import (
	"context"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/stream"
)

func (s *site) expect(f *fake, want []string) {
	s.t.Helper()
	if diff := cmp.Diff(want, f.received()); diff != "" {
		s.t.Fatalf("want -, got +\n%s", diff)
	}
}

func TestOrderAndKinds(t *testing.T) {
	each(t, func(s *site) {
		usage, events, both := &fake{}, &fake{pace: stream.Pace{Most: 7}}, &fake{pace: stream.Pace{Most: 11}}
		s.stream(stream.UsageStream, usage)
		s.start()
		s.stream(stream.EventStream, events)
		s.stream(stream.BothStream, both)
		var all []string
		for i := range 30 {
			all = append(all, s.log(1+i*7%50, []string{"e", "u", "eu", "uueeeu"}[i%4])...)
			s.settle(time.Duration(i) * time.Millisecond)
		}
		all = append(all, s.log(5000, "eeu")...)
		s.settle(time.Minute)
		s.expect(both, all)
		of := func(kind byte) []string {
			return slices.DeleteFunc(slices.Clone(all), func(id string) bool { return id[0] != kind })
		}
		s.expect(usage, of('u'))
		s.expect(events, of('e'))
	})
}

func TestFiltersOfMixedStreams(t *testing.T) {
	each(t, func(s *site) {
		f := &fake{}
		s.start()
		s.stream(stream.BothStream, f, func(one *stream.Stream) {
			one.Filters = json.RawMessage(`[{"field": "event_type_id", "value": [77]}]`)
		})
		all := s.log(4000, "eeeu")
		s.settle(time.Second)
		s.expect(f, slices.DeleteFunc(all, func(id string) bool { return id[0] == 'e' }))
	})
}

func TestFirstDeliveryIsTheProbe(t *testing.T) {
	each(t, func(s *site) {
		f := &fake{}
		f.behave(away)
		s.start()
		one := s.stream(stream.EventStream, f)
		all := s.log(300, "e")
		s.settle(14 * time.Second)
		if now := s.status(one); now.Status != stream.Broken || now.Error != "503 Service Unavailable" {
			s.t.Fatalf("status %d, %q", now.Status, now.Error)
		}
		if len(f.sizes()) != 3 || f.sizes()[0] > 100 {
			s.t.Errorf("sent %v", f.sizes())
		}
		if h := s.health(one); h.LagRecords != 300 || h.LagSeconds != 14 || h.Retried != 3 || h.LastError == nil || *h.LastError != "503 Service Unavailable" {
			s.t.Errorf("health %+v", h)
		}
		s.settle(time.Hour)
		if len(f.sizes()) != 3 {
			s.t.Error("a stream in error is tried")
		}
		f.behave(nil)
		s.setStatus(one, stream.Running)
		s.settle(time.Second)
		s.expect(f, all)
		if now := s.status(one); !now.Confirmed {
			s.t.Error("it is not known to work")
		}
		if h := s.health(one); h.LagRecords != 0 || h.Delivered != 300 || h.LastSuccess == nil {
			s.t.Errorf("health %+v", h)
		}
	})
}

func TestFirstDeliveryHasLittleTime(t *testing.T) {
	lite(t, func(s *site) {
		f := &fake{}
		f.behave(func(ctx context.Context, _ []stream.Record) (int, error) { <-ctx.Done(); return 0, ctx.Err() })
		s.start()
		one := s.stream(stream.EventStream, f)
		s.log(1, "e")
		s.settle(15 * time.Second)
		if now := s.status(one); now.Status != stream.Broken || now.Error != "the destination did not answer in time" {
			s.t.Fatalf("status %d, %q", now.Status, now.Error)
		}
	})
}

func TestRetryFor(t *testing.T) {
	for name, test := range map[string]struct{ own, want time.Duration }{
		"settings": {0, 30 * time.Minute}, "destination": {time.Minute, time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			lite(t, func(s *site) {
				f := &fake{pace: stream.Pace{Most: 10, RetryFor: test.own}}
				s.start()
				one := s.stream(stream.EventStream, f)
				first := s.log(1, "e")
				s.settle(time.Second)
				f.behave(away)
				rest := s.log(20, "e")
				s.settle(test.want - 5*time.Second)
				if now := s.status(one); now.Status != stream.Running {
					s.t.Fatalf("status %d, %q", now.Status, now.Error)
				}
				s.settle(10 * time.Second)
				if now := s.status(one); now.Status != stream.Broken {
					s.t.Fatalf("status %d", now.Status)
				}
				f.behave(nil)
				s.setStatus(one, stream.Running)
				s.settle(time.Second)
				s.expect(f, append(first, rest...)) // the error kept the cursor
			})
		})
	}
}

func TestRecovers(t *testing.T) {
	lite(t, func(s *site) {
		f := &fake{}
		s.start()
		one := s.stream(stream.EventStream, f)
		all := s.log(1, "e")
		s.settle(time.Second)
		f.behave(away)
		all = append(all, s.log(10, "e")...)
		s.settle(10 * time.Minute)
		f.behave(nil)
		s.settle(91 * time.Second) // the longest pause
		s.expect(f, all)
		if now := s.status(one); now.Status != stream.Running || now.Error != "" {
			s.t.Errorf("status %d, %q", now.Status, now.Error)
		}
	})
}

func TestRetryAfterIsFollowed(t *testing.T) {
	lite(t, func(s *site) {
		f := &fake{}
		s.start()
		s.stream(stream.EventStream, f)
		s.log(1, "e")
		s.settle(time.Second)
		f.behave(func(context.Context, []stream.Record) (int, error) {
			return 0, stream.Retry("429 Too Many Requests", 5*time.Minute, nil)
		})
		s.log(1, "e")
		s.settle(time.Second)
		f.behave(nil)
		before := len(f.sizes())
		s.settle(4*time.Minute + 50*time.Second)
		if len(f.sizes()) != before {
			s.t.Error("tried too early")
		}
		s.settle(10 * time.Second)
		if len(f.sizes()) != before+1 {
			s.t.Error("not tried again")
		}
	})
}

func TestPermanentFailureIsNotTriedAgain(t *testing.T) {
	lite(t, func(s *site) {
		f := &fake{}
		s.start()
		one := s.stream(stream.EventStream, f)
		s.log(1, "e")
		s.settle(time.Second)
		f.behave(func(context.Context, []stream.Record) (int, error) {
			return 0, stream.Permanent("no such a secret key", nil)
		})
		s.log(1, "e")
		s.settle(time.Second)
		if now := s.status(one); now.Status != stream.Broken || now.Error != "no such ***" {
			s.t.Errorf("status %d, %q", now.Status, now.Error)
		}
	})
}

func TestPartialConfirmation(t *testing.T) {
	lite(t, func(s *site) {
		f := &fake{pace: stream.Pace{Most: 10}}
		s.start()
		s.stream(stream.BothStream, f)
		all := s.log(1, "e")
		s.settle(time.Second)
		f.behave(func(_ context.Context, records []stream.Record) (int, error) {
			if len(records) == 1 {
				return 1, nil
			}
			return len(records) / 2, stream.Retry("throttled", 0, nil)
		})
		all = append(all, s.log(500, "eu")...)
		s.settle(29 * time.Minute)
		s.expect(f, all) // nothing twice, nothing left out
	})
}

func TestPauseKeepsBacklog(t *testing.T) {
	eachDay(t, func(s *site) {
		f, both := &fake{}, &fake{pace: stream.Pace{Most: 30}}
		s.start()
		one, two := s.stream(stream.EventStream, f), s.stream(stream.BothStream, both)
		all := s.log(3, "eu")
		s.settle(time.Second)
		s.setStatus(one, stream.Paused)
		s.setStatus(two, stream.Paused)
		for day := range 6 {
			if day != 3 { // on which nothing happens
				all = append(all, s.log(400*(day+1), []string{"eu", "u", "e"}[day%3])...)
			}
			s.days.Advance(24 * time.Hour)
		}
		s.settle(time.Second)
		s.expect(both, all[:3])
		s.setStatus(one, stream.Running)
		s.setStatus(two, stream.Running)
		all = append(all, s.log(2, "e")...)
		s.settle(time.Second)
		s.expect(both, all)
		s.expect(f, slices.DeleteFunc(all, func(id string) bool { return id[0] == 'u' }))
		if h := s.health(two); h.Lost != 0 || h.LagRecords != 0 {
			s.t.Errorf("%+v", h)
		}
	})
}

func TestOlderThanTheBacklogIsLostAndCounted(t *testing.T) {
	for _, kind := range []int64{stream.UsageStream, stream.EventStream, stream.BothStream} {
		eachDay(t, func(s *site) {
			f := &fake{}
			s.start()
			one := s.stream(kind, f)
			s.setStatus(one, stream.Paused)
			s.log(40, "eu")
			s.days.Advance(5 * 24 * time.Hour)
			kept := s.log(20, "eu")
			s.days.Advance(3 * 24 * time.Hour)
			s.setStatus(one, stream.Running)
			s.settle(time.Second)
			lost := int64(20)
			switch kind {
			case stream.UsageStream:
				kept = slices.DeleteFunc(kept, func(id string) bool { return id[0] == 'e' })
			case stream.EventStream:
				kept = slices.DeleteFunc(kept, func(id string) bool { return id[0] == 'u' })
			default:
				lost = 40
			}
			s.expect(f, kept)
			if h := s.health(one); h.Lost != lost {
				s.t.Errorf("kind %d: lost %d, want %d", kind, h.Lost, lost)
			}
		})
	}
}

func TestRestartOfTheProgram(t *testing.T) {
	each(t, func(s *site) {
		f := &fake{}
		s.start()
		s.stream(stream.BothStream, f)
		all := s.log(30, "eu")
		s.settle(time.Second)
		s.stopEngine()
		all = append(all, s.log(2500, "eu")...)
		s.start()
		s.settle(time.Second)
		all = append(all, s.log(1, "u")...)
		s.settle(time.Second)
		s.expect(f, all)
	})
}

func TestStopDuringDelivery(t *testing.T) {
	lite(t, func(s *site) {
		f := &fake{pace: stream.Pace{Most: 1}}
		s.start()
		s.stream(stream.EventStream, f)
		all := s.log(1, "e")
		s.settle(time.Second)
		f.behave(func(ctx context.Context, _ []stream.Record) (int, error) { // half of it, and then it hangs
			<-ctx.Done()
			return 3, ctx.Err()
		})
		all = append(all, s.log(6, "e")...)
		s.settle(time.Second)
		s.stopEngine()
		s.expect(f, all[:4])
		f.behave(nil)
		s.start()
		s.settle(time.Second)
		s.expect(f, all)
	})
}

func TestWritesOfOtherProcessesAreSeen(t *testing.T) {
	each(t, func(s *site) {
		f := &fake{}
		s.start()
		s.stream(stream.EventStream, f)
		s.write(func(tx *db.Tx) error { // a head that nobody told of: Watch hears only what changed through a Tx
			_, err := tx.Exec(`UPDATE organisation_head SET position = position + 1, recorded_day = $2 WHERE organisation_id = $1`,
				s.organisation, clock.DayNumber(s.clock.Micros()))
			return err
		})
		s.write(func(tx *db.Tx) error {
			_, err := tx.Exec(`INSERT INTO event (organisation_id, recorded_day, position, id, occurred_at, type_id, severity_id, source_id, alert,
				description, detail, endpoint_id, sim_id, imsi_id, user_id, operator_id, country_id, rat_type_id, imei, ip_address)
				SELECT organisation_id, recorded_day, position, 5, 0, 0, 0, 0, false, '', '', 0, 0, 0, 0, 0, 0, 0, '', ''
				FROM organisation_head WHERE organisation_id = $1`, s.organisation)
			return err
		})
		s.settle(5 * time.Second)
		s.expect(f, []string{"e5"})
	})
}

func TestDeletedStreamStops(t *testing.T) {
	each(t, func(s *site) {
		f := &fake{}
		s.start()
		one := s.stream(stream.EventStream, f)
		all := s.log(3, "e")
		s.settle(time.Second)
		s.write(func(tx *db.Tx) error { return stream.Delete(tx, s.organisation, one.ID) })
		s.must(s.engine.Reload(s.organisation, one.ID))
		s.log(3, "e")
		s.settle(time.Minute)
		s.expect(f, all)
		if f.opens() != f.closes() || len(s.engine.Attempts(one.ID)) != 0 {
			s.t.Errorf("%d opened, %d closed, %d attempts", f.opens(), f.closes(), len(s.engine.Attempts(one.ID)))
		}
	})
}

func TestIdleSinksAreClosed(t *testing.T) {
	lite(t, func(s *site) {
		f := &fake{}
		s.start()
		s.stream(stream.EventStream, f)
		if s.settle(time.Minute); f.opens() != 0 {
			s.t.Error("opened for nothing")
		}
		all := s.log(1, "e")
		if s.settle(time.Minute); f.opens() != 1 || f.closes() != 0 {
			s.t.Errorf("%d opened, %d closed", f.opens(), f.closes())
		}
		if s.settle(2 * time.Minute); f.closes() != 1 {
			s.t.Errorf("%d closed", f.closes())
		}
		all = append(all, s.log(1, "e")...)
		s.settle(time.Second)
		s.expect(f, all)
	})
}
