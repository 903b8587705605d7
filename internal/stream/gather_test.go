package stream_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/simstead/simstead/internal/stream"
)

// gathering starts a stream that gathers 50 records or ten seconds, and proves its destination with one.
func (s *site) gathering(kind int64, change ...func(*stream.Stream)) (*fake, []string) {
	f := &fake{pace: stream.Pace{Most: 50, Gather: 10 * time.Second}}
	s.start()
	s.stream(kind, f, change...)
	all := s.log(1, "u")
	s.settle(time.Second)
	s.expect(f, all)
	return f, all
}

func TestGatherByTime(t *testing.T) {
	lite(t, func(s *site) {
		f, all := s.gathering(stream.UsageStream)
		began := time.Now()
		for range 9 {
			all = append(all, s.log(1, "u")...)
			s.settle(time.Second)
		}
		if len(f.sizes()) != 1 {
			s.t.Fatalf("sent %v", f.sizes())
		}
		s.settle(2 * time.Second)
		s.expect(f, all)
		if waited := f.when()[1].Sub(began); waited != 10*time.Second {
			s.t.Errorf("waited %v from the first record on", waited)
		}
		s.settle(time.Minute)
		if diff := cmp.Diff([]int{1, 9}, f.sizes()); diff != "" { // nothing empty
			s.t.Error(diff)
		}
	})
}

// A batch is full although its records are a little larger than those that its share of the memory was reckoned from.
func TestGatherGrowingRecords(t *testing.T) {
	lite(t, func(s *site) {
		f := &fake{pace: stream.Pace{Most: 2000, Gather: 10 * time.Second}}
		count := 0
		f.encode = func(buf []byte) []byte { count++; return append(buf, make([]byte, 100+count/100)...) }
		s.start()
		s.stream(stream.UsageStream, f)
		s.log(1, "u")
		s.settle(time.Second)
		s.log(6000, "u")
		s.settle(time.Second)
		if diff := cmp.Diff([]int{1, 2000, 2000, 2000}, f.sizes()); diff != "" {
			s.t.Error(diff)
		}
	})
}

func TestGatherByNumber(t *testing.T) {
	each(t, func(s *site) {
		f, all := s.gathering(stream.UsageStream)
		for range 4 {
			all = append(all, s.log(60, "ueu")...) // 40 of usage
			s.settle(time.Second)
		}
		if diff := cmp.Diff([]int{1, 50, 50, 50}, f.sizes()); diff != "" {
			s.t.Error(diff)
		}
		s.settle(10 * time.Second)
		if diff := cmp.Diff([]int{1, 50, 50, 50, 10}, f.sizes()); diff != "" {
			s.t.Error(diff)
		}
	})
}

func TestGatherCountsWhatPassesTheFilter(t *testing.T) {
	each(t, func(s *site) {
		f, _ := s.gathering(stream.BothStream, func(one *stream.Stream) {
			one.Filters = json.RawMessage(`[{"field": "event_type_id", "value": 5}]`)
		})
		for range 8 {
			s.log(100, "eeeeeeeeeu")
			s.settle(time.Second)
		}
		if diff := cmp.Diff([]int{1, 50}, f.sizes()); diff != "" {
			s.t.Error(diff)
		}
	})
}

func TestGatherWhatStoodBeforeTheStart(t *testing.T) {
	lite(t, func(s *site) {
		f, all := s.gathering(stream.UsageStream)
		s.stopEngine()
		all = append(all, s.log(120, "u")...)
		s.start()
		s.settle(11 * time.Second)
		s.expect(f, all)
		if diff := cmp.Diff([]int{1, 50, 50, 20}, f.sizes()); diff != "" {
			s.t.Error(diff)
		}
	})
}

func TestGatherTriesAgain(t *testing.T) {
	lite(t, func(s *site) {
		f, all := s.gathering(stream.UsageStream)
		f.behave(away)
		all = append(all, s.log(75, "u")...)
		s.settle(time.Minute)
		f.behave(nil)
		s.settle(2 * time.Minute)
		s.expect(f, all)
	})
}
