package simulate

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/wire/diameter"
)

// fleetOnCredit is a core whose devices with an odd number have their credit over Gy.
func fleetOnCredit(t *testing.T, o *ocs, d []Device, c clock.Clock) (*rig, *Core) {
	t.Helper()
	g := serve(t, &flow{})
	core := g.core(d, c)
	core.Diameter = charge(t, o)
	for i := range d {
		d[i].Credit = i%2 == 1
	}
	return g, core
}

// creditTraits are what devices on credit should show sooner or later.
type creditTraits struct {
	Exhausted, Expired, RoamedInSession, Repeated, Lost, Cut, Stray, CutOffTriedAgain bool
}

// See them all within twenty minutes of the fleet's time.
func TestDevicesOnCreditShowAllTheirTraits(t *testing.T) {
	t.Parallel()
	fake := clock.NewFake(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	o := &ocs{slice: 100_000, validity: 20, quota: 3_000_000, refuse: func(_, plmn string) uint32 {
		if plmn == "00101" {
			return 5031
		}
		return 0
	}}
	g, c := fleetOnCredit(t, o, devices(0, 60), fake.Clock())
	end := begin(t, c)
	var seen creditTraits
	for step := range 24_000 {
		time.Sleep(time.Millisecond)
		fake.Advance(50 * time.Millisecond)
		if step%500 == 499 {
			if seen = lookOnCredit(o.asked()); seen == (creditTraits{true, true, true, true, true, true, true, true}) {
				break
			}
		}
	}
	if took := end(); took > lateFleet+200*time.Millisecond {
		t.Errorf("ended after %v", took)
	}
	if seen != (creditTraits{true, true, true, true, true, true, true, true}) {
		t.Errorf("seen: %+v", seen)
	}
	if c.Online() != 0 || c.OnCredit() != 0 {
		t.Errorf("%d devices online at the end, %d on credit", c.Online(), c.OnCredit())
	}
	for _, r := range g.reported() {
		if (r.IMSI[14]-'0')%2 == 1 {
			t.Fatalf("a device on credit speaks RADIUS: %+v", r)
		}
	}
	for _, r := range o.asked() {
		if (r.IMSI[14]-'0')%2 == 0 || r.APN != "iot.example" || r.IMEISV == "" || r.MSISDN == "" || r.ChargingID == 0 ||
			len(r.Location) < 8 || !r.UEAddress.IsValid() || !r.SGSN.IsValid() || !r.GGSN.IsValid() || r.OriginHost != "smf.localdomain" {
			t.Fatalf("request %+v", r)
		}
	}
	spent(t, o)
}

func lookOnCredit(requests []diameter.CreditRequest) (seen creditTraits) {
	plmns, numbers, latest, cut := map[string]string{}, map[string]int64{}, map[string]diameter.CreditRequest{}, map[string]bool{}
	for _, r := range requests {
		last, before := numbers[r.SessionID]
		seen.Repeated = seen.Repeated || r.Repeated && before && last == r.Number
		seen.RoamedInSession = seen.RoamedInSession || before && plmns[r.SessionID] != r.PLMN
		seen.Stray = seen.Stray || r.PLMN == "00101"
		device, known := latest[r.IMSI]
		if r.Type == diameter.Initial && known {
			seen.Lost = seen.Lost || device.Type == diameter.Update
			seen.CutOffTriedAgain = seen.CutOffTriedAgain || cut[r.IMSI]
		}
		if r.Type == diameter.Termination && device.Type == diameter.Update && r.Services[0].Used[0].Volume() == 0 {
			seen.Cut, cut[r.IMSI] = true, true
		}
		if r.Type == diameter.Update {
			seen.Exhausted = seen.Exhausted || r.Services[0].Used[0].Volume() == 100_000 && r.Services[0].Used[0].Reason == 3
			seen.Expired = seen.Expired || r.Services[0].Reason == 4
		}
		plmns[r.SessionID], numbers[r.SessionID], latest[r.IMSI] = r.PLMN, r.Number, r
	}
	return seen
}

// spent makes sure that no device has used more than its quota, and that some have used all of it.
func spent(t *testing.T, o *ocs) {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	all := 0
	for imsi, octets := range o.used {
		if octets > o.quota {
			t.Errorf("%s has used %d octets", imsi, octets)
		}
		if octets == o.quota {
			all++
		}
	}
	if all == 0 {
		t.Error("nobody has used up the quota")
	}
}

// Without a Diameter server the devices with RADIUS live on, and the others stay offline.
func TestCoreWithoutAnOCS(t *testing.T) {
	t.Parallel()
	g := serve(t, &flow{})
	d := devices(4, 4)
	for i := range d {
		d[i].Credit = i%2 == 1
	}
	c := g.core(d, clock.System())
	c.Diameter, c.Log = "127.0.0.1:1", slog.New(slog.DiscardHandler)
	ctx, cancel := context.WithTimeout(t.Context(), 7*time.Second)
	defer cancel()
	if err := c.Run(ctx); err != nil {
		t.Fatal(err)
	}
	if len(g.reported()) == 0 || c.OnCredit() != 0 {
		t.Errorf("%d reports, %d devices on credit", len(g.reported()), c.OnCredit())
	}
}
