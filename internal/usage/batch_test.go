package usage

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// crowdStory: many goroutines report at once while SIMs change hands and organisations are changed. Every report is
// answered once and every byte charged once.
func crowdStory(t *testing.T, s *site) {
	const gateways, devices, rounds = 4, 6, 150
	var all [gateways][devices]*data
	for g := range all {
		for i := range all[g] {
			all[g][i] = s.session(s.device([]int64{s.first, s.second}[i%2], s.imsi()), fmt.Sprint(g, "-", i), 0)
		}
	}
	s.advance(rounds)
	var reporting, changing sync.WaitGroup
	var answers atomic.Int64
	for g := range all {
		reporting.Go(func() {
			var answered sync.WaitGroup
			for round := range int64(rounds) {
				for i, d := range all[g] {
					up := (round + 1) * int64(1000+i)
					for range 1 + round%2 { // every other one is sent twice
						answered.Add(1)
						if !s.flow.Submit(d.report(Interim, round, up, 3*up), func(err error) {
							if err != nil {
								t.Error(err)
							}
							answers.Add(1)
							answered.Done()
						}) {
							t.Error("the queue is full")
							answered.Done()
						}
					}
				}
			}
			answered.Wait()
		})
	}
	done := make(chan struct{})
	changing.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-done:
				return
			default:
			}
			d := &all[i%gateways][i/gateways%devices].device
			s.transfer(d, s.first+s.second-d.organisation)
			s.exec(s.first, `UPDATE service_profile SET description = $1 WHERE organisation_id = $2`, fmt.Sprint(i), s.first)
		}
	})
	reporting.Wait()
	close(done)
	changing.Wait()
	if got, want := answers.Load(), int64(gateways*devices*rounds*3/2); got != want || s.flow.Counters.Reports.Load() != want {
		t.Errorf("%d answers to %d reports, %d counted", got, want, s.flow.Counters.Reports.Load())
	}
	for _, gateway := range all {
		for i, d := range gateway {
			s.counted(d, rounds*int64(1000+i), 3*rounds*int64(1000+i))
			s.send(d, d.report(Stop, rounds, rounds*int64(1000+i), 3*rounds*int64(1000+i)))
		}
	}
}

// fullStory: more than the queue holds is refused and not answered; what was taken is stored before the flow ends.
func fullStory(t *testing.T, s *site) {
	s.still()
	d := s.session(s.device(s.first, s.imsi()), "a", 0)
	var answers atomic.Int64
	submit := func(up int64) bool {
		return s.flow.Submit(d.report(Interim, 1, up, 0), func(err error) {
			if err != nil {
				t.Error(err)
			}
			answers.Add(1)
		})
	}
	for i := range int64(queueSize) {
		if !submit(i) {
			t.Fatalf("report %d was refused", i)
		}
	}
	if submit(queueSize) || s.flow.Counters.Dropped.Load() != 1 {
		t.Errorf("the queue took more than it holds, %d were refused", s.flow.Counters.Dropped.Load())
	}
	if answers.Load() != 0 {
		t.Errorf("%d were answered before the flow ran", answers.Load())
	}
	ended, cancel := context.WithCancel(s.context())
	cancel()
	s.flow.Run(ended) // it ends at once, but not before everything is stored
	if got := answers.Load(); got != queueSize {
		t.Errorf("%d of %d were answered", got, queueSize)
	}
	if got := s.flow.Counters.Batches.Load(); got < queueSize/maxBatch || got > queueSize/100 {
		t.Errorf("%d batches", got)
	}
	s.counted(d, queueSize-1, 0)
}

func TestNextSize(t *testing.T) {
	tests := []struct {
		name         string
		size, stored int
		took         time.Duration
		want         int
	}{
		{"a batch that was not full says nothing", 400, 399, time.Second, 400},
		{"too slow", 400, 400, 41 * time.Millisecond, 300},
		{"slow enough", 400, 400, 30 * time.Millisecond, 400},
		{"quick", 400, 400, 19 * time.Millisecond, 500},
		{"never below a hundred", 101, 101, time.Second, 100},
		{"never above the most", 900, 900, time.Millisecond, maxBatch},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := nextSize(test.size, test.stored, test.took); got != test.want {
				t.Errorf("got %d, want %d", got, test.want)
			}
		})
	}
}
