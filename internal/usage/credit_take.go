package usage

import (
	"errors"

	"github.com/simstead/simstead/internal/rating"
	"github.com/simstead/simstead/internal/session"
)

// Credit hands over a request for credit. answer is called once, from another goroutine, when what the request reports is
// committed and decided upon. False means that too much is waiting: answer will not be called.
func (f *Flow) Credit(c Credit, answer func(Answer)) bool {
	out := &Answer{}
	return f.submit(item{Report: c.Report, credit: &c, answer: out, done: func(err error) {
		if err != nil { // nothing of it is stored: the gateway is to send it again
			answer(Answer{Result: Busy, Reason: err.Error()})
			return
		}
		answer(*out)
	}})
}

// takeCredit is the flow for gateways that ask before they let a device use anything: it counts, rates and charges what was
// used as the flow of reports does, and answers with what may be used next.
func (w *work) takeCredit(sub *subscriber, c *Credit) (Answer, error) {
	w.flow.Counters.Credits.Add(1)
	if c.Type == Event {
		return w.takeEvent(sub, c)
	}
	s := w.held(sub, c)
	if s != nil && s.seen(c.Number) {
		w.flow.Counters.Repeats.Add(1)
		return s.again(c), nil
	}
	if a, known := w.recall(c); known {
		w.flow.Counters.Repeats.Add(1)
		return a, nil
	}
	up, down, err := c.used()
	if err != nil {
		return Answer{}, err
	}
	lost := s == nil && c.Type != Initial // its beginning is not known here
	if s == nil {
		if c.Type == Initial {
			if a, refused := w.refuse(sub, c); refused {
				return a, nil
			}
		}
		s = &heldSession{w.open(sub, c.Report)}
	}
	if !s.Open() { // a late request of a session that has ended: what was used counts, nothing is granted
		lost = true
	}
	if err := w.charge(sub, s.Session, c, up, down); err != nil {
		return Answer{}, err
	}
	ends := s.Open() && (lost || c.Type == Terminate)
	if ends || !s.Open() || len(w.notices) > 0 || w.flow.Settings.Record.Due(s.Session, c.at()) {
		w.cut(s.Session, c.at()) // before the grant, whose price may begin anew with the next record
	}
	if now := w.subscribers[sub.imsi]; s.Open() && !ends && now.simStatus != sub.simStatus {
		sub = now // its use has activated the SIM: what it is granted next costs
		w.enter(s.Session, w.slice(sub, s.Session, c.Report))
	}
	a := w.grant(sub, s.Session, c, lost)
	if ends {
		w.end(s.Session, c.at())
	}
	w.tellNotices(s.Session)
	s.remember(c, a)
	w.touch(s.Session)
	return a, nil
}

// held finds the session of a request.
func (w *work) held(sub *subscriber, c *Credit) *heldSession {
	known := w.sessions[keyOf(sub, c.Report)]
	for i := len(known) - 1; i >= 0; i-- {
		if known[i].SIM == sub.sim {
			return &heldSession{known[i]}
		}
	}
	return nil
}

// charge counts what a request reports.
func (w *work) charge(sub *subscriber, s *session.Session, c *Credit, up, down int64) error {
	before := *s
	if up+down > 0 && s.Reserved > 0 && up+down > s.Reserved {
		w.flow.Counters.Overshoot.Add(up + down - s.Reserved)
	}
	s.Uplink, s.Downlink = s.Uplink+up, s.Downlink+down
	if max(s.Uplink, s.Downlink) > rating.MaxVolume {
		s.Uplink, s.Downlink = before.Uplink, before.Downlink
		return rating.ErrRange
	}
	moved := w.place(sub, s, c.Report)
	if err := w.use(sub, s, c.at(), up, down); err != nil {
		s.Uplink, s.Downlink = before.Uplink, before.Downlink
		return err
	}
	c.Report.Time = -1
	w.note(s, c.Report)
	w.announce(sub, s, c.at(), moved)
	w.learnDevice(sub, s)
	return nil
}

// used adds up what a request reports as used.
func (c *Credit) used() (up, down int64, err error) {
	for _, service := range c.Services {
		if min(service.Up, service.Down) < 0 || max(service.Up, service.Down) > rating.MaxVolume {
			return 0, 0, rating.ErrRange
		}
		if up, down = up+service.Up, down+service.Down; max(up, down) > rating.MaxVolume {
			return 0, 0, errors.New("more was used than can be")
		}
	}
	return up, down, nil
}

// refusedAccess is a refusal that is told once the transaction is certain.
type refusedAccess struct {
	sub      *subscriber
	access   Access
	operator int64
	reason   string
}

// refuse answers the first request of a session that may not begin. The answer is kept, so that a repeat gets the same.
func (w *work) refuse(sub *subscriber, c *Credit) (Answer, bool) {
	p := place{operator: w.operator(c.PLMN, sub.imsi), rat: c.RAT, apn: c.APN, imeisv: c.IMEISV}
	why := w.flow.admissible(w.catalogue, sub, dataService, p, c.at())
	if !why.closed() {
		if err := w.ready(sub, c.at()); err == nil {
			why = judged(w.verdict(sub, dataService, c.RAT))
		}
	}
	if !why.closed() {
		w.flow.Counters.Accepted.Add(1)
		return Answer{}, false
	}
	w.flow.Counters.Refused.Add(1)
	w.refused = append(w.refused, refusedAccess{sub, Access{
		NAS: c.NAS, IMSI: c.IMSI, IMEISV: c.IMEISV, APN: c.APN, PLMN: c.PLMN, RAT: c.RAT, Received: c.Received,
	}, p.operator, why.reason})
	a := Answer{Result: why.result, Reason: why.reason}
	for _, service := range c.Services {
		a.Services = append(a.Services, Grant{RatingGroup: service.RatingGroup, ServiceID: service.ServiceID, Result: why.result, Units: Absent})
	}
	w.remember(c, a)
	return a, true
}
