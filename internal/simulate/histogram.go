package simulate

import (
	"math/bits"
	"sync/atomic"
	"time"
)

// histogram counts durations in buckets that are at most 1/128 of their value wide, from a microsecond to a day. Any
// number of goroutines may note at the same time.
type histogram struct {
	buckets [buckets]atomic.Int64
	highest atomic.Int64 // µs
}

const (
	subBits = 7                             // 128 buckets to each doubling
	longest = 24 * time.Hour                // what takes longer is noted as this
	buckets = (37 - subBits + 1) << subBits // 24 h are below 2^37 µs
)

func bucketOf(micros int64) int {
	shift := max(0, bits.Len64(uint64(micros))-subBits-1)
	return shift<<subBits + int(micros>>shift)
}

// upper is the highest value of a bucket, µs.
func upper(bucket int) int64 {
	shift := max(0, bucket>>subBits-1)
	return int64(bucket-shift<<subBits+1)<<shift - 1
}

func (h *histogram) note(d time.Duration) {
	micros := min(max(d, 0), longest).Microseconds()
	h.buckets[bucketOf(micros)].Add(1)
	for {
		old := h.highest.Load()
		if micros <= old || h.highest.CompareAndSwap(old, micros) {
			return
		}
	}
}

// counts is a histogram as it stood at one time.
type counts struct {
	buckets [buckets]int64
	total   int64
	highest int64 // µs
}

// add adds what a histogram holds.
func (c *counts) add(h *histogram) {
	for i := range h.buckets {
		n := h.buckets[i].Load()
		c.buckets[i] += n
		c.total += n
	}
	c.highest = max(c.highest, h.highest.Load())
}

// minus takes away what an earlier state held.
func (c *counts) minus(earlier *counts) {
	for i := range c.buckets {
		c.buckets[i] -= earlier.buckets[i]
	}
	c.total -= earlier.total
}

// quantile returns the duration that a share of the noted ones does not exceed, 0 when none is noted.
func (c *counts) quantile(share float64) time.Duration {
	rank, seen := int64(share*float64(c.total)+0.5), int64(0)
	for i, n := range c.buckets {
		if seen += n; n > 0 && seen >= rank {
			return time.Duration(min(upper(i), c.highest)) * time.Microsecond
		}
	}
	return 0
}
