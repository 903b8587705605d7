package diameter

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/wire/diameter/packet"
	"github.com/simstead/simstead/internal/wire/diameter/peer"
)

// Limits of the server.
const (
	defaultConnections = 1024
	grace              = 5 * time.Second // for answers in flight when the server stops, and then for the peers' farewells
)

// Server answers packet cores over TCP. Set the fields, then Listen, then Serve. It serves Gy when there is a Charging
// and Gx when there is a Policy; for each on an identity of its own take two servers.
type Server struct {
	Addrs       []string     // host:port; port 0 takes any
	OriginHost  string       // our DiameterIdentity
	OriginRealm string       //
	Addresses   []netip.Addr // Host-IP-Address; none: that of each connection
	StateID     uint32       // Origin-State-Id, grows with each start; 0 takes the clock's seconds
	Peers       []Peer       // who may connect
	Connections int          // how many at most, default 1024
	Limits      peer.Limits
	Charging    Charging
	Policy      Policy
	Metrics     prometheus.Registerer // nil for none
	Clock       clock.Clock
	Log         *slog.Logger

	gateways  gateways
	metrics   *metrics
	node      *peer.Node
	listeners []net.Listener
	strangers strangers
	ctx       context.Context // of what Charging and Policy are asked

	mu    sync.Mutex
	conns map[string]*peer.Conn // by Origin-Host in lower case
}

// Listen checks the configuration and binds the addresses.
func (s *Server) Listen(ctx context.Context) (err error) {
	if s.OriginHost == "" || s.OriginRealm == "" {
		return errors.New("the Diameter server needs an Origin-Host and an Origin-Realm")
	}
	if s.gateways, err = newGateways(s.Peers); err != nil {
		return err
	}
	if s.metrics, err = newMetrics(s.Metrics); err != nil {
		return err
	}
	s.node = s.newNode()
	if len(s.node.Identity.Applications) == 0 {
		return errors.New("the Diameter server serves no application")
	}
	s.conns = map[string]*peer.Conn{}
	for _, addr := range s.Addrs {
		l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
		if err != nil {
			s.closeListeners()
			return fmt.Errorf("listen for Diameter: %w", err)
		}
		s.listeners = append(s.listeners, l)
	}
	return nil
}

func (s *Server) newNode() *peer.Node {
	state := s.StateID
	if state == 0 {
		state = uint32(s.Clock.Micros() / clock.Second)
	}
	n := &peer.Node{
		Identity: peer.Identity{
			OriginHost: s.OriginHost, OriginRealm: s.OriginRealm, Addresses: s.Addresses, ProductName: "Simstead",
			OriginStateID: state,
		},
		Limits: s.Limits, Clock: s.Clock, Log: s.Log,
		Admit: s.admit, Opened: s.open, Closed: s.closed, Handle: s.handle, Count: s.metrics.count,
	}
	if s.Charging != nil {
		n.Identity.Applications = append(n.Identity.Applications, peer.Application{ID: packet.ApplicationGy})
	}
	if s.Policy != nil {
		n.Identity.Applications = append(n.Identity.Applications,
			peer.Application{ID: packet.ApplicationGx, Vendor: packet.Vendor3GPP})
	}
	return n
}

// Bound returns the addresses that Listen bound.
func (s *Server) Bound() (list []netip.AddrPort) {
	for _, l := range s.listeners {
		list = append(list, l.Addr().(*net.TCPAddr).AddrPort())
	}
	return list
}

func (s *Server) closeListeners() {
	for _, l := range s.listeners {
		_ = l.Close()
	}
}

// Serve answers until ctx ends. It then takes no further request, waits at most 5 s for the answers in flight, tells the
// peers that it leaves, and closes.
func (s *Server) Serve(ctx context.Context) error {
	if len(s.listeners) == 0 {
		return errors.New("serve Diameter: not listening")
	}
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	s.ctx = work
	var accepting, serving sync.WaitGroup
	room := make(chan struct{}, connections(s.Connections))
	failed := make(chan error, len(s.listeners))
	for _, l := range s.listeners {
		accepting.Go(func() { failed <- s.accept(work, l, room, &serving) })
	}
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	s.closeListeners()
	accepting.Wait()
	s.leave()
	stop()
	serving.Wait()
	return err
}

func connections(n int) int {
	if n == 0 {
		return defaultConnections
	}
	return n
}

// accept serves each connection in a goroutine of its own, until the listener is closed.
func (s *Server) accept(ctx context.Context, l net.Listener, room chan struct{}, serving *sync.WaitGroup) error {
	for failures := 0; ; {
		nc, err := l.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return nil
		case err != nil:
			// A connection may fail before it is accepted; a listener that yields nothing else is broken.
			if failures++; failures > 100 {
				return fmt.Errorf("accept Diameter connections: %w", err)
			}
			continue
		}
		failures = 0
		select {
		case room <- struct{}{}:
		default:
			s.metrics.crowded.Inc()
			if !s.strangers.evict() {
				_ = nc.Close()
				continue
			}
			room <- struct{}{} // the other is on its way out
		}
		s.strangers.add(nc)
		serving.Go(func() {
			defer func() { <-room }()
			s.converse(ctx, nc)
		})
	}
}

func (s *Server) converse(ctx context.Context, nc net.Conn) {
	s.metrics.connections.Inc()
	defer s.metrics.connections.Dec()
	defer s.strangers.remove(wayOf(nc))
	err := s.node.Accept(ctx, nc)
	if err != nil && ctx.Err() == nil && s.metrics.mayTell(s.Clock.Micros()) {
		s.Log.Warn("Diameter connection ended", "from", nc.RemoteAddr().String(), "error", err)
	}
}

// admit decides on a peer before its connection opens.
func (s *Server) admit(c *peer.Conn) uint32 {
	p := s.gateways.admit(c.Peer.OriginHost, c.Peer.OriginRealm, c.Remote.Addr())
	if p == nil {
		return packet.ResultUnknownPeer
	}
	c.Tag = p
	return packet.ResultSuccess
}

// open notes a connection. A peer has one: if it opens another, it has lost the first and we have not noticed yet.
func (s *Server) open(c *peer.Conn) {
	s.strangers.remove(way{c.Local, c.Remote})
	key := strings.ToLower(c.Peer.OriginHost)
	s.mu.Lock()
	older := s.conns[key]
	s.conns[key] = c
	s.mu.Unlock()
	if older != nil {
		older.Cut(errors.New("the Diameter peer has opened another connection"))
	}
	s.Log.Info("Diameter peer connected", "peer", c.Peer.OriginHost, "from", c.Remote, "product", c.Peer.ProductName)
}

// closed forgets a connection, unless a newer one of the same peer has taken its place.
func (s *Server) closed(c *peer.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if key := strings.ToLower(c.Peer.OriginHost); s.conns[key] == c {
		delete(s.conns, key)
	}
}

// connection finds the open connection of a peer.
func (s *Server) connection(host string) *peer.Conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.conns[strings.ToLower(host)]
}
