package radius

import (
	"sync"
	"time"
)

// flying counts the packets that wait for their answer. A sync.WaitGroup cannot stop waiting.
type flying struct {
	mu     sync.Mutex
	count  int
	landed chan struct{} // closed when count falls to 0, set once somebody waits
}

func (f *flying) add(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.count += n
	if f.count == 0 && f.landed != nil {
		close(f.landed)
		f.landed = nil
	}
}

// land reports whether all landed in time.
func (f *flying) land(limit time.Duration) bool {
	f.mu.Lock()
	if f.count == 0 {
		f.mu.Unlock()
		return true
	}
	landed := make(chan struct{})
	f.landed = landed
	f.mu.Unlock()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-landed:
		return true
	case <-timer.C:
		return false
	}
}
