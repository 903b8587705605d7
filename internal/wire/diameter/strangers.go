package diameter

import (
	"container/list"
	"net"
	"net/netip"
	"sync"
)

// strangers are the connections that have not said yet who they are, the oldest first. They make way for newer ones, so that
// nobody keeps peers out by opening connections and saying nothing. The zero value is ready to use.
type strangers struct {
	mu    sync.Mutex
	order list.List // of net.Conn
	known map[way]*list.Element
}

// way tells connections apart: their two ends.
type way struct{ local, remote netip.AddrPort }

func wayOf(nc net.Conn) way {
	end := func(a net.Addr) netip.AddrPort {
		tcp, ok := a.(*net.TCPAddr)
		if !ok {
			return netip.AddrPort{}
		}
		p := tcp.AddrPort()
		return netip.AddrPortFrom(p.Addr().Unmap().WithZone(""), p.Port())
	}
	return way{end(nc.LocalAddr()), end(nc.RemoteAddr())}
}

func (s *strangers) add(nc net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil {
		s.known = map[way]*list.Element{}
	}
	s.known[wayOf(nc)] = s.order.PushBack(nc)
}

// remove forgets a connection that has introduced itself or has ended.
func (s *strangers) remove(w way) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.known[w]; e != nil {
		s.order.Remove(e)
		delete(s.known, w)
	}
}

// evict closes the oldest and reports whether there was one.
func (s *strangers) evict() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.order.Front()
	if e == nil {
		return false
	}
	nc := s.order.Remove(e).(net.Conn)
	delete(s.known, wayOf(nc))
	_ = nc.Close()
	return true
}
