package s3

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/stream/format"
)

const (
	secondLayout = "20060102_150405"
	ahead        = time.Minute // how far the second in a deprecated name may be ahead of the clock
)

// names gives out the seconds that stand in the names of the deprecated formats' files. Two files of a kind in a bucket
// never get the same one, since their names consist of nothing else. So a name may be some seconds ahead of the clock
// while a backlog is delivered; when it would be a minute, the file waits. Names of a kind grow.
type names struct {
	clock clock.Clock
	mu    sync.Mutex
	taken map[string]int64 // the last second given out, by bucket and kind
}

// next returns the second of the next file of a series, once it is near enough.
func (n *names) next(ctx context.Context, series string) (time.Time, error) {
	n.mu.Lock()
	second := max(n.clock.Now().Unix(), n.taken[series]+1)
	n.taken[series] = second
	n.mu.Unlock()
	for {
		early := time.Unix(second, 0).Sub(n.clock.Now()) - ahead
		if early <= 0 {
			return time.Unix(second, 0).UTC(), nil
		}
		timer := time.NewTimer(min(early, time.Second))
		select {
		case <-ctx.Done():
			timer.Stop()
			return time.Time{}, fmt.Errorf("wait for a name that is free: %w", ctx.Err())
		case <-timer.C:
		}
	}
}

// key names the next object of a kind: events_20260301_120000.csv or cdr_20260301_120000.csv at the root of the bucket in
// the deprecated formats, else events/events_20260301_120000_17_000001.csv or usage/cdr_20260301_120000_17_000001.csv,
// where 17 is the stream and then its files are counted since it was last started.
func (s *Sink) key(ctx context.Context, kind int64) (string, error) {
	name, folder := "cdr", "usage"
	if kind == format.EventKind {
		name, folder = "events", "events"
	}
	if s.generation == format.Old || s.generation == format.Migrated {
		second, err := s.names.next(ctx, s.bucket+"/"+name)
		if err != nil {
			return "", err
		}
		return fmt.Sprintf("%s_%s.csv", name, second.Format(secondLayout)), nil
	}
	s.files++
	return fmt.Sprintf("%s/%s_%s_%d_%06d.csv", folder, name, s.names.clock.Now().Format(secondLayout), s.id, s.files), nil
}
