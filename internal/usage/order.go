package usage

import (
	"errors"

	"github.com/simstead/simstead/internal/session"
)

// order is what the network is told once a transaction is certain.
type order struct {
	kind     orderKind
	target   Target
	reason   string
	rate     Rate
	interval int64 // s
	policy   bool  // by way of the session's policy session, if there is one
}

type orderKind uint8

const (
	endSession orderKind = iota
	setRate
	reauthorise
)

func (w *work) command(s *session.Session, o order) {
	o.target = targetOf(s)
	o.policy = o.kind == setRate && o.target.Protocol == Gy
	w.orders = append(w.orders, o)
}

func targetOf(s *session.Session) Target {
	return Target{
		Protocol: Protocol(s.Protocol), NAS: s.NAS, SessionID: s.SessionID, Peer: s.Peer, Realm: s.Realm, ChargingID: s.ChargingID,
		IMSI: s.IMSI, UEAddress: s.UEAddress, Abilities: Ability(s.Abilities), organisation: s.Organisation, endpoint: s.Endpoint,
	}
}

// tell gives orders to the gateways. What a gateway cannot be told happens at its next request: it gets no further credit.
func (f *Flow) tell(orders []order) {
	for _, o := range orders {
		if o.policy {
			f.background.Go(func() { f.tellPolicy(o) })
			continue
		}
		f.tellOne(o)
	}
}

func (f *Flow) tellOne(o order) {
	network := f.Networks[o.target.Protocol]
	if network == nil {
		return
	}
	done := func(err error) {
		if err == nil {
			f.Counters.Obeyed.Add(1)
			return
		}
		f.Counters.Disobeyed.Add(1)
		f.Log.Warn("a gateway did not do as it was told", "nas", o.target.NAS, "session", o.target.SessionID, "imsi", o.target.IMSI,
			"order", o.kind.String(), "error", err)
	}
	var err error
	switch o.kind {
	case endSession:
		if err = network.End(o.target, o.reason, done); errors.Is(err, ErrCannot) {
			err = network.Reauthorise(o.target, 0, done) // it is refused when it asks
		}
	case setRate:
		err = network.SetRate(o.target, o.rate, done)
	case reauthorise:
		err = network.Reauthorise(o.target, o.interval, done)
	}
	switch {
	case errors.Is(err, ErrCannot):
		f.Counters.Untold.Add(1)
	case err != nil:
		done(err)
	}
}

// String names an order in the log.
func (k orderKind) String() string {
	return [...]string{"end the session", "change the rate", "report"}[k]
}
