package diameter

import (
	"errors"
	"sync"
	"time"

	"github.com/simstead/simstead/internal/wire/diameter/peer"
)

// errSilentFarewell cuts a peer that does not consent to the end of its connection.
var errSilentFarewell = errors.New("the Diameter peer does not answer the disconnection")

// leave takes leave of the peers: nothing new, then what is in flight, then the farewell.
func (s *Server) leave() {
	s.mu.Lock()
	conns := make([]*peer.Conn, 0, len(s.conns))
	for _, c := range s.conns {
		conns = append(conns, c)
	}
	s.mu.Unlock()
	for _, c := range conns {
		c.Drain()
	}
	if !landed(conns, grace) {
		s.Log.Warn("Diameter stopped with answers in flight")
	}
	var leaving sync.WaitGroup
	for _, c := range conns {
		late := time.AfterFunc(grace, func() { c.Cut(errSilentFarewell) })
		leaving.Go(func() {
			defer late.Stop()
			c.Disconnect(peer.Rebooting)
		})
	}
	leaving.Wait()
}

// landed waits until no connection has an answer to give.
func landed(conns []*peer.Conn, limit time.Duration) bool {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	timeout := time.NewTimer(limit)
	defer timeout.Stop()
	for {
		flying := int64(0)
		for _, c := range conns {
			flying += c.InFlight()
		}
		if flying == 0 {
			return true
		}
		select {
		case <-tick.C:
		case <-timeout.C:
			return false
		}
	}
}
