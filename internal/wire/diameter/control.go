package diameter

import (
	"errors"
	"fmt"
	"time"

	"github.com/simstead/simstead/internal/wire/diameter/packet"
)

// ErrNotConnected says that the peer a session came by is not there now.
var ErrNotConnected = errors.New("the Diameter peer is not connected")

// controlTimeout is how long a gateway has to answer a request of ours.
const controlTimeout = 10 * time.Second

// Target is a session as its requests told it: Session has all of it.
type Target struct {
	Peer        string // the node that the session's requests come by
	OriginHost  string // the gateway
	OriginRealm string
	SessionID   string
}

// Target is where requests about the session go.
func (s *Session) Target() Target {
	return Target{Peer: s.Peer, OriginHost: s.OriginHost, OriginRealm: s.OriginRealm, SessionID: s.SessionID}
}

// Done is told how a gateway has answered: its Result-Code or Experimental-Result-Code, or why there is none. It is
// called once and does not block.
type Done func(result uint32, err error)

// ReauthoriseCredit makes a gateway report a session's usage and ask anew (RFC 8506 section 5.5). It tells done, unless
// it fails itself.
func (s *Server) ReauthoriseCredit(t Target, done Done) error {
	w := s.begin(t, packet.ReAuth, packet.ApplicationGy)
	w.Unsigned32(packet.ReAuthRequestType, 0) // AUTHORIZE_ONLY
	return s.ask(t, w, done)
}

// Causes of a session's release on Gx (TS 29.212 section 5.3.44).
const (
	UnspecifiedReason int64 = iota
	UESubscriptionReason
	InsufficientServerResources
)

// ReauthorisePolicy changes a session on Gx, or ends it when release is not Absent (TS 29.212 section 4.5.2.2).
func (s *Server) ReauthorisePolicy(t Target, c Changes, release int64, done Done) error {
	w := s.begin(t, packet.ReAuth, packet.ApplicationGx)
	w.Unsigned32(packet.ReAuthRequestType, 0) // AUTHORIZE_ONLY
	if release != Absent {
		w.Unsigned32(packet.SessionReleaseCause, uint32(release))
	}
	c.write(w)
	return s.ask(t, w, done)
}

// AbortCredit makes a gateway end a session on Gy (RFC 6733 section 8.5).
func (s *Server) AbortCredit(t Target, done Done) error {
	return s.ask(t, s.begin(t, packet.AbortSession, packet.ApplicationGy), done)
}

// AbortPolicy makes a gateway end a session on Gx.
func (s *Server) AbortPolicy(t Target, done Done) error {
	return s.ask(t, s.begin(t, packet.AbortSession, packet.ApplicationGx), done)
}

func (s *Server) begin(t Target, command packet.Command, application uint32) *packet.Writer {
	w := new(packet.Writer)
	w.Begin(packet.FlagRequest|packet.FlagProxiable, command, application, 0, 0, answerSize)
	w.Text(packet.SessionID, t.SessionID)
	w.Text(packet.OriginHost, s.OriginHost)
	w.Text(packet.OriginRealm, s.OriginRealm)
	w.Text(packet.DestinationRealm, t.OriginRealm)
	w.Text(packet.DestinationHost, t.OriginHost)
	w.Unsigned32(packet.AuthApplicationID, application)
	return w
}

func (s *Server) ask(t Target, w *packet.Writer, done Done) error {
	c := s.connection(t.Peer)
	if c == nil {
		return ErrNotConnected
	}
	m, err := w.Message()
	if err != nil {
		return fmt.Errorf("write Diameter request: %w", err)
	}
	return c.Ask(m, controlTimeout, func(answer packet.Message, err error) {
		if err != nil {
			done(0, err)
			return
		}
		done(ResultOf(answer), nil)
	})
}

// ResultOf reads the Result-Code of an answer, or its Experimental-Result-Code; 0 when there is neither.
func ResultOf(m packet.Message) uint32 {
	a, ok := m.Find(packet.ResultCode)
	if !ok {
		if group, found := m.Find(packet.ExperimentalResult); found {
			a, ok = packet.Find(group.Data, packet.ExperimentalResultCode)
		}
	}
	if !ok {
		return 0
	}
	result, _ := a.Unsigned32() // 0 for one of a wrong length
	return result
}
