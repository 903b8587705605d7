package usage

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/url"
	"sync"
	"testing"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/db/dbtest"
)

// A batch costs PostgreSQL two round trips, also one that stores a usage record.
func TestTwoRoundTrips(t *testing.T) {
	address, err := url.Parse(dbtest.PostgresURL(t))
	if err != nil {
		t.Fatal(err)
	}
	trips := listenTrips(t, address.Host)
	address.Host = trips.Addr().String()
	s := newSite(t, func(c clock.Clock) (*db.DB, error) {
		return db.Open(context.Background(), db.Config{URL: address.String(), MaxConns: 6, Clock: c, Log: dbtest.Quiet()})
	})
	defer s.close()
	d := s.device(s.first, s.imsi())
	fewest := 100
	for i := range 5 { // a connection prepares its statements once, and what is watched beside the flow may ask in between
		o := s.online(d, fmt.Sprint(i))
		trips.forget()
		o.ask(o.request(Event, 250_500, 0))
		fewest = min(fewest, trips.writing())
	}
	if fewest != 2 {
		t.Errorf("a direct debit takes %d round trips, not 2", fewest)
	}
	s.audit()
}

// trips passes connections on to PostgreSQL and counts how often the client waits for an answer on those that write.
type trips struct {
	net.Listener
	mu    sync.Mutex
	turns map[net.Conn]*turns
}

type turns struct {
	asking, writes bool
	asked          int
}

func listenTrips(t *testing.T, server string) *trips {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &trips{Listener: l, turns: map[net.Conn]*turns{}}
	var passing sync.WaitGroup
	passing.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			to, err := net.Dial("tcp", server)
			if err != nil {
				_ = client.Close()
				continue
			}
			of := &turns{}
			p.mu.Lock()
			p.turns[client] = of
			p.mu.Unlock()
			passing.Go(func() { p.pass(to, client, func(sent []byte) { of.ask(sent) }) })
			passing.Go(func() { p.pass(client, to, func([]byte) { of.asking = false }) })
		}
	})
	t.Cleanup(func() { _ = l.Close(); passing.Wait() })
	return p
}

func (t *turns) ask(sent []byte) {
	if !t.asking {
		t.asking = true
		t.asked++
	}
	t.writes = t.writes || bytes.Contains(sent, []byte("enable_hashjoin")) // as the start of such a connection says
}

func (p *trips) pass(to, from net.Conn, note func([]byte)) {
	defer to.Close()
	buffer := make([]byte, 1<<16)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		p.mu.Lock()
		note(buffer[:n])
		p.mu.Unlock()
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// forget starts to count anew.
func (p *trips) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, t := range p.turns {
		t.asked = 0
	}
}

// writing is how many round trips there were.
func (p *trips) writing() (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, t := range p.turns {
		if t.writes {
			n += t.asked
		}
	}
	return n
}
