package peer

import (
	"net"
	"sync"
	"time"

	"github.com/simstead/simstead/internal/clock"
)

// outbox holds what waits to be sent. What came while one write ran goes out with the next.
type outbox struct {
	mu     sync.Mutex
	buf    []byte
	limit  int
	closed bool
	wake   chan struct{} // buffered by one
}

// put reports whether there was room. A closed outbox takes everything and sends nothing.
func (o *outbox) put(b []byte) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return true
	}
	if len(o.buf)+len(b) > o.limit {
		return false
	}
	o.buf = append(o.buf, b...)
	o.signal()
	return true
}

func (o *outbox) signal() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// close makes drain end once what the outbox holds is sent.
func (o *outbox) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	o.signal()
}

// take exchanges the filled buffer for an empty one.
func (o *outbox) take(empty []byte) (filled []byte, closed bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	filled, o.buf = o.buf, empty[:0]
	return filled, o.closed
}

// keepBuffer is the largest buffer kept for the next messages, in octets.
const keepBuffer = 256 << 10

// drain writes until the outbox is closed and empty, or writing fails.
func (o *outbox) drain(conn net.Conn, now clock.Clock, limit time.Duration) error {
	var spare []byte
	for range o.wake {
		filled, closed := o.take(spare)
		if len(filled) > 0 {
			_ = conn.SetWriteDeadline(now.Now().Add(limit)) // fails on a closed connection, as the write will
			if _, err := conn.Write(filled); err != nil {
				return err
			}
		}
		if closed {
			return nil
		}
		if spare = filled; cap(spare) > keepBuffer {
			spare = nil
		}
	}
	return nil
}
