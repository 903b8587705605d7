package mail

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/mail"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/simstead/simstead/internal/clock"
)

const (
	waiting  = 1000 // letters and errands that may wait
	attempts = 4
	pause    = 5 * time.Second // before the second attempt; twice as long before each further one
)

// Office sends letters and does errands behind the back of whoever posts them, so that how long an answer takes tells
// nothing. Its fields are set before Run.
type Office struct {
	From   mail.Address
	Base   string // address of the platform that letters name, without a slash at its end
	Server Server // where SMTP is spoken; its Addr is "" when letters go to the Folder
	Folder string
	Clock  clock.Clock
	Log    *slog.Logger
	Pause  time.Duration // before the second attempt; 0 = 5 s

	queue chan Errand
	files atomic.Int64
}

// Errand is work that may end in a letter; nil for none.
type Errand func(ctx context.Context) (*Letter, error)

// Open prepares an office for Post; Run is to follow.
func (o *Office) Open() *Office {
	o.queue = make(chan Errand, waiting)
	if o.Pause == 0 {
		o.Pause = pause
	}
	return o
}

// Post sends a letter soon; nil is none.
func (o *Office) Post(l *Letter) {
	if l != nil {
		o.Do(func(context.Context) (*Letter, error) { return l, nil })
	}
}

// Do does an errand soon. When too many wait it is dropped, and the log says so.
func (o *Office) Do(e Errand) {
	select {
	case o.queue <- e:
	default:
		o.Log.Error("a letter is dropped: too many wait")
	}
}

// grace is how long letters may still take when the process ends.
const grace = 3 * time.Second

// Run works until ctx ends, then does what waits once more, without further attempts.
func (o *Office) Run(ctx context.Context) {
	within, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(grace, cancel) })()
	for ctx.Err() == nil {
		select {
		case e := <-o.queue:
			o.work(within, e, ctx.Done())
		case <-ctx.Done():
		}
	}
	for {
		select {
		case e := <-o.queue:
			o.work(within, e, ctx.Done())
		default:
			return
		}
	}
}

// work does an errand and sends its letter. Once the end has come there is no further attempt.
func (o *Office) work(ctx context.Context, e Errand, end <-chan struct{}) {
	l, err := e(ctx)
	if err != nil {
		o.Log.Error("work for a letter failed", "error", err)
		return
	}
	if l == nil {
		return
	}
	wait := o.Pause
	for n := 1; ; n++ {
		if err = o.send(ctx, *l); err == nil {
			return
		}
		if n == attempts || errors.Is(err, ErrRefused) {
			break
		}
		if !pass(wait, end) {
			break
		}
		wait *= 2
	}
	o.Log.Error("a letter is not sent", "to", l.To, "error", err)
}

// pass waits; false when the end comes before.
func pass(wait time.Duration, end <-chan struct{}) bool {
	select {
	case <-end:
		return false
	case <-time.After(wait):
		return true
	}
}

func (o *Office) send(ctx context.Context, l Letter) error {
	now := o.Clock.Now()
	text := message(o.From, o.Base, l, now)
	if o.Server.Addr != "" {
		return o.Server.send(ctx, o.From.Address, l.To, text)
	}
	if err := os.MkdirAll(o.Folder, 0o700); err != nil {
		return fmt.Errorf("make the outbox: %w", err)
	}
	name := fmt.Sprintf("%s-%d.eml", now.Format("20060102T150405.000000"), o.files.Add(1))
	if err := os.WriteFile(filepath.Join(o.Folder, name), text, 0o600); err != nil {
		return fmt.Errorf("write into the outbox: %w", err)
	}
	return nil
}
