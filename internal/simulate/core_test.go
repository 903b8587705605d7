package simulate

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/usage"
	"github.com/simstead/simstead/internal/wire/radius/client"
)

// devices makes a fleet; the first ones are lively.
func devices(lively, quiet int) []Device {
	list := make([]Device, lively+quiet)
	for i := range list {
		list[i] = Device{
			IMSI: fmt.Sprintf("26201990000%04d", i), IMEISV: fmt.Sprintf("359092100%05d01", i), MSISDN: fmt.Sprintf("4915100%05d", i),
			APN: "iot.example", Home: "26201", Roams: []string{"23410", "20801"}, RATs: []int{EUTRAN, NBIoT, GERAN}, Lively: i < lively,
		}
	}
	return list
}

func (g *rig) core(d []Device, c clock.Clock) *Core {
	return &Core{
		AuthAddr: g.auth, AcctAddr: g.acct, Secret: secret, Devices: d, Clock: c, Log: slog.New(slog.DiscardHandler), Seed: 7,
	}
}

// begin runs a core until the returned function is called, which tells how long it took to end.
func begin(t *testing.T, c *Core) (end func() time.Duration) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	return func() time.Duration {
		at := time.Now()
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run = %v", err)
		}
		return time.Since(at)
	}
}

func TestLivelyDevicesMakeAStartAndAStopInEverySecond(t *testing.T) {
	t.Parallel()
	const seconds = 10
	g := serve(t, &flow{})
	c := g.core(devices(20, 30), clock.System())
	before := c.Clock.Micros()
	end := begin(t, c)
	time.Sleep(5 * time.Second)
	if n := c.Online(); n < 20 || n > 32 {
		t.Errorf("%d of 50 devices online after 5 s", n)
	}
	time.Sleep((seconds-5)*time.Second + 100*time.Millisecond)
	ran := c.Clock.Micros() - before
	if took := end(); took > lateFleet+200*time.Millisecond {
		t.Errorf("ended after %v", took)
	}
	if c.Online() != 0 {
		t.Errorf("%d devices online at the end", c.Online())
	}
	reports := g.reported()
	first := reports[0].Received
	var starts, stops [seconds]int
	for _, r := range reports {
		at := (r.Received - first) / clock.Second
		lively := r.IMSI < "262019900000020"
		switch {
		case !lively || at >= seconds || r.Received-before > ran:
		case r.Kind == usage.Start:
			starts[at]++
		case r.Kind == usage.Stop && r.Uplink > 0 && r.Downlink > 0:
			stops[at]++
		}
	}
	if slices.Min(starts[:]) < 1 || slices.Min(stops[:]) < 1 || slices.Max(starts[5:]) > 3 || slices.Max(stops[5:]) > 3 {
		t.Errorf("starts %v, stops %v in each second", starts, stops)
	}
	if missing := unended(reports); len(missing) > 0 {
		t.Errorf("no Stop of %v", missing)
	}
	if got := g.restarts; !slices.Equal(got, []string{"pgw-1", "pgw-2"}) {
		t.Errorf("gateways that said they started: %v", got)
	}
}

// unended lists the sessions without a Stop.
func unended(reports []usage.Report) (list []string) {
	stopped := map[string]bool{}
	for _, r := range reports {
		stopped[r.SessionID] = stopped[r.SessionID] || r.Kind == usage.Stop
	}
	for id, ended := range stopped {
		if !ended {
			list = append(list, id)
		}
	}
	return list
}

// traits are what a fleet should show sooner or later.
type traits struct {
	Roamed, RoamedInSession, OtherRAT, OtherRATInSession, LostStop, Stray, Repeated, BothGateways bool
}

// See them all within twenty minutes of the fleet's time, which runs fifty times as fast as ours.
func TestFleetShowsAllItsTraits(t *testing.T) {
	t.Parallel()
	fake := clock.NewFake(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	g := serve(t, &flow{refuse: func(a usage.Access) string {
		if a.PLMN == "00101" {
			return "the tariff does not cover the visited operator"
		}
		return ""
	}})
	c := g.core(devices(10, 110), fake.Clock())
	end := begin(t, c)
	var seen traits
	for step := range 24_000 {
		time.Sleep(time.Millisecond)
		fake.Advance(50 * time.Millisecond)
		if step%1000 == 999 {
			seen = look(g.reported(), g.asked())
			if seen.Repeated = g.repeated(t) > 0; seen == (traits{true, true, true, true, true, true, true, true}) {
				break
			}
		}
	}
	end()
	if seen != (traits{true, true, true, true, true, true, true, true}) {
		t.Errorf("seen: %+v", seen)
	}
	check(t, g.reported())
}

func look(reports []usage.Report, accesses []usage.Access) (seen traits) {
	latest, byDevice, gateways := map[string]usage.Report{}, map[string]usage.Report{}, map[string]bool{}
	for _, r := range reports {
		gateways[r.NAS] = true
		last, known := latest[r.SessionID]
		device, before := byDevice[r.IMSI]
		switch {
		case known:
			seen.RoamedInSession = seen.RoamedInSession || last.PLMN != r.PLMN
			seen.OtherRATInSession = seen.OtherRATInSession || last.RAT != r.RAT
		case before && r.Kind == usage.Start:
			seen.Roamed = seen.Roamed || device.PLMN != r.PLMN
			seen.OtherRAT = seen.OtherRAT || device.RAT != r.RAT
			seen.LostStop = seen.LostStop || device.Kind != usage.Stop
		}
		latest[r.SessionID], byDevice[r.IMSI] = r, r
	}
	for _, a := range accesses {
		seen.Stray = seen.Stray || a.PLMN == "00101"
	}
	seen.BothGateways = gateways["pgw-1"] && gateways["pgw-2"] && len(gateways) == 2
	return seen
}

// check looks for what no gateway would send.
func check(t *testing.T, reports []usage.Report) {
	t.Helper()
	latest := map[string]usage.Report{}
	for i, r := range reports {
		last, known := latest[r.SessionID]
		latest[r.SessionID] = r
		up, down := r.Uplink-last.Uplink, r.Downlink-last.Downlink
		switch {
		case !known && (r.Kind != usage.Start || up != 0 || down != 0 || r.Time > 0):
			t.Fatalf("report %d is a session's first: %+v", i, r)
		case known && (last.Kind == usage.Stop || r.Kind == usage.Start || r.Time < last.Time || r.NAS != last.NAS):
			t.Fatalf("report %d %+v comes after %+v", i, r, last)
		case known && (up < 1_000 || up > 3_000_000 || down < 1_000 || down > 3_000_000):
			t.Fatalf("report %d: %d bytes up, %d down", i, up, down)
		case !r.SGSN.IsValid() || !r.GGSN.IsValid() || !r.UEAddress.IsValid() || r.Class.IMSI != r.IMSI || len(r.Location) < 8:
			t.Fatalf("report %d: %+v", i, r)
		}
	}
}

func TestCoreWithoutAServer(t *testing.T) {
	t.Parallel()
	g := serve(t, &flow{})
	c := g.core(devices(4, 4), clock.System())
	var log bytes.Buffer
	c.Secret, c.Log = "another", slog.New(slog.NewTextHandler(&log, nil))
	end := begin(t, c)
	time.Sleep(100 * time.Millisecond)
	if took := end(); took > lateFleet+200*time.Millisecond {
		t.Errorf("ended after %v", took)
	}
	if log.Len() > 0 {
		t.Errorf("log: %s", log.String())
	}
	h := hearing{log: c.Log}
	for _, err := range []error{nil, client.ErrNoAnswer, client.ErrNoAnswer, context.Canceled, nil, nil} {
		h.heard(err)
	}
	if n := strings.Count(log.String(), "\n"); n != 2 || strings.Count(log.String(), "level=WARN") != 1 {
		t.Errorf("log: %s", log.String())
	}
	c.AuthAddr = "127.0.0.1:nowhere"
	if err := c.Run(t.Context()); err == nil {
		t.Error("a wrong address is taken")
	}
}

func TestRefusedDevicesComeBack(t *testing.T) {
	t.Parallel()
	fake := clock.NewFake(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	g := serve(t, &flow{refuse: func(usage.Access) string { return "the SIM is not activated" }})
	c := g.core(devices(4, 4), fake.Clock())
	end := begin(t, c)
	for range 5_000 {
		time.Sleep(time.Millisecond)
		if fake.Advance(50 * time.Millisecond); len(g.asked()) > 100 {
			break
		}
	}
	end()
	if n := len(g.asked()); n <= 100 || len(g.reported()) > 0 || c.Online() != 0 {
		t.Errorf("%d attempts, %d reports, %d online", n, len(g.reported()), c.Online())
	}
}
