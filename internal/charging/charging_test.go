package charging_test

import (
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/simstead/simstead/internal/charging"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/rating"
	"github.com/simstead/simstead/internal/record"
	"github.com/simstead/simstead/internal/session"
)

// inMemory leaves out what a session remembers of its row.
var inMemory = cmpopts.IgnoreUnexported(session.Session{})

func TestAccumulate(t *testing.T) {
	tests := []struct {
		name             string
		up, down         int64 // the marks before
		reportUp, report int64
		wantUp, wantDown int64 // what is new
		err              error
	}{
		{"the first bytes", 0, 0, 10, 20, 10, 20, nil},
		{"more", 10, 20, 15, 21, 5, 1, nil},
		{"the same again", 10, 20, 10, 20, 0, 0, nil},
		{"an older report", 10, 20, 5, 6, 0, 0, nil},
		{"one direction ahead, one behind", 10, 20, 15, 6, 5, 0, nil},
		{"a counter below zero, up", 10, 20, -1, 25, 0, 0, rating.ErrRange},
		{"a counter below zero, down", 10, 20, 15, math.MinInt64, 0, 0, rating.ErrRange},
		{"the largest counter", 0, 0, rating.MaxVolume, 0, rating.MaxVolume, 0, nil},
		{"more than the largest, up", 1, 2, rating.MaxVolume + 1, 5, 0, 0, rating.ErrRange},
		{"more than the largest, down", 1, 2, 5, math.MaxInt64, 0, 0, rating.ErrRange},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := session.Session{Uplink: test.up, Downlink: test.down}
			up, down, err := charging.Accumulate(&s, test.reportUp, test.report)
			if up != test.wantUp || down != test.wantDown || !errors.Is(err, test.err) {
				t.Errorf("got %d, %d, %v, want %d, %d, %v", up, down, err, test.wantUp, test.wantDown, test.err)
			}
			if s.Uplink != test.up+test.wantUp || s.Downlink != test.down+test.wantDown {
				t.Errorf("the marks are %d and %d", s.Uplink, s.Downlink)
			}
		})
	}
}

// A slice is left for every change of what its bytes have in common; its line only for a change of what the price
// depends on.
func TestEnter(t *testing.T) {
	line := session.Line{Tariff: 1, Ratezone: 2, Currency: 3, Rate: 4, Block: 5, BillingMonth: 202611}
	first := charging.Slice{Endpoint: 7, IMSI: 8, Operator: 9, PLMN: "26201", RAT: 6, Line: line}
	with := func(change func(*charging.Slice)) charging.Slice { n := first; change(&n); return n }
	tests := []struct {
		name       string
		next       charging.Slice
		fits, kept bool
	}{
		{"nothing", first, true, true},
		{"endpoint", with(func(n *charging.Slice) { n.Endpoint++ }), false, false},
		{"IMSI", with(func(n *charging.Slice) { n.IMSI++ }), false, true},
		{"operator", with(func(n *charging.Slice) { n.Operator++ }), false, true},
		{"PLMN", with(func(n *charging.Slice) { n.PLMN = "26202" }), false, true},
		{"RAT", with(func(n *charging.Slice) { n.RAT++ }), false, true},
		{"tariff", with(func(n *charging.Slice) { n.Line.Tariff++ }), false, false},
		{"rate zone", with(func(n *charging.Slice) { n.Line.Ratezone++ }), false, false},
		{"currency", with(func(n *charging.Slice) { n.Line.Currency++ }), false, false},
		{"rate", with(func(n *charging.Slice) { n.Line.Rate++ }), false, false},
		{"block", with(func(n *charging.Slice) { n.Line.Block++ }), false, false},
		{"no longer rated", with(func(n *charging.Slice) { n.Line = session.Line{Currency: 3, BillingMonth: 202611} }), false, false},
		{"month", with(func(n *charging.Slice) { n.Line.BillingMonth++ }), false, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := session.Session{}
			charging.Enter(&s, first)
			s.Line.Volume, s.Line.Cost = 100, 200
			if fits := charging.Fits(&s, test.next); fits != test.fits {
				t.Errorf("fits = %t", fits)
			}
			charging.Enter(&s, test.next)
			want := test.next.Line
			if test.kept {
				want.Volume, want.Cost = 100, 200
			}
			if diff := cmp.Diff(want, s.Line); diff != "" {
				t.Error(diff)
			}
			if !charging.Fits(&s, test.next) {
				t.Error("the slice that was entered does not fit")
			}
		})
	}
}

func TestCharge(t *testing.T) {
	rated := session.Line{Block: 1000, Rate: 1_000_000, Volume: 1500, Cost: 2000} // two blocks were paid
	tests := []struct {
		name     string
		line     session.Line
		up, down int64
		want     session.Line // but for what is the same
		cost     int64
		err      error
	}{
		{"nothing", rated, 0, 0, session.Line{Volume: 1500, Cost: 2000}, 0, nil},
		{"inside the block that is paid", rated, 200, 300, session.Line{Volume: 2000, Cost: 2000}, 0, nil},
		{"one byte into the next", rated, 500, 1, session.Line{Volume: 2001, Cost: 3000}, 1000, nil},
		{"not rated", session.Line{Volume: 1500}, 200, 300, session.Line{Volume: 2000}, 0, nil},
		{"beyond what a session can hold", rated, rating.MaxVolume, 0, session.Line{Volume: 1500, Cost: 2000}, 0, rating.ErrRange},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := session.Session{Line: test.line, PendingUp: 1, PendingDown: 2, PendingCost: 3}
			cost, err := charging.Charge(&s, test.up, test.down, nil)
			if cost != test.cost || !errors.Is(err, test.err) {
				t.Errorf("got %d, %v, want %d, %v", cost, err, test.cost, test.err)
			}
			want := session.Session{Line: test.line, PendingUp: 1, PendingDown: 2, PendingCost: 3 + test.cost}
			want.Line.Volume, want.Line.Cost = test.want.Volume, test.want.Cost
			if err == nil {
				want.PendingUp, want.PendingDown = 1+test.up, 2+test.down
			}
			if diff := cmp.Diff(want, s, inMemory); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDue(t *testing.T) {
	rules := charging.Rules{Interval: 45 * clock.Second, MinBytes: 100_000}
	began := 1_000 * clock.Second
	tests := []struct {
		name          string
		at, time      int64 // our clock, and the gateway's count of seconds
		pending, more int64
		want          bool
	}{
		{"enough of both", 45 * clock.Second, 0, 50_000, 50_000, true},
		{"a microsecond too early", 45*clock.Second - 1, 0, 100_000, 0, false},
		{"a byte too few", 45 * clock.Second, 0, 50_000, 49_999, false},
		{"by the gateway's count", 0, 145, 100_000, 0, true},
		{"a second too early by the gateway's count", 0, 144, 100_000, 0, false},
		{"before the slice began", -clock.Second, 0, 1 << 40, 0, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := session.Session{
				SliceStarted: began, SliceTime: 100, Time: max(100, test.time), PendingUp: test.pending, PendingDown: test.more,
			}
			if got := rules.Due(&s, began+test.at); got != test.want {
				t.Errorf("due = %t", got)
			}
		})
	}
}

func TestCut(t *testing.T) {
	full := session.Session{
		Key: session.Key{Organisation: 1, NAS: "pgw", SessionID: "a"}, ID: 2, Endpoint: 3, SIM: 4, IMSIID: 5, IMEISV: "35",
		PLMN: "26201", RAT: 6, Operator: 7, UEAddress: "10.0.0.1", SliceStarted: 1000, SliceTime: 8, Time: 9,
		PendingUp: 10, PendingDown: 20, PendingCost: 30,
		Line: session.Line{
			Tariff: 11, Ratezone: 12, Currency: 13, Rate: 14, Block: 15, BillingMonth: 202611, Volume: 130, Cost: 530,
		},
	}
	t.Run("a record says all that its price came from", func(t *testing.T) {
		s := full
		got, ok := charging.Cut(&s, 2000)
		want := record.Record{
			Organisation: 1, Session: 2, Endpoint: 3, SIM: 4, IMSI: 5, Start: 1000, End: 2000, TrafficType: record.Data, Operator: 7,
			RAT: 6, Tariff: 11, Ratezone: 12, Currency: 13, BillingMonth: 202611, VolumeTx: 10, VolumeRx: 20, Cost: 30, Rated: true,
			Rate: 14, Block: 15, LineVolume: 100, LineCost: 500, IMEI: "35", IPAddress: "10.0.0.1", PLMN: "26201",
		}
		if diff := cmp.Diff(want, got); diff != "" || !ok {
			t.Error(ok, diff)
		}
		left := full
		left.PendingUp, left.PendingDown, left.PendingCost, left.SliceStarted, left.SliceTime = 0, 0, 0, 2000, 9
		if diff := cmp.Diff(left, s, inMemory); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("nothing used is no record, and the slice runs on", func(t *testing.T) {
		s := full
		s.PendingUp, s.PendingDown, s.PendingCost = 0, 0, 0
		before := s
		if r, ok := charging.Cut(&s, 2000); ok {
			t.Errorf("got %+v", r)
		}
		if diff := cmp.Diff(before, s, inMemory); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("not rated", func(t *testing.T) {
		s := full
		s.Line.Block, s.PendingCost = 0, 0
		if r, ok := charging.Cut(&s, 2000); !ok || r.Rated || r.Cost != 0 {
			t.Errorf("got %+v", r)
		}
	})
}
