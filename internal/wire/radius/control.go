package radius

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"layeh.com/radius"
	"layeh.com/radius/rfc2869"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/usage"
	"github.com/simstead/simstead/internal/wire/radius/packet"
)

// Control tells gateways what becomes of their sessions: a Dynamic Authorization Client (RFC 5176), and the usage.Network
// of sessions over RADIUS. Set the fields, then Listen, then Run. A request goes to the address that the session's
// accounting came from, from one socket for all gateways. What is asked about one session is told one after the other.
//
// Errors of a request are usage.ErrSilent, usage.ErrGone (except from End, which then has succeeded), another NAK, and
// one that says that Control has stopped.
type Control struct {
	Addr    string                // host:port to send from; port 0 takes any. Gateways believe servers that they know
	NAS     []NAS                 // who can be told what
	Metrics prometheus.Registerer // nil for none
	Clock   clock.Clock
	Log     *slog.Logger

	gateways gateways
	metrics  *controlMetrics
	conn     *net.UDPConn

	mu      sync.Mutex
	links   map[netip.AddrPort]*link
	stopped bool
	ended   []ending       // to be told once mu is free
	open    sync.WaitGroup // orders whose end is not told yet
}

var errStopped = errors.New("RADIUS control has stopped")

// Listen checks the configuration and binds the socket.
func (c *Control) Listen() (err error) {
	if c.gateways, err = newGateways(c.NAS); err != nil {
		return fmt.Errorf("read RADIUS gateways: %w", err)
	}
	if c.metrics, err = newControlMetrics(c.Metrics); err != nil {
		return err
	}
	c.links = map[netip.AddrPort]*link{}
	at, err := net.ResolveUDPAddr("udp", c.Addr)
	if err == nil {
		c.conn, err = net.ListenUDP("udp", at)
	}
	if err != nil {
		return fmt.Errorf("listen for answers of RADIUS gateways: %w", err)
	}
	return nil
}

// Close gives up the socket of a Control that is not run.
func (c *Control) Close() error { return c.conn.Close() }

// Run takes answers until ctx ends. Whatever then has none fails, and every done has returned when Run does.
func (c *Control) Run(ctx context.Context) error {
	if c.conn == nil {
		return errors.New("run RADIUS control: not listening")
	}
	interrupted := context.AfterFunc(ctx, func() { _ = c.conn.SetReadDeadline(time.Unix(1, 0)) })
	err := c.read(ctx)
	interrupted()
	c.stop()
	c.open.Wait()
	return errors.Join(err, c.conn.Close())
}

// End sends a Disconnect-Request. It succeeds as well when the gateway does not know the session (any more).
func (c *Control) End(t usage.Target, reason string, done func(error)) error {
	return c.order(t, usage.CanEnd, radius.CodeDisconnectRequest, func(b []byte, nas *gateway) []byte {
		return nas.Dynamic.Mentions.appendEnd(b, reason)
	}, func(err error) {
		if errors.Is(err, usage.ErrGone) {
			err = nil
		}
		done(err)
	})
}

// SetRate sends a CoA-Request with the attributes of the gateway's QoS templates.
func (c *Control) SetRate(t usage.Target, rate usage.Rate, done func(error)) error {
	return c.order(t, usage.CanChangeRate, radius.CodeCoARequest, func(b []byte, nas *gateway) []byte {
		before := len(b)
		for _, template := range nas.QoS {
			b = template.Append(b, rate, true)
		}
		if len(b) == before {
			return nil
		}
		return b
	}, done)
}

// Reauthorise sends a CoA-Request with another Acct-Interim-Interval. RADIUS has no other way to make a gateway report,
// so that an interval of 0 is usage.ErrCannot; when the next report comes is up to the gateway.
func (c *Control) Reauthorise(t usage.Target, interval int64, done func(error)) error {
	if interval <= 0 {
		return usage.ErrCannot
	}
	return c.order(t, usage.CanReauthorise, radius.CodeCoARequest, func(b []byte, _ *gateway) []byte {
		return packet.AppendInteger(b, rfc2869.AcctInterimInterval_Type, uint32(min(interval, maxInterim)))
	}, done)
}

// order makes an order of what is asked for. change adds what is to change and returns nil when it cannot be told.
func (c *Control) order(t usage.Target, ability usage.Ability, code radius.Code, change func([]byte, *gateway) []byte, done func(error)) error {
	peer, err := netip.ParseAddr(t.Peer)
	if err != nil {
		return fmt.Errorf("%w: %q is no address", usage.ErrCannot, t.Peer)
	}
	nas := c.gateways.find(peer)
	if nas == nil || nas.Dynamic.Abilities&ability == 0 {
		return fmt.Errorf("%w: not by the configuration", usage.ErrCannot)
	}
	b := nas.Dynamic.Mentions.append(nil, t)
	if b != nil {
		b = change(b, nas)
	}
	if b == nil {
		return usage.ErrCannot
	}
	if packet.HeaderLength+signatureLength+timeLength+len(b) > packet.MaxLength {
		return packet.ErrTooLong
	}
	o := &order{code: code, session: t.NAS + "\x00" + t.SessionID, attributes: b, done: done, wait: nas.Dynamic.Timeout}
	return c.submit(netip.AddrPortFrom(peer.Unmap(), nas.Dynamic.Port), nas, o)
}
