package simulate

import (
	"context"
	"time"

	"github.com/simstead/simstead/internal/wire/diameter/client"
	"github.com/simstead/simstead/internal/wire/diameter/packet"
)

// dialogue is a session of a CreditLoad.
type dialogue struct {
	*creditor
	device *client.Session
	gy, gx string // Session-Ids
	number uint32 // of the next request on Gy
	tally  *creditTally
}

// What Open5GS asks for, whatever the session, in octets; others leave it to the server.
const creditWish = 1_000_000

// run goes through the session, as far as the measurement lasts; what ends it after that does not count.
func (s *dialogue) run(ctx, work context.Context, at time.Duration) {
	s.gy, s.gx = s.client.NewSessionID("app_gy"), s.client.NewSessionID("app_gx")
	a, answered := s.begin(work, at)
	if !answered || a.Result/1000 != 2 { // else it is open, even when its service is refused
		return
	}
	for range s.Updates {
		if a.Refused() || a.Final != client.Absent {
			break
		}
		at, due := s.pace.next(ctx)
		if !due {
			s.tally = &s.aside
			break
		}
		if a, answered = s.report(work, update, a, at); !answered {
			s.policy(work, client.Termination)(s.tally)
			return
		}
	}
	s.tally.cut(a, s.number)
	at, due := s.pace.next(ctx)
	if !due {
		at, s.tally = s.pace.now(), &s.aside
	}
	policy := s.policy(work, client.Termination)
	s.report(work, terminate, a, at)
	policy(s.tally)
	s.tally.sessions.Add(1)
}

// begin opens the session, on Gx as well if it has to be.
func (s *dialogue) begin(work context.Context, at time.Duration) (client.CreditAnswer, bool) {
	policy := s.policy(work, client.Initial)
	r := s.request(s.device, client.Initial, s.next(), s.gy)
	r.Requested = s.wish()
	a, ok := s.ask(work, initiate, r, at, s.tally)
	policy(s.tally)
	if ok && a.Refused() {
		s.tally.refuse(a)
		if a.Result/1000 != 2 {
			s.policy(work, client.Termination)(s.tally)
		}
	}
	return a, ok
}

// report tells the use of the last grant, a.
func (s *dialogue) report(work context.Context, kind int, a client.CreditAnswer, at time.Duration) (client.CreditAnswer, bool) {
	octets := s.Bytes
	switch {
	case a.Refused():
		octets = 0
	case a.Granted != client.Absent:
		octets = min(octets, a.Granted)
	}
	r := s.request(s.device, client.Update, s.next(), s.gy)
	r.Used, r.Reason = &client.Usage{Uplink: octets / 4, Downlink: octets - octets/4, Seconds: 1}, client.ReasonQuotaExhausted
	if kind == terminate {
		r.Type, r.Reason = client.Termination, client.ReasonFinal
	} else {
		r.Requested = s.wish()
	}
	a, ok := s.ask(work, kind, r, at, s.tally)
	if ok && a.Result/1000 != 3 && a.Result != packet.ResultUnableToComply { // what is refused otherwise is counted all the same
		s.used(s.device.IMSI, octets, s.tally)
	}
	return a, ok
}

func (s *dialogue) next() uint32 {
	s.number++
	return s.number - 1
}

func (s *dialogue) wish() int64 {
	if s.Strict {
		return 0
	}
	return creditWish
}

// policy asks on Gx, if the load does; what it returns waits for the answer.
func (s *dialogue) policy(work context.Context, kind uint32) func(*creditTally) {
	if !s.Gx {
		return func(*creditTally) {}
	}
	number, what := uint32(0), policyInitiate
	if kind == client.Termination {
		number, what = 1, policyTerminate
	}
	began := s.pace.now()
	m, err := s.client.EncodePolicy(s.request(s.device, kind, number, s.gx))
	if err != nil {
		return func(t *creditTally) { t.lose(err) }
	}
	f := s.client.Launch(m)
	return func(t *creditTally) {
		t.sent.Add(1)
		if _, err := s.client.Land(work, f); err != nil {
			t.lose(err)
			return
		}
		t.answer(what, s.pace.now(), began, &s.pace)
	}
}
