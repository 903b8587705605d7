package doctor

import (
	"math/bits"
	"math/rand/v2"
)

// key names a subject: an organisation's endpoint with SIM, traffic, currency and month; a session; a pool; a balance.
type key struct{ organisation, a, b, c, d, e int64 }

// amounts are what both sides of a subject add up to: volumes and a cost, as the subject has them.
type amounts [3]int64

func (a amounts) plus(b amounts) amounts { return amounts{a[0] + b[0], a[1] + b[1], a[2] + b[2]} }

// tally compares two sides of many subjects: what is stated, and what the log adds up to. At first it keeps one number for
// all the subjects of a bucket; in a second look the exact sums of the subjects in some buckets.
type tally struct {
	seed  uint64
	mixed []uint64
	exact map[key]*sides // nil at the first look
	wants map[uint32]bool
}

// sides are the exact sums of a subject.
type sides struct {
	stated, logged amounts
	known          bool // something states it
	partly         bool // the log is not complete any more: it may hold less than is stated
}

const bucketBits = 18

// mixing begins a first look.
func mixing() tally { return tally{seed: rand.Uint64(), mixed: make([]uint64, 1<<bucketBits)} }

// again begins a second look at some of the buckets of a first one.
func (t *tally) again(buckets []uint32) tally {
	next := tally{seed: t.seed, exact: map[key]*sides{}, wants: make(map[uint32]bool, len(buckets))}
	for _, b := range buckets {
		next.wants[b] = true
	}
	return next
}

// state adds to what is stated of a subject.
func (t *tally) state(k key, v amounts) *sides {
	h := t.hash(k)
	if t.exact == nil {
		t.mixed[bucket(h)] += mixture(h, v)
		return nil
	}
	s := t.sides(h, k)
	if s != nil {
		s.known, s.stated = true, s.stated.plus(v)
	}
	return s
}

// log adds to what the log says about a subject.
func (t *tally) log(k key, v amounts) {
	h := t.hash(k)
	if t.exact == nil {
		t.mixed[bucket(h)] -= mixture(h, v)
		return
	}
	if s := t.sides(h, k); s != nil {
		s.logged = s.logged.plus(v)
	}
}

func (t *tally) sides(h uint64, k key) *sides {
	if !t.wants[bucket(h)] {
		return nil
	}
	s := t.exact[k]
	if s == nil {
		s = &sides{}
		t.exact[k] = s
	}
	return s
}

// uneven lists the buckets whose subjects do not all add up.
func (t *tally) uneven() (buckets []uint32) {
	for b, rest := range t.mixed {
		if rest != 0 {
			buckets = append(buckets, uint32(b))
		}
	}
	return buckets
}

// golden is 2^64 divided by the golden ratio: multiplying by it spreads every bit.
const golden = 0x9E3779B97F4A7C15

func (t *tally) hash(k key) uint64 {
	h := t.seed
	for _, n := range [...]int64{k.organisation, k.a, k.b, k.c, k.d, k.e} {
		high, low := bits.Mul64(h^uint64(n), golden)
		h = (low ^ high) + golden
	}
	return h
}

func bucket(h uint64) uint32 { return uint32(h >> (64 - bucketBits)) }

// mixture is one number for the amounts of a subject: each times an odd number of its own, so that no single difference
// vanishes.
func mixture(h uint64, v amounts) (sum uint64) {
	for i, n := range v {
		high, low := bits.Mul64(h+uint64(i)*golden, h|1)
		sum += uint64(n) * (high ^ low | 1)
	}
	return sum
}
