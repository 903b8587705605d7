package radius

import (
	"context"
	"net/netip"

	"layeh.com/radius"
	"layeh.com/radius/rfc2865"
	"layeh.com/radius/rfc2869"

	"github.com/simstead/simstead/internal/usage"
	"github.com/simstead/simstead/internal/wire/radius/packet"
)

// access takes an Access-Request. The SIM has authenticated itself to the network already (TS 29.061 section 16.3), so a
// User-Password says nothing and is not looked at.
func (t *port) access(p packet.Packet, nas *gateway, from netip.AddrPort) reason {
	s := t.server
	r, ok := decode(p, s.ClassKey)
	if !ok {
		return malformed
	}
	s.metrics.ignored.Add(float64(r.ignored))
	x, why := t.begin(p, nas, from)
	if x == nil {
		return why
	}
	question := r.access(from.Addr(), s.Clock.Micros())
	if !s.enqueue(func(ctx context.Context) { x.admit(ctx, question, nas) }) {
		x.abandon()
		return queueFull
	}
	return none
}

// admit asks the flow and answers. A decision reached while the server gives up is none.
func (x *exchange) admit(ctx context.Context, question usage.Access, nas *gateway) {
	defer x.port.recovered(x.from)
	defer x.abandon()
	s := x.port.server
	decision := s.Flow.Admit(ctx, question)
	why := notStored
	switch {
	case ctx.Err() != nil:
	case decision.Accept:
		why = x.answer(appendAccept(x.open(radius.CodeAccessAccept), decision, nas, s.ClassKey))
	default:
		why = x.answer(appendReject(x.open(radius.CodeAccessReject), decision))
	}
	if why != none {
		s.drop(why, x.from, ctx.Err())
	}
}

// appendAccept adds what the gateway is to do with the session (TS 29.061 section 16.4.2).
func appendAccept(b []byte, d usage.Decision, nas *gateway, classKey []byte) []byte {
	b = packet.AppendInteger(b, rfc2865.ServiceType_Type, uint32(rfc2865.ServiceType_Value_FramedUser))
	b = packet.AppendInteger(b, rfc2865.FramedProtocol_Type, packet.FramedProtocolGPRS)
	if address := d.Address.Unmap(); address.Is4() {
		b = packet.AppendAddress(b, rfc2865.FramedIPAddress_Type, address)
	} else if !address.IsValid() {
		b = packet.Append(b, rfc2869.FramedPool_Type, nas.FramedPool)
	}
	b = packet.Append(b, rfc2865.Class_Type, sealClass(d.Class, classKey))
	if d.Interim > 0 {
		b = packet.AppendInteger(b, rfc2869.AcctInterimInterval_Type, uint32(min(d.Interim, maxInterim)))
	}
	for _, template := range nas.QoS {
		b = template.Append(b, d.Rate, false)
	}
	return appendServers(b, d.DNS)
}

// appendServers adds the name servers: two of IPv4 in Microsoft's attributes, those of IPv6 in 3GPP's.
func appendServers(b []byte, list []netip.Addr) []byte {
	servers := []radius.Type{packet.PrimaryDNSServer, packet.SecondaryDNSServer}
	var servers6 []byte
	for _, address := range list {
		address = address.Unmap()
		switch {
		case address.Is6():
			servers6 = append(servers6, address.AsSlice()...)
		case address.Is4() && len(servers) > 0:
			b = packet.AppendVendor(b, packet.VendorMicrosoft, servers[0], address.AsSlice())
			servers = servers[1:]
		}
	}
	return packet.AppendVendor(b, packet.Vendor3GPP, packet.IPv6DNSServers, servers6[:min(len(servers6), maxServers6)])
}

// Bounds of what an Access-Accept can hold.
const (
	maxInterim  = 1<<32 - 1 // s
	maxServers6 = 15 * 16   // octets: whole addresses in one sub-attribute
)

// appendReject adds the reason in words.
func appendReject(b []byte, d usage.Decision) []byte {
	return packet.Append(b, rfc2865.ReplyMessage_Type, cut(text([]byte(d.Reason)), packet.MaxValue))
}
