package client

import (
	"encoding/binary"
	"net/netip"

	"layeh.com/radius"
	"layeh.com/radius/rfc2865"
	"layeh.com/radius/rfc2869"

	"github.com/simstead/simstead/internal/wire/radius/packet"
)

// Answer is what the server said.
type Answer struct {
	Code    radius.Code
	Address netip.Addr   // Framed-IP-Address, invalid when absent
	DNS     []netip.Addr // of both families, in order
	Class   []byte       // to be repeated in the session's accounting
	Interim int64        // seconds between interim reports, 0 when absent
	Reason  string       // Reply-Message
	Raw     packet.Packet
}

// authentic reports whether an answer is the server's to this very request. One to an Access-Request or a Status-Server on
// that port must be signed (CVE-2024-3596).
func authentic(answer packet.Packet, request, secret []byte) bool {
	if answer.Identifier() != request[1] || !radius.IsAuthenticResponse(answer, request, secret) {
		return false
	}
	switch answer.Code() {
	case radius.CodeAccountingResponse:
		return radius.Code(request[0]) != radius.CodeAccessRequest
	case radius.CodeAccessAccept, radius.CodeAccessReject:
		return radius.Code(request[0]) != radius.CodeAccountingRequest &&
			packet.Check(answer, [16]byte(request[4:20]), secret) == packet.Good
	}
	return false
}

func decode(p packet.Packet) Answer {
	a := Answer{Code: p.Code(), Raw: p}
	for rest := p.Attributes(); len(rest) > 0; {
		kind, value, tail, _ := packet.Next(rest)
		rest = tail
		switch kind {
		case rfc2865.FramedIPAddress_Type:
			a.Address, _ = netip.AddrFromSlice(value)
		case rfc2865.Class_Type:
			a.Class = value
		case rfc2865.ReplyMessage_Type:
			a.Reason += string(value)
		case rfc2869.AcctInterimInterval_Type:
			if len(value) == 4 {
				a.Interim = int64(binary.BigEndian.Uint32(value))
			}
		case rfc2865.VendorSpecific_Type:
			a.takeVendor(value)
		}
	}
	return a
}

func (a *Answer) takeVendor(value []byte) {
	if len(value) < 4 {
		return
	}
	vendor := binary.BigEndian.Uint32(value)
	for rest := value[4:]; len(rest) > 0; {
		kind, sub, tail, ok := packet.Next(rest)
		if !ok {
			return
		}
		rest = tail
		switch {
		case vendor == packet.VendorMicrosoft && (kind == packet.PrimaryDNSServer || kind == packet.SecondaryDNSServer):
			a.addServers(sub, 4)
		case vendor == packet.Vendor3GPP && kind == packet.IPv6DNSServers:
			a.addServers(sub, 16)
		}
	}
}

func (a *Answer) addServers(list []byte, length int) {
	for len(list) >= length {
		address, _ := netip.AddrFromSlice(list[:length])
		a.DNS = append(a.DNS, address)
		list = list[length:]
	}
}
