package peer_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/wire/diameter/packet"
	"github.com/simstead/simstead/internal/wire/diameter/peer"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// node is a node of a test, with what it counted.
type node struct {
	peer.Node
	mu     sync.Mutex
	counts [peer.Happenings]int
	opened chan *peer.Conn
}

func newNode(host string, handle func(*peer.Request)) *node {
	n := &node{opened: make(chan *peer.Conn, 10)}
	n.Node = peer.Node{
		Identity: peer.Identity{
			OriginHost: host, OriginRealm: "example", ProductName: "test", OriginStateID: 3,
			Addresses:    []netip.Addr{netip.MustParseAddr("127.0.0.1")},
			Applications: []peer.Application{{ID: packet.ApplicationGy}},
		},
		Clock: clock.System(), Log: slog.New(slog.DiscardHandler),
		Admit:  func(*peer.Conn) uint32 { return packet.ResultSuccess },
		Opened: func(c *peer.Conn) { n.opened <- c },
		Handle: handle,
		Count:  func(h peer.Happening) { n.mu.Lock(); n.counts[h]++; n.mu.Unlock() },
	}
	return n
}

func (n *node) counted(h peer.Happening) int { n.mu.Lock(); defer n.mu.Unlock(); return n.counts[h] }

// accept serves one end of a pipe and gives the other.
func (n *node) accept() (*raw, <-chan error) {
	ours, theirs := net.Pipe()
	done := make(chan error, 1)
	go func() { done <- n.Accept(context.Background(), ours) }()
	return &raw{theirs, bufio.NewReader(theirs)}, done
}

// raw is the end of a connection where a test says what it wants.
type raw struct {
	conn net.Conn
	r    *bufio.Reader
}

func (c *raw) write(b []byte) { _, _ = c.conn.Write(b) } // the node may have closed it

// read returns nil when the connection has ended.
func (c *raw) read() packet.Message {
	head, err := c.r.Peek(4)
	if err != nil {
		return nil
	}
	n, err := packet.Length(head, packet.MaxLength)
	if err != nil {
		return nil
	}
	b := make([]byte, n)
	_, _ = io.ReadFull(c.r, b)
	return b
}

func message(flags byte, command packet.Command, application uint32, write ...func(*packet.Writer)) packet.Message {
	var w packet.Writer
	w.Begin(flags, command, application, 11, 12, 0)
	for _, f := range write {
		f(&w)
	}
	m, err := w.Message()
	if err != nil {
		panic(err)
	}
	return m
}

func origin(w *packet.Writer) {
	w.Text(packet.OriginHost, "test.example")
	w.Text(packet.OriginRealm, "example")
	w.Unsigned32(packet.AuthApplicationID, packet.ApplicationGy)
}

// open exchanges capabilities.
func (c *raw) open(t *testing.T) {
	t.Helper()
	c.write(message(packet.FlagRequest, packet.CapabilitiesExchange, 0, origin))
	if a := c.read(); result(a) != packet.ResultSuccess {
		t.Fatalf("capabilities exchange: %x", a)
	}
}

func result(m packet.Message) uint32 {
	if m == nil {
		return 0
	}
	a, _ := m.Find(packet.ResultCode)
	v, _ := a.Unsigned32() // 0 for none
	return v
}

func TestSilentPeerIsWatchedAndCutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNode("ocs.example", nil)
		c, done := n.accept()
		c.open(t)
		begun := time.Now()
		m := c.read()
		asked := time.Since(begun)
		if m == nil || m.Command() != packet.DeviceWatchdog || !m.Request() || asked < 28*time.Second || asked > 32*time.Second {
			t.Errorf("after %v: %x", asked, m)
		}
		if err := <-done; err == nil || n.counted(peer.Silent) != 1 {
			t.Errorf("ended with %v", err)
		}
		if silent := time.Since(begun); silent < 84*time.Second || silent > 96*time.Second {
			t.Errorf("cut off after %v", silent)
		}
	})
}

func TestPeerThatAnswersTheWatchdogStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNode("ocs.example", nil)
		c, done := n.accept()
		c.open(t)
		for range 10 {
			m := c.read()
			if m == nil || m.Command() != packet.DeviceWatchdog {
				t.Fatalf("got %x", m)
			}
			a := message(0, packet.DeviceWatchdog, 0)
			a.SetHopByHop(m.HopByHop())
			c.write(a)
		}
		c.write(message(packet.FlagRequest, packet.DeviceWatchdog, 0))
		if a := c.read(); result(a) != packet.ResultSuccess || a.HopByHop() != 11 || a.EndToEnd() != 12 {
			t.Errorf("our own watchdog gets %x", a)
		}
		_ = c.conn.Close()
		<-done
		if n.counted(peer.Silent)+n.counted(peer.Unmatched) != 0 {
			t.Errorf("counted %v", n.counts)
		}
	})
}

func TestSlowPeersAreCutOff(t *testing.T) {
	whole := message(packet.FlagRequest, packet.CapabilitiesExchange, 0, origin)
	tests := []struct {
		name  string
		open  bool
		write []byte
		limit time.Duration
		count peer.Happening
	}{
		{"says nothing", false, nil, 10 * time.Second, peer.Unannounced},
		{"half a header", false, []byte{1, 0}, 10 * time.Second, peer.Slow},
		{"half a message", false, whole[:len(whole)-1], 10 * time.Second, peer.Slow},
		{"half a message later", true, whole[:30], 10 * time.Second, peer.Slow},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := newNode("ocs.example", nil)
				c, done := n.accept()
				if test.open {
					c.open(t)
				}
				begun := time.Now()
				c.write(test.write)
				if err := <-done; err == nil || time.Since(begun) != test.limit || n.counted(test.count) != 1 {
					t.Errorf("ended after %v with %v, counted %v", time.Since(begun), err, n.counts)
				}
			})
		})
	}
}

// One octet a second makes no message in time.
func TestDrippingPeerIsCutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNode("ocs.example", nil)
		c, done := n.accept()
		c.open(t)
		begun := time.Now()
		for _, o := range message(packet.FlagRequest, packet.DeviceWatchdog, 0, origin) {
			if _, err := c.conn.Write([]byte{o}); err != nil {
				break
			}
			time.Sleep(time.Second)
		}
		if err := <-done; err == nil || time.Since(begun) > 12*time.Second || n.counted(peer.Slow) != 1 {
			t.Errorf("ended after %v with %v", time.Since(begun), err)
		}
	})
}

func TestStreamsThatAreNotDiameter(t *testing.T) {
	answer := message(0, packet.CapabilitiesExchange, 0, origin)
	tests := []struct {
		name  string
		open  bool
		write []byte
		count peer.Happening
	}{
		{"another protocol", false, []byte("GET / HTTP/1.1\r\n\r\n"), peer.Garbled},
		{"garbage later", true, []byte{0xff, 0xff, 0xff, 0xff}, peer.Garbled},
		{"oversize", true, []byte{1, 1, 0, 4}, peer.Garbled},
		{"shorter than a header", true, []byte{1, 0, 0, 16}, peer.Garbled},
		{"a request before the capabilities", false, message(0xc0, packet.CreditControl, packet.ApplicationGy, origin), peer.Unannounced},
		{"a watchdog before the capabilities", false, message(0x80, packet.DeviceWatchdog, 0, origin), peer.Unannounced},
		{"an answer before the capabilities", false, answer, peer.Unannounced},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			n := newNode("ocs.example", nil)
			c, done := n.accept()
			if test.open {
				c.open(t)
			}
			c.write(test.write)
			if m := c.read(); m != nil {
				t.Errorf("answered %x", m)
			}
			if err := <-done; err == nil || n.counted(test.count) != 1 {
				t.Errorf("ended with %v, counted %v", err, n.counts)
			}
		})
	}
}

func TestPeerDisconnects(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNode("ocs.example", nil)
		c, done := n.accept()
		c.open(t)
		c.write(message(packet.FlagRequest, packet.DisconnectPeer, 0, origin))
		if a := c.read(); result(a) != packet.ResultSuccess || a.Command() != packet.DisconnectPeer {
			t.Errorf("answer %x", a)
		}
		c.write(message(0xc0, packet.CreditControl, packet.ApplicationGy, origin))
		if a := c.read(); result(a) != packet.ResultTooBusy {
			t.Errorf("request after the farewell gets %x", a)
		}
		begun := time.Now() // the peer forgets to close
		if err := <-done; err != nil || time.Since(begun) != 10*time.Second {
			t.Errorf("ended after %v with %v", time.Since(begun), err)
		}
	})
}

func TestDisconnectInFlight(t *testing.T) {
	held := make(chan *peer.Request, 1)
	n := newNode("ocs.example", func(r *peer.Request) { held <- r })
	c, done := n.accept()
	c.open(t)
	c.write(message(0xc0, packet.CreditControl, packet.ApplicationGy, origin))
	r := <-held
	waiting := make(chan error, 1)
	if err := r.Conn.Ask(message(0xc0, packet.ReAuth, packet.ApplicationGy), time.Minute, func(_ packet.Message, err error) { waiting <- err }); err != nil {
		t.Fatal(err)
	}
	if m := c.read(); m == nil || m.Command() != packet.ReAuth {
		t.Errorf("got %x", m)
	}
	_ = c.conn.Close()
	<-done
	if err := <-waiting; !errors.Is(err, peer.ErrClosed) {
		t.Errorf("our request ends with %v", err)
	}
	r.Refuse(packet.ResultUnableToComply, nil, "too late") // goes nowhere
	if err := r.Conn.Ask(message(0xc0, packet.ReAuth, packet.ApplicationGy), time.Minute, nil); !errors.Is(err, peer.ErrClosed) {
		t.Errorf("Ask = %v", err)
	}
	if r.Conn.InFlight() != 0 {
		t.Errorf("%d in flight", r.Conn.InFlight())
	}
}

func TestPeerThatTakesNothingIsCutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNode("ocs.example", func(r *peer.Request) { r.Refuse(packet.ResultTooBusy, nil, "") })
		n.Limits.Outbox = 2000
		c, done := n.accept()
		c.open(t)
		m := message(0xc0, packet.CreditControl, packet.ApplicationGy, origin)
		for range 100 {
			if _, err := c.conn.Write(m); err != nil {
				break
			}
		}
		if err := <-done; err == nil || n.counted(peer.Overflowed) == 0 {
			t.Errorf("ended with %v, counted %v", err, n.counts)
		}
	})
}

func TestTooManyInFlight(t *testing.T) {
	n := newNode("ocs.example", func(*peer.Request) {})
	n.Limits.InFlight = 3
	c, done := n.accept()
	c.open(t)
	m := message(0xc0, packet.CreditControl, packet.ApplicationGy, origin)
	for range 3 {
		c.write(m)
	}
	c.write(m)
	if a := c.read(); result(a) != packet.ResultTooBusy {
		t.Errorf("the fourth gets %x", a)
	}
	_ = c.conn.Close()
	<-done
}

func TestAskAndTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNode("ocs.example", nil)
		n.Limits.Pending = 2
		c, done := n.accept()
		c.open(t)
		conn := <-n.opened
		outcomes := make(chan error, 2)
		ask := func() error {
			return conn.Ask(message(0xc0, packet.ReAuth, packet.ApplicationGy), time.Second, func(_ packet.Message, err error) { outcomes <- err })
		}
		if err := ask(); err != nil {
			t.Fatal(err)
		}
		first := c.read()
		if err := ask(); err != nil {
			t.Fatal(err)
		}
		c.read()
		if err := ask(); !errors.Is(err, peer.ErrFull) {
			t.Errorf("the third: %v", err)
		}
		a := message(0, packet.ReAuth, packet.ApplicationGy)
		a.SetHopByHop(first.HopByHop())
		c.write(a)
		if err := <-outcomes; err != nil {
			t.Errorf("the first: %v", err)
		}
		c.write(a) // once more: nobody waits for it
		if err := <-outcomes; !errors.Is(err, peer.ErrTimeout) {
			t.Errorf("the second: %v", err)
		}
		_ = c.conn.Close()
		<-done
		if n.counted(peer.Unmatched) != 1 {
			t.Errorf("counted %v", n.counts)
		}
	})
}

// The two sides of this package understand each other, from the first word to the last.
func TestBothSides(t *testing.T) {
	responder := newNode("ocs.example", func(r *peer.Request) {
		var w packet.Writer
		r.Begin(&w, packet.ResultSuccess, 0)
		r.End(&w)
	})
	initiator := newNode("smf.example", nil)
	ours, theirs := net.Pipe()
	done := make(chan error, 1)
	go func() { done <- responder.Accept(context.Background(), ours) }()
	c, err := initiator.Open(t.Context(), theirs)
	if err != nil {
		t.Fatal(err)
	}
	if c.Peer.OriginHost != "ocs.example" || c.Peer.OriginStateID != 3 || (<-responder.opened).Peer.OriginHost != "smf.example" {
		t.Errorf("peer %+v", c.Peer)
	}
	answers := make(chan packet.Message, 1)
	if err := c.Ask(message(0xc0, packet.CreditControl, packet.ApplicationGy, origin), time.Minute, func(m packet.Message, _ error) { answers <- m }); err != nil {
		t.Fatal(err)
	}
	if a := <-answers; result(a) != packet.ResultSuccess {
		t.Errorf("answer %x", a)
	}
	c.Disconnect(peer.DoNotWantToTalk)
	if err := <-done; err != nil || c.Err() != nil {
		t.Errorf("ended with %v and %v", err, c.Err())
	}
}

func TestOpenFails(t *testing.T) {
	tests := []struct {
		name   string
		answer func(c *raw)
	}{
		{"refused", func(c *raw) {
			c.write(message(0x20, packet.CapabilitiesExchange, 0, func(w *packet.Writer) { w.Unsigned32(packet.ResultCode, 3010) }, origin))
		}},
		{"nothing in common", func(c *raw) {
			c.write(message(0, packet.CapabilitiesExchange, 0, func(w *packet.Writer) {
				w.Unsigned32(packet.ResultCode, 2001)
				w.Text(packet.OriginHost, "a")
				w.Text(packet.OriginRealm, "b")
			}))
		}},
		{"closed", func(c *raw) { _ = c.conn.Close() }},
		{"request instead", func(c *raw) { c.write(message(0x80, packet.CapabilitiesExchange, 0, origin)) }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			ours, theirs := net.Pipe()
			n := newNode("smf.example", nil)
			go func() {
				c := &raw{theirs, bufio.NewReader(theirs)}
				c.read()
				test.answer(c)
			}()
			if c, err := n.Open(t.Context(), ours); err == nil {
				t.Errorf("opened with %+v", c.Peer)
			}
		})
	}
}
