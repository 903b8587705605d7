package stream_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/stream"
)

func TestReplay(t *testing.T) {
	each(t, func(s *site) {
		for _, kind := range []int64{stream.EventStream, stream.BothStream} {
			f := &fake{}
			if s.engine == nil {
				s.start()
			}
			one := s.stream(kind, f)
			begun := s.health(one).Position
			all := s.log(10, "e")
			s.settle(time.Minute)
			from := time.Now()
			all = append(all, s.log(5, "e")...)
			s.settle(time.Minute)
			s.expect(f, all)

			position, err := s.engine.Replay(s.t.Context(), s.organisation, one.ID, stream.Replay{Time: from.UnixMicro()})
			s.must(err)
			if position != begun+10 {
				s.t.Errorf("goes on behind %d", position)
			}
			s.settle(time.Second)
			all = append(all, all[10:]...)
			s.expect(f, all)

			_, err = s.engine.Replay(s.t.Context(), s.organisation, one.ID, stream.Replay{Position: begun + 12})
			s.must(err)
			s.settle(time.Second)
			all = append(all, all[12:15]...)
			s.expect(f, all)

			for _, nowhere := range []stream.Replay{{Position: begun + 15}, {Time: time.Now().Add(time.Hour).UnixMicro()}} {
				if _, err = s.engine.Replay(s.t.Context(), s.organisation, one.ID, nowhere); !fault.Is(err, fault.NotAllowed) {
					s.t.Errorf("%+v: %v", nowhere, err)
				}
			}
			s.settle(time.Second)
			s.expect(f, all)
		}
		if _, err := s.engine.Replay(s.t.Context(), s.organisation, 4711, stream.Replay{Position: 1}); !fault.Is(err, fault.InvalidReference) {
			s.t.Errorf("of no stream: %v", err)
		}
	})
}

// Cursors are stored a moment after the delivery. A replay that comes just then sees what was delivered.
func TestReplayAtTheMomentOfStoring(t *testing.T) {
	each(t, func(s *site) {
		f := &fake{}
		s.start()
		one := s.stream(stream.EventStream, f)
		every := stream.DefaultSettings().CursorEvery
		var want []string
		for range 10 {
			begun := s.health(one).Position
			more := s.log(1, "e")
			s.settle(every / 2)
			want = append(want, more...)
			s.expect(f, want)
			time.Sleep(every / 2) // the cursor is being stored now
			_, err := s.engine.Replay(s.t.Context(), s.organisation, one.ID, stream.Replay{Position: begun})
			s.must(err)
			s.settle(every)
			want = append(want, more...)
			s.expect(f, want)
		}
	})
}

// A filter counts from the moment that it is set: what the stream has passed over before stays so.
func TestFilterDoesNotReachBack(t *testing.T) {
	each(t, func(s *site) {
		f := &fake{}
		s.start()
		one := s.stream(stream.EventStream, f, func(one *stream.Stream) {
			one.Filters = json.RawMessage(`[{"field": "event_type_id", "value": 5}]`)
		})
		s.log(10, "e")
		s.settle(time.Second)
		s.expect(f, nil)
		now := s.status(one)
		now.Filters = json.RawMessage("[]")
		s.write(func(tx *db.Tx) error { return s.store.Update(tx, now) })
		s.must(s.engine.Reload(s.organisation, one.ID))
		s.settle(time.Second)
		s.expect(f, nil)
		more := s.log(3, "e")
		s.settle(time.Second)
		s.expect(f, more)
	})
}

func TestReplayIsBoundedByTheBacklog(t *testing.T) {
	eachDay(t, func(s *site) {
		f := &fake{}
		s.start()
		one := s.stream(stream.EventStream, f)
		old := s.log(4, "e")
		s.settle(time.Second)
		s.days.Advance(8 * 24 * time.Hour)
		young := s.log(3, "e")
		s.settle(time.Second)
		_, err := s.engine.Replay(s.t.Context(), s.organisation, one.ID, stream.Replay{Time: bubbleTime.UnixMicro()})
		s.must(err)
		s.settle(time.Second)
		s.expect(f, append(append(old, young...), young...))
		if h := s.health(one); h.Lost != 0 {
			s.t.Errorf("lost %d", h.Lost)
		}
	})
}

// Whoever sees that a stream has failed sees what it failed of, and how often.
func TestErrorIsCountedWhenItIsSeen(t *testing.T) {
	each(t, func(s *site) {
		f := &fake{}
		s.start()
		one := s.stream(stream.EventStream, f)
		f.behave(func(context.Context, []stream.Record) (int, error) { return 0, stream.Permanent("403 Forbidden", nil) })
		s.log(1, "e")
		s.settle(time.Millisecond)
		h := s.health(one)
		if h.Status.Description != "Error" || h.Retried != 1 || h.LastError == nil || *h.LastError != "403 Forbidden" {
			s.t.Errorf("%+v", h)
		}
	})
}

// While a delivery is under way its end must not move the cursor that a replay has set.
func TestReplayDuringDelivery(t *testing.T) {
	lite(t, func(s *site) {
		f := &fake{}
		s.start()
		one := s.stream(stream.EventStream, f)
		all := s.log(5, "e")
		s.settle(time.Second)
		f.behave(func(ctx context.Context, _ []stream.Record) (int, error) {
			f.behave(nil)
			<-ctx.Done()
			return 1, ctx.Err()
		})
		all = append(all, s.log(2, "e")...)
		s.settle(time.Second)
		_, err := s.engine.Replay(s.t.Context(), s.organisation, one.ID, stream.Replay{Position: 2})
		s.must(err)
		s.settle(time.Minute)
		s.expect(f, append(all[:6:6], all[2:]...))
	})
}

func TestSampleIsSentAtOnce(t *testing.T) {
	each(t, func(s *site) {
		s.start()
		for kind, want := range map[int64]string{stream.UsageStream: "u0", stream.EventStream: "e0", stream.BothStream: "u0 e0"} {
			f := &fake{}
			one := s.stream(kind, f)
			s.setStatus(one, stream.Paused)
			before := s.health(one)
			a, err := s.engine.Test(s.t.Context(), s.organisation, one.ID)
			s.must(err)
			if got := strings.Join(f.received(), " "); got != want || !a.Delivered || !a.Test || a.Status != "delivered" {
				s.t.Errorf("%q, %+v", got, a)
			}
			f.behave(func(context.Context, []stream.Record) (int, error) {
				return 0, stream.Permanent("403 for a secret key", nil)
			})
			a, err = s.engine.Test(s.t.Context(), s.organisation, one.ID)
			s.must(err)
			if a.Delivered || a.Status != "403 for ***" {
				s.t.Errorf("%+v", a)
			}
			if after := s.health(one); after != before {
				s.t.Errorf("from %+v to %+v", before, after)
			}
			if n := len(s.engine.Attempts(one.ID)); n != 2 {
				s.t.Errorf("%d attempts", n)
			}
			if f.opens() != f.closes() {
				s.t.Errorf("%d opened, %d closed", f.opens(), f.closes())
			}
		}
		if _, err := s.engine.Test(s.t.Context(), s.organisation, 4711); !fault.Is(err, fault.InvalidReference) {
			s.t.Errorf("of no stream: %v", err)
		}
	})
}

func TestOneTestAtATime(t *testing.T) {
	lite(t, func(s *site) {
		f := &fake{}
		f.behave(func(ctx context.Context, _ []stream.Record) (int, error) { <-ctx.Done(); return 0, ctx.Err() })
		s.start()
		one := s.stream(stream.EventStream, f)
		first := make(chan stream.Attempt)
		go func() {
			a, _ := s.engine.Test(s.t.Context(), s.organisation, one.ID)
			first <- a
		}()
		s.settle(time.Second)
		if _, err := s.engine.Test(s.t.Context(), s.organisation, one.ID); !fault.Is(err, fault.NotAllowed) {
			s.t.Errorf("the second: %v", err)
		}
		if a := <-first; a.Status != "the destination did not answer in time" {
			s.t.Errorf("%+v", a)
		}
	})
}

func TestAttempts(t *testing.T) {
	lite(t, func(s *site) {
		f := &fake{}
		s.start()
		one := s.stream(stream.EventStream, f)
		for range 30 {
			s.log(2, "e")
			s.settle(time.Second)
		}
		f.behave(func(_ context.Context, records []stream.Record) (int, error) {
			time.Sleep(1500 * time.Millisecond)
			return 1, stream.Retry("429 Too Many Requests", time.Hour, nil)
		})
		last := s.log(400, "e")
		s.settle(10 * time.Second)
		all := s.engine.Attempts(one.ID)
		if len(all) != 20 || !all[1].Delivered || all[1].Records != 2 {
			s.t.Fatalf("%d attempts, %+v", len(all), all[1])
		}
		a := all[0]
		if a.Delivered || a.Status != "429 Too Many Requests" || a.Confirmed != 1 || a.Records != 200 || a.Duration != 1500 || len(a.Payload) > 1024 ||
			!strings.HasPrefix(a.Payload, last[0]+last[1]) || a.Bytes != int64(len(strings.Join(last[:200], ""))) {
			s.t.Errorf("%+v", a)
		}
		f.behave(nil)
	})
}

// What is told of an attempt holds a kilobyte of whole letters, and nothing that stands in the credentials.
func TestPayloadsHoldNoSecrets(t *testing.T) {
	lite(t, func(s *site) {
		f := &fake{}
		s.start()
		one := s.stream(stream.EventStream, f)
		f.encode = func(buf []byte) []byte {
			return append(append(buf, "a secret key, "...), bytes.Repeat([]byte("é"), 2000)...)
		}
		s.log(1, "e")
		s.settle(time.Second)
		a := s.engine.Attempts(one.ID)[0]
		if want := "***, " + strings.Repeat("é", 505); a.Payload != want {
			s.t.Errorf("%q", a.Payload)
		}
	})
}

func TestPayloadsEndWithTheBacklog(t *testing.T) {
	eachDay(t, func(s *site) {
		f := &fake{}
		s.start()
		one := s.stream(stream.EventStream, f)
		s.log(1, "e")
		s.settle(time.Second)
		s.days.Advance(8 * 24 * time.Hour)
		s.settle(time.Minute)
		if a := s.engine.Attempts(one.ID); len(a) != 1 || a[0].Payload != "" || a[0].Records != 1 {
			s.t.Errorf("%+v", a)
		}
	})
}

func TestProgress(t *testing.T) {
	lite(t, func(s *site) {
		f, quiet := &fake{}, &fake{}
		s.start()
		one := s.stream(stream.EventStream, f)
		other := s.stream(stream.UsageStream, quiet)
		s.log(1, "e")
		s.settle(time.Second)
		f.behave(away)
		s.log(250, "e")
		s.settle(time.Second)
		s.settle(time.Minute)
		all, err := s.engine.Progress(s.t.Context())
		s.must(err)
		if len(all) != 2 || all[0].Stream != one.ID || all[0].Rows != 250 || all[0].Delivered != 1 || all[0].Retried == 0 || all[0].LastSuccess == 0 || all[0].Seconds < 60 || all[0].Seconds > 90 {
			s.t.Errorf("%+v", all)
		}
		if len(all) != 2 || all[1].Stream != other.ID || all[1].Rows != 0 || all[1].Seconds != 0 || all[1].LastSuccess != 0 {
			s.t.Errorf("%+v", all)
		}
		counts, err := s.engine.Count(s.t.Context())
		s.must(err)
		if got := fmt.Sprint(counts); got != "map[Error:0 Paused:0 Pending:0 Running:2]" {
			s.t.Error(got)
		}
	})
}
