package peer

import (
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/wire/diameter/packet"
)

// Identity is what a node tells of itself (RFC 6733 section 5.3).
type Identity struct {
	OriginHost    string
	OriginRealm   string
	Addresses     []netip.Addr // Host-IP-Address; none: the connection's own
	ProductName   string
	OriginStateID uint32 // grows with each start; 0 for none
	Applications  []Application
}

// Application is one that a node serves. Those of a vendor are advertised as Vendor-Specific-Application-Id.
type Application struct{ ID, Vendor uint32 }

// Limits of a connection. What is zero takes the default.
type Limits struct {
	Watchdog   time.Duration // of silence before a Device-Watchdog-Request, default 30 s; after three times this, the connection is closed
	Handshake  time.Duration // for the capabilities exchange, and for the peer to close after a disconnection; default 10 s
	Message    time.Duration // for the rest of a message once it has begun, default 10 s
	Write      time.Duration // for the peer to take what is sent, default 10 s
	MaxMessage int           // octets, default 64 KiB
	Outbox     int           // octets waiting to be sent, default 4 MiB
	InFlight   int           // the peer's requests waiting for our answer, default 4096
	Pending    int           // our requests waiting for the peer's answer, default 65536
}

func or[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

func (l Limits) complete() Limits {
	return Limits{
		Watchdog:   or(l.Watchdog, 30*time.Second),
		Handshake:  or(l.Handshake, 10*time.Second),
		Message:    or(l.Message, 10*time.Second),
		Write:      or(l.Write, 10*time.Second),
		MaxMessage: or(l.MaxMessage, packet.MaxLength),
		Outbox:     or(l.Outbox, 4<<20),
		InFlight:   or(l.InFlight, 4096),
		Pending:    or(l.Pending, 1<<16),
	}
}

// Node is one side of its connections. Set the fields, then Accept or Open any number of connections.
type Node struct {
	Identity Identity
	Limits   Limits
	Clock    clock.Clock
	Log      *slog.Logger

	// Admit decides on a peer that asks for a connection: 2001, or the Result-Code of the refusal. The connection is not
	// open yet. Only the accepting side asks.
	Admit func(c *Conn) uint32
	// Opened is told once the connection may be used, before its first request; it must not block. nil for nobody.
	Opened func(c *Conn)
	// Closed is told when a connection that was opened has ended. nil for nobody.
	Closed func(c *Conn)
	// Handle takes a request of an application that was advertised; it must not block, and must answer once, at once or
	// later.
	Handle func(r *Request)
	// Count is told what happened, for metrics. nil for nobody.
	Count func(Happening)

	endToEnd atomic.Uint32
	started  sync.Once
}

// Happening is something worth counting.
type Happening uint8

// What is counted.
const (
	Received    Happening = iota // a request
	Answered                     // a request
	Sent                         // a request of ours
	Unmatched                    // an answer nobody waits for
	Refused                      // a request, before anybody was asked
	Panicked                     // over a message
	Overflowed                   // the outbox: the connection is cut
	Silent                       // the peer, for three watchdog times
	Slow                         // the peer, within a message
	Garbled                      // a stream that is not Diameter
	Unannounced                  // a first message that is not the capabilities exchange
	Rejected                     // a peer
	Happenings                   // how many there are
)

// String is the happening's label in metrics.
func (h Happening) String() string {
	return [Happenings]string{
		"received", "answered", "sent", "unmatched", "refused", "panicked", "overflowed", "silent", "slow", "garbled",
		"unannounced", "rejected",
	}[h]
}

func (n *Node) count(h Happening) {
	if n.Count != nil {
		n.Count(h)
	}
}

// newEndToEnd is unique for minutes, over a restart too: the low 12 bits of the time in seconds, then a number that began
// somewhere (RFC 6733 section 3).
func (n *Node) newEndToEnd() uint32 {
	n.started.Do(func() {
		n.endToEnd.Store(uint32(n.Clock.Micros()/clock.Second)<<20 | rand.Uint32()>>12)
	})
	return n.endToEnd.Add(1)
}

// advertises reports whether the node serves an application.
func (n *Node) advertises(id uint32) bool {
	for _, a := range n.Identity.Applications {
		if a.ID == id {
			return true
		}
	}
	return false
}
