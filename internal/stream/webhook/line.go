package webhook

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/simstead/simstead/internal/egress"
)

const (
	idleTimeout = 90 * time.Second // a connection that was idle for longer is not used again
	maxHead     = 64 << 10         // bytes of an answer's header
	maxReply    = 64 << 10         // bytes read of an answer's body
	lastWord    = time.Second      // for an answer that may be there though the request could not be written, and for its body
	buffered    = 64 << 10         // bytes of a request written at a time
)

// line is the one connection of a sink. A request is written and its answer read by the same goroutine (RFC 9112): net/http
// takes two more for each connection, and a request that waits for its answer pays for every switch between them.
type line struct {
	policy egress.Policy
	url    *url.URL
	out    []byte

	mu     sync.Mutex
	conn   net.Conn // nil when there is none
	broken bool     // whoever uses it shall stop

	in   *bufio.Reader
	left int64 // bytes that may still be read of an answer
	used time.Time
}

var errLong = errors.New("the answer is too long")

// Read is what in reads from: it bounds an answer.
func (l *line) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, errLong
	}
	n, err := l.conn.Read(p[:min(int64(len(p)), l.left)])
	l.left -= int64(n)
	return n, err
}

// watch breaks what is under way when ctx ends, until it is told to let go.
func (l *line) watch(ctx context.Context) (letGo func()) {
	l.mu.Lock()
	l.broken = false
	l.mu.Unlock()
	done := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(done)
		l.mu.Lock()
		defer l.mu.Unlock()
		l.broken = true
		if l.conn != nil {
			_ = l.conn.SetDeadline(time.Unix(1, 0))
		}
	})
	return func() {
		if !stop() {
			<-done
		}
	}
}

// limit gives what follows its time, unless the user of the line shall stop.
func (l *line) limit(until time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken {
		return context.Canceled
	}
	return l.conn.SetDeadline(until)
}

// exchange writes a request of a head and a body and returns the answer, its body read. A kept connection may turn out to be
// closed by the other side: then another is made, once.
func (l *line) exchange(ctx context.Context, timeout time.Duration, method string, head []byte, b body) (*http.Response, error) {
	until := time.Now().Add(timeout)
	kept := l.conn != nil
	if kept && time.Since(l.used) > idleTimeout {
		l.close()
		kept = false
	}
	for {
		if l.conn == nil {
			if err := l.connect(ctx, until); err != nil {
				return nil, err
			}
		}
		resp, silent, err := l.once(until, method, head, b)
		if err == nil {
			return resp, nil
		}
		l.close()
		if !kept || !silent || ctx.Err() != nil || errors.Is(err, context.DeadlineExceeded) || isTimeout(err) {
			return nil, err
		}
		kept = false
	}
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

func (l *line) connect(ctx context.Context, until time.Time) error {
	ctx, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	conn, err := l.policy.Connect(ctx, l.url)
	if err != nil {
		return err
	}
	l.mu.Lock()
	l.conn = conn
	l.mu.Unlock()
	if l.in == nil {
		l.in = bufio.NewReader(l)
	}
	l.in.Reset(l)
	return nil
}

// once makes one exchange on the connection that is there. It is silent when nothing of an answer came.
func (l *line) once(until time.Time, method string, head []byte, b body) (resp *http.Response, silent bool, err error) {
	if err := l.limit(until); err != nil {
		return nil, false, err
	}
	failed := l.write(head, b)
	if failed != nil { // a destination that does not want to hear more may have said why
		if err := l.limit(time.Now().Add(lastWord)); err != nil {
			return nil, false, err
		}
	}
	l.left = maxHead
	if resp, err = l.head(method); err != nil {
		silent = l.left == maxHead
		if failed != nil {
			err = failed
		}
		return nil, silent, err
	}
	// The status alone decides. The body is read so that the connection can be used again, and may break; when it lasts,
	// another connection costs less than waiting.
	l.left = maxReply
	if soon := time.Now().Add(lastWord); soon.Before(until) {
		if err := l.limit(soon); err != nil {
			return nil, false, err
		}
	}
	_, err = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	l.used = time.Now()
	if err != nil || failed != nil || resp.Close || l.in.Buffered() > 0 || resp.StatusCode == http.StatusSwitchingProtocols {
		l.close()
	}
	return resp, false, nil
}

// head reads an answer's status and header, passing over what is only in between (RFC 9110 15.2).
func (l *line) head(method string) (*http.Response, error) {
	for range 8 {
		resp, err := http.ReadResponse(l.in, &http.Request{Method: method})
		if err != nil || resp.StatusCode >= 200 || resp.StatusCode == http.StatusSwitchingProtocols {
			return resp, err
		}
	}
	return nil, errLong
}

// write sends the request in pieces that are neither a copy of all of it nor a packet for each record.
func (l *line) write(head []byte, b body) error {
	if l.out == nil {
		l.out = make([]byte, 0, 4<<10)
	}
	out := append(l.out[:0], head...)
	var err error
	b.each(func(part []byte) bool {
		if len(out)+len(part) > buffered && len(out) > 0 {
			_, err = l.conn.Write(out)
			out = out[:0]
		}
		if len(part) > buffered && err == nil {
			_, err = l.conn.Write(part)
		} else {
			out = append(out, part...)
		}
		return err == nil
	})
	if l.out = out; err == nil && len(out) > 0 {
		_, err = l.conn.Write(out)
	}
	return err
}

func (l *line) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn != nil {
		_ = l.conn.Close()
	}
	l.conn = nil
}
