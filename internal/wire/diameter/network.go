package diameter

import (
	"errors"
	"fmt"

	"github.com/simstead/simstead/internal/usage"
	"github.com/simstead/simstead/internal/wire/diameter/packet"
	"github.com/simstead/simstead/internal/wire/diameter/peer"
)

// CreditNetwork tells gateways about their sessions on Gy.
type CreditNetwork struct{ Server *Server }

// End aborts the session, where the gateway heeds that.
func (n CreditNetwork) End(t usage.Target, _ string, done func(error)) error {
	if t.Abilities&usage.CanEnd == 0 {
		return cannot("end a session on Gy")
	}
	return begun(n.Server.AbortCredit(targetOf(t), ended(done)))
}

// SetRate is not possible on Gy.
func (n CreditNetwork) SetRate(usage.Target, usage.Rate, func(error)) error {
	return cannot("change a bitrate on Gy")
}

// Reauthorise makes the gateway report and ask anew.
func (n CreditNetwork) Reauthorise(t usage.Target, _ int64, done func(error)) error {
	if t.Abilities&usage.CanReauthorise == 0 {
		return cannot("report on Gy")
	}
	return begun(n.Server.ReauthoriseCredit(targetOf(t), obeyed(done)))
}

// PolicyNetwork tells gateways about their sessions on Gx.
type PolicyNetwork struct{ Server *Server }

// End releases the session, or aborts it where the gateway heeds only that.
func (n PolicyNetwork) End(t usage.Target, _ string, done func(error)) error {
	d := n.Server.dialect(t)
	switch {
	case d == nil:
		return begun(ErrNotConnected)
	case d.HonoursRelease:
		return begun(n.Server.ReauthorisePolicy(targetOf(t), Changes{}, UESubscriptionReason, ended(done)))
	case d.HonoursAbort:
		return begun(n.Server.AbortPolicy(targetOf(t), ended(done)))
	}
	return cannot("end a session on Gx")
}

// SetRate changes the maximum bitrate of the APN. No limit is the most that the attribute can say.
func (n PolicyNetwork) SetRate(t usage.Target, rate usage.Rate, done func(error)) error {
	if t.Abilities&usage.CanChangeRate == 0 {
		return cannot("change a bitrate on Gx")
	}
	limit := Bitrate{Up: maxBitrate, Down: maxBitrate}
	if rate != (usage.Rate{}) {
		limit = bothWays(rate, limit)
	}
	return begun(n.Server.ReauthorisePolicy(targetOf(t), Changes{Bitrate: limit}, Absent, obeyed(done)))
}

// Reauthorise is not possible on Gx: usage is reported on Gy.
func (n PolicyNetwork) Reauthorise(usage.Target, int64, func(error)) error {
	return cannot("report on Gx")
}

func cannot(what string) error { return fmt.Errorf("%w: it does not %s", usage.ErrCannot, what) }

func targetOf(t usage.Target) Target {
	return Target{Peer: t.Peer, OriginHost: t.NAS, OriginRealm: t.Realm, SessionID: t.SessionID}
}

// begun puts into the words of usage why a request could not be sent.
func begun(err error) error {
	switch {
	case errors.Is(err, ErrNotConnected), errors.Is(err, peer.ErrClosed):
		return fmt.Errorf("%w: %w", usage.ErrCannot, err)
	case errors.Is(err, peer.ErrFull):
		return fmt.Errorf("%w: %w", usage.ErrBusy, err)
	}
	return err
}

// obeyed tells done whether the gateway has obeyed.
func obeyed(done func(error)) Done {
	return func(result uint32, err error) {
		switch {
		case errors.Is(err, peer.ErrTimeout), errors.Is(err, peer.ErrClosed):
			done(fmt.Errorf("%w: %w", usage.ErrSilent, err))
		case err != nil:
			done(err)
		case result/1000 == 2:
			done(nil)
		case result == packet.ResultUnknownSessionID:
			done(usage.ErrGone)
		default:
			done(fmt.Errorf("the gateway answers %d", result))
		}
	}
}

// ended is obeyed for the end of a session, which is reached as well when the gateway does not know it.
func ended(done func(error)) Done {
	return obeyed(func(err error) {
		if errors.Is(err, usage.ErrGone) {
			err = nil
		}
		done(err)
	})
}

// dialect is how the gateway of a session speaks by the configuration of now; nil when the peer that it is reached by is not
// connected.
func (s *Server) dialect(t usage.Target) *Dialect {
	c := s.connection(t.Peer)
	if c == nil {
		return nil
	}
	return s.gateways.spoken(c.Tag.(*Peer), c.Peer.OriginHost, t.NAS)
}
