package client

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/simstead/simstead/internal/wire/radius/packet"
)

// ErrNoAnswer says that the server did not answer any of the sendings.
var ErrNoAnswer = errors.New("no answer from the RADIUS server")

// readBuffer is the kernel memory asked for each socket, in octets.
const readBuffer = 1 << 20

// perSocket is how many requests one socket can have in flight: the identifier is one octet.
const perSocket = 256

// Client sends requests to one port of a server, many at a time.
type Client struct {
	secret  []byte
	waits   []time.Duration // between sendings and after the last one
	sockets []*socket
	free    chan *slot
	reading sync.WaitGroup
}

// socket is a connected UDP socket with its reader.
type socket struct {
	conn  net.Conn
	slots [perSocket]slot
}

// slot is one identifier of a socket, used by one exchange at a time.
type slot struct {
	socket     *socket
	identifier byte
	answers    chan packet.Packet // buffered by one
	timer      *time.Timer

	mu      sync.Mutex
	request []byte // nil while free
}

// Dial opens a client with 256 identifiers a socket. Close ends it.
func Dial(server string, secret []byte, sockets int) (*Client, error) {
	c := &Client{
		secret: slices.Clone(secret),
		waits:  []time.Duration{time.Second, 2 * time.Second, 4 * time.Second},
		free:   make(chan *slot, sockets*perSocket),
	}
	address, err := net.ResolveUDPAddr("udp", server)
	if err != nil {
		return nil, fmt.Errorf("resolve RADIUS server: %w", err)
	}
	for range sockets {
		conn, err := net.DialUDP("udp", nil, address)
		if err != nil {
			c.Close()
			return nil, fmt.Errorf("dial RADIUS server: %w", err)
		}
		_ = conn.SetReadBuffer(readBuffer) // the kernel may allow less
		s := &socket{conn: conn}
		c.sockets = append(c.sockets, s)
		c.reading.Go(func() { c.read(s) })
	}
	for id := range perSocket {
		for _, s := range c.sockets {
			l := &s.slots[id]
			l.socket, l.identifier, l.answers = s, byte(id), make(chan packet.Packet, 1)
			l.timer = time.NewTimer(time.Hour)
			l.timer.Stop()
			c.free <- l
		}
	}
	return c, nil
}

// Close ends the client; exchanges in flight get no answer any more.
func (c *Client) Close() {
	for _, s := range c.sockets {
		_ = s.conn.Close()
	}
	c.reading.Wait()
}

// Exchange sends a request until it is answered: three times, as the same bytes, waiting 1, 2 and 4 s. It waits for a
// free identifier first. Answers that are not authentic are passed over.
func (c *Client) Exchange(ctx context.Context, r Request) (Answer, error) {
	var l *slot
	select {
	case l = <-c.free:
	case <-ctx.Done():
		return Answer{}, fmt.Errorf("wait for a RADIUS identifier: %w", ctx.Err())
	}
	defer func() { c.free <- l }()
	var authenticator [16]byte
	_, _ = rand.Read(authenticator[:]) // never fails
	request, err := r.encode(l.identifier, authenticator, c.secret)
	if err != nil {
		return Answer{}, err
	}
	l.open(request)
	defer l.close()
	for _, wait := range c.waits {
		if _, err := l.socket.conn.Write(request); err != nil && errors.Is(err, net.ErrClosed) {
			return Answer{}, fmt.Errorf("send RADIUS request: %w", err)
		} // any other error is that of an earlier datagram, or like a lost one
		l.timer.Reset(wait)
		select {
		case p := <-l.answers:
			l.timer.Stop()
			return decode(p), nil
		case <-ctx.Done():
			l.timer.Stop()
			return Answer{}, fmt.Errorf("wait for a RADIUS answer: %w", ctx.Err())
		case <-l.timer.C:
		}
	}
	return Answer{}, ErrNoAnswer
}

func (l *slot) open(request []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.request = request
}

// close frees the slot and throws away an answer that came too late.
func (l *slot) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.request = nil
	select {
	case <-l.answers:
	default:
	}
}

// deliver passes an answer to the exchange it belongs to, once.
func (l *slot) deliver(p packet.Packet, secret []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.request == nil || !authentic(p, l.request, secret) {
		return
	}
	l.request = nil
	l.answers <- slices.Clone(p)
}

func (c *Client) read(s *socket) {
	buffer := make([]byte, packet.MaxLength)
	for {
		n, err := s.conn.Read(buffer)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue // a refusal, reported once a datagram: the exchange tries again
		}
		if p, err := packet.Parse(buffer[:n]); err == nil {
			s.slots[p.Identifier()].deliver(p, c.secret)
		}
	}
}
