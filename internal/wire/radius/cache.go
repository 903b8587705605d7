package radius

import (
	"net/netip"
	"sync"

	"github.com/simstead/simstead/internal/clock"
)

// How long an answer is kept for repeats, at least, and how many of one generation. At 15,000 packets a second a
// generation fills in 17 s and is then retired early: memory is bounded, and a late repeat only costs a report that
// changes nothing. Two full generations take about 60 MB.
const (
	cacheWindow = 30 * clock.Second
	cacheLimit  = 1 << 18
	blockSize   = 32 << 10
)

// key tells one packet from another. The digest makes sure that a gateway which repeats authenticators cannot be
// given another packet's answer.
type key struct {
	digest        uint64
	authenticator [16]byte
	address       [16]byte
	port          uint16
	identifier    byte
}

func newKey(from netip.AddrPort, identifier byte, authenticator [16]byte, digest uint64) key {
	return key{digest, authenticator, from.Addr().As16(), from.Port(), identifier}
}

// cache remembers which packets are being worked on and what the others were answered.
type cache struct {
	mu         sync.Mutex
	limit      int
	young, old generation
	since      int64 // µs, when young began
}

// generation holds no pointers per entry, which spares the garbage collector half a million of them.
type generation struct {
	entries map[key]span
	blocks  [][]byte
}

// span is where an answer lies; length 0 while there is none yet.
type span struct {
	block        uint32
	from, length uint16
}

func newCache(limit int) *cache {
	return &cache{limit: limit, young: generation{entries: map[key]span{}}}
}

// begin notes a packet as being worked on, unless it is known: then it returns the stored answer, or nil while the first
// copy is still in work.
func (c *cache) begin(k key, now int64) (answer []byte, known bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rotate(now)
	for _, g := range []*generation{&c.young, &c.old} {
		if at, ok := g.entries[k]; ok {
			if at.length == 0 {
				return nil, true
			}
			return g.blocks[at.block][at.from:][:at.length], true
		}
	}
	c.young.entries[k] = span{}
	return nil, false
}

func (c *cache) rotate(now int64) {
	age := now - c.since
	if age < cacheWindow && len(c.young.entries) < c.limit {
		return
	}
	c.old = c.young
	if age >= 2*cacheWindow {
		c.old = generation{}
	}
	c.young = generation{entries: map[key]span{}}
	c.since = now
}

// store keeps the answer of a packet that begin has noted.
func (c *cache) store(k key, answer []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, g := range []*generation{&c.young, &c.old} {
		if _, ok := g.entries[k]; ok {
			g.entries[k] = g.keep(answer)
			return
		}
	}
}

// forget lets the next copy of a packet be worked on afresh.
func (c *cache) forget(k key) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.young.entries, k)
	delete(c.old.entries, k)
}

func (g *generation) keep(answer []byte) span {
	last := len(g.blocks) - 1
	if last < 0 || len(g.blocks[last])+len(answer) > blockSize {
		g.blocks = append(g.blocks, make([]byte, 0, blockSize))
		last++
	}
	from := len(g.blocks[last])
	g.blocks[last] = append(g.blocks[last], answer...)
	return span{block: uint32(last), from: uint16(from), length: uint16(len(answer))}
}
