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

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/usage"
)

// Flow is what the server asks and tells.
type Flow interface {
	// Admit decides whether a session may open.
	Admit(ctx context.Context, a usage.Access) usage.Decision
	// Submit hands over a report. done is called once, from another goroutine, when the report is stored or could not be.
	// False means that there is no room: the packet is dropped and done is never called.
	Submit(r usage.Report, done func(error)) bool
	// Restarted tells that every session of a gateway which began before a time (µs) is over.
	Restarted(ctx context.Context, nas string, at int64) error
}

// Limits of the server.
const (
	minClassKey = 16              // octets
	workers     = 16              // that ask the flow what may block: Admit and Restarted
	backlog     = 1024            // questions waiting for a worker
	readBuffer  = 4 << 20         // octets of kernel memory a socket
	grace       = 5 * time.Second // for answers in flight when the server stops
)

// Server answers gateways on two sockets. Set the fields, then Listen, then Serve.
type Server struct {
	AuthAddr, AcctAddr string                // host:port; port 0 takes any
	NAS                []NAS                 // who may speak to the server
	ClassKey           []byte                // signs the Class attribute, at least 16 octets, the same on every node
	Metrics            prometheus.Registerer // nil for none
	Flow               Flow
	Clock              clock.Clock
	Log                *slog.Logger

	gateways gateways
	metrics  *metrics
	ports    []*port
	jobs     chan func(context.Context)
	flying   flying
}

// Listen checks the configuration and binds both sockets.
func (s *Server) Listen() (err error) {
	if len(s.ClassKey) < minClassKey {
		return fmt.Errorf("RADIUS class key has %d octets, needs %d", len(s.ClassKey), minClassKey)
	}
	if s.gateways, err = newGateways(s.NAS); err != nil {
		return fmt.Errorf("read RADIUS gateways: %w", err)
	}
	if s.metrics, err = newMetrics(s.Metrics); err != nil {
		return err
	}
	s.jobs = make(chan func(context.Context), backlog)
	for _, at := range []struct {
		code    radius.Code
		address string
	}{{radius.CodeAccessRequest, s.AuthAddr}, {radius.CodeAccountingRequest, s.AcctAddr}} {
		p, err := s.bind(at.code, at.address)
		if err != nil {
			s.close()
			return fmt.Errorf("listen for RADIUS: %w", err)
		}
		s.ports = append(s.ports, p)
	}
	return nil
}

func (s *Server) bind(code radius.Code, address string) (*port, error) {
	at, err := net.ResolveUDPAddr("udp", address)
	if err != nil {
		return nil, err
	}
	conn, err := net.ListenUDP("udp", at)
	if err != nil {
		return nil, err
	}
	if err := conn.SetReadBuffer(readBuffer); err != nil {
		s.Log.Info("RADIUS read buffer is the system's own", "error", err)
	}
	return newPort(s, conn, code), nil
}

// Addrs returns the addresses that Listen bound, for authentication and for accounting.
func (s *Server) Addrs() (auth, acct netip.AddrPort) {
	return s.ports[0].local(), s.ports[1].local()
}

// Serve answers until ctx ends. It then stops reading, waits at most 5 s for the answers in flight, and closes.
func (s *Server) Serve(ctx context.Context) error {
	if len(s.ports) == 0 {
		return errors.New("serve RADIUS: not listening")
	}
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	reader, interrupt := context.WithCancel(ctx)
	defer interrupt()
	var reading, working sync.WaitGroup
	for range workers {
		working.Go(func() { s.work(work) })
	}
	failed := make(chan error, len(s.ports))
	for _, p := range s.ports {
		reading.Go(func() { failed <- p.read(reader) })
	}
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	interrupt()
	for _, p := range s.ports {
		p.interrupt()
	}
	reading.Wait()
	close(s.jobs)
	drained := s.flying.land(grace)
	stop()
	s.close()
	if !drained {
		s.Log.Warn("RADIUS stopped with answers in flight")
		return err
	}
	working.Wait()
	return err
}

func (s *Server) close() {
	for _, p := range s.ports {
		_ = p.conn.Close()
	}
}

// work asks the flow on behalf of the readers, which must not block.
func (s *Server) work(ctx context.Context) {
	for job := range s.jobs {
		job(ctx)
	}
}

// enqueue reports whether there was room for a job.
func (s *Server) enqueue(job func(context.Context)) bool {
	select {
	case s.jobs <- job:
		return true
	default:
		return false
	}
}
