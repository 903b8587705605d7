package simulate

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/netip"
	"time"

	"layeh.com/radius"
	"layeh.com/radius/rfc2866"

	"github.com/simstead/simstead/internal/wire/radius/client"
	"github.com/simstead/simstead/internal/wire/radius/packet"
)

// gateways is how many the core has.
const gateways = 2

// gateway is one of them as it names itself.
type gateway struct {
	name    string
	address netip.Addr // of its control plane
	user    netip.Addr // of its user plane
}

// gatewayOf tells which gateway serves a device.
func gatewayOf(device int) gateway {
	number := byte(device%gateways + 1)
	return gateway{
		name:    fmt.Sprintf("pgw-%d", number),
		address: netip.AddrFrom4([4]byte{10, 255, number, 1}),
		user:    netip.AddrFrom4([4]byte{10, 255, number, 2}),
	}
}

// restarted tells that the gateways know no sessions, as they do when they start: what an earlier run left open is over.
func (f *fleet) restarted(work context.Context) {
	for i := range gateways {
		g := gatewayOf(i)
		on := client.Restart(rfc2866.AcctStatusType_Value_AccountingOn, client.Session{NAS: g.name, NASAddress: g.address},
			client.Usage{At: f.Clock.Now()})
		_, err := f.acct.Exchange(work, on)
		f.radius.heard(err)
	}
}

// sendTwice sends an interim report and then the very same packet again, as a gateway does whose answer got lost. It
// reports whether the first was answered.
func (l *radiusLine) sendTwice(ctx context.Context) bool {
	l.stamp()
	var octet [1]byte
	_, _ = rand.Read(octet[:]) // never fails
	report := client.Accounting(rfc2866.AcctStatusType_Value_InterimUpdate, l.session, l.usage)
	b := append(packet.New(radius.CodeAccountingRequest, octet[0], len(report.Attributes)), report.Attributes...)
	if packet.Seal(b, [16]byte{}, []byte(l.fleet.Secret)) != nil {
		return false
	}
	conn, err := net.Dial("udp", l.fleet.AcctAddr) //nolint:noctx // a UDP socket is connected at once
	if err != nil {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer func() {
		if stop() {
			_ = conn.Close()
		}
	}()
	if !answered(conn, b) {
		return false
	}
	answered(conn, b)
	return true
}

// answered sends a packet and waits for an answer, until the socket is closed.
func answered(conn net.Conn, b []byte) bool {
	if _, err := conn.Write(b); err != nil {
		return false
	}
	answer := make([]byte, packet.MaxLength)
	n, err := conn.Read(answer)
	return err == nil && n >= packet.HeaderLength && answer[0] == byte(radius.CodeAccountingResponse) && answer[1] == b[1]
}
