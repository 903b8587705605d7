package stream

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
)

// budget bounds the memory of encoded records that wait for their destinations. Half of it is for everybody and never makes
// anybody wait: the more streams hold a share, the smaller is the next one, so that any number of slow destinations leaves
// something to the others. The other half is for destinations that gather large batches, files above all; they queue for it.
type budget struct {
	mu      sync.Mutex
	size    int64 // bytes of either half
	holders int64
	large   *semaphore.Weighted
}

// share is what a batch may hold.
type share struct {
	bytes int64
	large bool
}

const leastShare = 4 << 10 // bytes; one record at least is always read, however large

func newBudget(bytes int64) *budget {
	half := max(bytes/2, leastShare)
	return &budget{size: half, large: semaphore.NewWeighted(half)}
}

// take returns a share of at most the bytes that are wanted. The nth holder gets an eighth of an nth: a thousand of them
// hold no more than the half, since 1 + 1/2 + ... + 1/1000 is less than eight.
func (b *budget) take(want int64) share {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.holders++
	return share{bytes: max(min(want, b.size/(8*b.holders)), leastShare)}
}

// takeLarge waits up to patience for all that is wanted, and makes do with a small share when it does not come.
func (b *budget) takeLarge(ctx context.Context, want int64, patience time.Duration) share {
	want = min(want, b.size)
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if b.large.Acquire(waiting, want) != nil {
		return b.take(want)
	}
	return share{bytes: want, large: true}
}

// give returns a share.
func (b *budget) give(s share) {
	switch {
	case s.bytes == 0:
	case s.large:
		b.large.Release(s.bytes)
	default:
		b.mu.Lock()
		b.holders--
		b.mu.Unlock()
	}
}
