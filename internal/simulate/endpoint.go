package simulate

import (
	"fmt"
	"net/netip"
	"time"

	"layeh.com/radius/rfc2866"

	"github.com/simstead/simstead/internal/wire/radius/client"
)

// endpoint is a device of a Load with its session. One worker has it.
type endpoint struct {
	session client.Session
	index   int
	serial  int // of its sessions
	state   state
	began   time.Time              // of the session, by the gateway's clock
	kind    rfc2866.AcctStatusType // of the last report
	usage   client.Usage           // as the last report said
	reports int                    // interim ones of the session
	acked   client.Usage           // as the last acknowledged report said
}

type state uint8

const (
	closed state = iota
	open
	unanswered // the last report is to be sent again
)

func newEndpoint(l Load, index int) *endpoint {
	imsi := l.IMSIs[index]
	tail := imsi[max(0, len(imsi)-6):]
	return &endpoint{index: index, session: client.Session{
		IMSI: imsi, IMEISV: fmt.Sprintf("35909210%06s01", tail), APN: l.APN, PLMN: l.PLMN, RAT: EUTRAN,
		Location: location(l.PLMN, EUTRAN, uint32(index)), NAS: l.NAS, NASAddress: netip.AddrFrom4([4]byte{10, 255, 0, 1}),
		GGSN: netip.AddrFrom4([4]byte{10, 255, 0, 1}), SGSN: serving(l.PLMN), NSAPI: 5,
	}}
}

// begin opens the next session as the Access-Accept says.
func (e *endpoint) begin(accept client.Answer, run int64) {
	e.serial++
	e.session.SessionID = fmt.Sprintf("%x-%x-%x", run, e.index, e.serial)
	e.session.ChargingID = uint32(e.index<<8+e.serial) | 1<<31
	e.session.Address, e.session.Class = accept.Address, accept.Class
	if !accept.Address.IsValid() {
		e.session.Address = pooled(e.index)
	}
	e.usage, e.acked, e.reports = client.Usage{}, client.Usage{}, 0
}

// advance counts what the device used since the last report.
func (e *endpoint) advance(l *Load, now time.Time) {
	up := l.Bytes / 4
	e.usage.Uplink += up
	e.usage.Downlink += l.Bytes - up
	if l.RecordEvery {
		e.usage.Seconds += recordSeconds
	} else {
		e.usage.Seconds = max(e.usage.Seconds, int64(now.Sub(e.began)/time.Second)) // the clock may be set back
	}
}

// counters is what the result tells about the session.
func (e *endpoint) counters() Session {
	return Session{
		NAS: e.session.NAS, SessionID: e.session.SessionID, IMSI: e.session.IMSI,
		Uplink: e.acked.Uplink, Downlink: e.acked.Downlink, Unanswered: e.state == unanswered,
	}
}
