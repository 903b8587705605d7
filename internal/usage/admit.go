package usage

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/event"
	"github.com/simstead/simstead/internal/sim"
)

// Admit decides whether a device may open a data session now. It takes no lock: it decides on what was last committed
// here, or half a second ago on another node. A refusal of a known IMSI becomes an event, which the answer does not
// wait for.
func (f *Flow) Admit(ctx context.Context, a Access) Decision {
	found, err := f.find(ctx, []string{a.IMSI})
	if err != nil {
		f.Log.Error("subscriber could not be read", "error", err)
		return Decision{Reason: "temporary failure"}
	}
	sub := found[a.IMSI]
	if sub == nil {
		f.Counters.UnknownIMSI.Add(1)
		f.Log.Info("access refused: no SIM has this IMSI", "imsi", a.IMSI, "nas", a.NAS)
		return Decision{Reason: "unknown subscriber"}
	}
	catalogue := f.catalogue.Load()
	operator := operatorOf(catalogue, a.PLMN, a.IMSI)
	reason := gate(sub)
	if reason == "" {
		switch {
		case a.APN != "" && !catalogue.AllowsAPN(sub.tariff, a.APN):
			reason = "the tariff does not include the APN " + a.APN
		default:
			if _, ok := catalogue.Rate(sub.tariff, operator, dataService, a.Received); !ok {
				reason = "the tariff does not cover the visited operator"
			}
		}
	}
	if reason != "" {
		f.Counters.Refused.Add(1)
		f.refusals.note(f, sub, a, operator, reason)
		return Decision{Reason: reason}
	}
	f.Counters.Accepted.Add(1)
	d := Decision{Accept: true, DNS: sub.dns, Interim: f.Settings.Interim, Class: Class{Organisation: sub.organisation, IMSI: sub.imsi}}
	d.Address, _ = netip.ParseAddr(sub.address)
	return d
}

// gate tells what keeps a subscriber from using data, "" when nothing does.
func gate(s *subscriber) string {
	switch {
	case s.orgStatus != 0:
		return "the organisation is suspended"
	case s.simStatus != sim.Activated && s.simStatus != sim.FactoryTest:
		return "the SIM is not activated"
	case s.endpoint == 0:
		return "the SIM is not assigned to an endpoint"
	case s.epStatus != 0:
		return "the endpoint is disabled"
	case !s.dataService:
		return "the data service is off in the service profile"
	}
	return ""
}

// refusals keep a storm of rejected devices from becoming a storm of events: one event per endpoint and reason in
// Settings.Reject, and the next one carries how many there were.
type refusals struct {
	mu   sync.Mutex
	last map[refusal]*refused
	out  []pendingEvent
}

type refusal struct {
	sim    int64
	reason string
}

type refused struct {
	at    int64 // when the last event was written, µs
	since int64 // refusals after it
}

type pendingEvent struct {
	sub   *subscriber
	event event.Event
}

const maxRefusals = 100_000

func (r *refusals) note(f *Flow, sub *subscriber, a Access, operator int64, reason string) {
	now := f.Clock.Micros()
	r.mu.Lock()
	defer r.mu.Unlock()
	key := refusal{sub.sim, reason}
	last := r.last[key]
	if last != nil && now-last.at < f.Settings.Reject.Microseconds() {
		last.since++
		return
	}
	description := "PDP context refused: " + reason + "."
	if last != nil && last.since > 0 {
		description += fmt.Sprintf(" %d further attempts since %s.", last.since, clock.FromMicros(last.at).Format(time.RFC3339))
	}
	if len(r.last) >= maxRefusals || len(r.out) >= maxRefusals {
		clear(r.last) // rather an event too many than memory without bound
	}
	r.last[key] = &refused{at: now}
	catalogue := f.catalogue.Load()
	r.out = append(r.out, pendingEvent{sub, event.Event{
		Organisation: sub.organisation, Time: a.Received, Type: event.CreatePDPContextRejected, Description: description,
		Endpoint: sub.endpoint, SIM: sub.sim, IMSI: sub.imsiID, Operator: operator, Country: countryOf(catalogue, operator),
		RAT: a.RAT, IMEI: a.IMEISV, IPAddress: sub.address,
	}})
}

func (r *refusals) loop(ctx context.Context, f *Flow) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			r.flush(context.WithoutCancel(ctx), f)
			return
		case <-tick.C:
			r.flush(ctx, f)
		}
	}
}

func (r *refusals) flush(ctx context.Context, f *Flow) {
	r.mu.Lock()
	out := r.out
	r.out = nil
	r.mu.Unlock()
	if len(out) == 0 {
		return
	}
	heads := make([]int64, len(out))
	for i, p := range out {
		heads[i] = p.event.Organisation
	}
	err := f.DB.Write(ctx, heads, func(tx *db.Tx) error {
		batch := event.NewBatch()
		for _, p := range out {
			batch.Add(tx, f.Clock.Micros(), p.event)
		}
		return batch.Store(tx)
	})
	if err != nil {
		f.Log.Error("refusals could not be recorded", "events", len(out), "error", err)
		return
	}
	f.Counters.Events.Add(int64(len(out)))
}
