package radius

import (
	"encoding/binary"
	"net/netip"

	"layeh.com/radius"
	"layeh.com/radius/rfc2865"
	"layeh.com/radius/rfc2866"
	"layeh.com/radius/rfc2869"
	"layeh.com/radius/rfc3162"

	"github.com/simstead/simstead/internal/usage"
	"github.com/simstead/simstead/internal/wire/radius/packet"
)

// request is what a packet says, its texts still lying in the datagram.
type request struct {
	userName, nasIdentifier, sessionID, calledStation, callingStation []byte

	nasAddress, nasAddress6, framedAddress netip.Addr
	status, delay, sessionTime, event      optional
	input, inputGiga, output, outputGiga   optional
	class                                  usage.Class
	imsi, imeisv, plmn, location           []byte
	chargingID, rat, nsapi                 optional
	ggsnAddress, sgsnAddress, ggsn6, sgsn6 netip.Addr
	ignored                                int // sub-attributes and Classes that could not be read
}

// optional is an unsigned number that may be absent.
type optional struct {
	value   uint32
	present bool
}

// decode reads a packet's attributes. It fails where the whole packet is to be discarded: at a standard attribute of a
// wrong length (RFC 2866 section 5).
func decode(p packet.Packet, classKey []byte) (r request, ok bool) {
	for rest := p.Attributes(); len(rest) > 0; {
		kind, value, tail, ok := packet.Next(rest)
		if !ok || !r.take(kind, value, classKey) {
			return request{}, false
		}
		rest = tail
	}
	return r, true
}

func (r *request) take(kind radius.Type, value, classKey []byte) bool {
	switch kind {
	case rfc2865.UserName_Type:
		r.userName = value
	case rfc2865.NASIPAddress_Type:
		return address(value, 4, &r.nasAddress)
	case rfc3162.NASIPv6Address_Type:
		return address(value, 16, &r.nasAddress6)
	case rfc2865.NASIdentifier_Type:
		r.nasIdentifier = value
	case rfc2865.FramedIPAddress_Type:
		return address(value, 4, &r.framedAddress)
	case rfc2865.CalledStationID_Type:
		r.calledStation = value
	case rfc2865.CallingStationID_Type:
		r.callingStation = value
	case rfc2865.Class_Type:
		r.takeClass(value, classKey)
	case rfc2865.VendorSpecific_Type:
		r.takeVendor(value)
	case rfc2866.AcctSessionID_Type:
		r.sessionID = value
	case rfc2866.AcctStatusType_Type:
		return r.status.take(value)
	case rfc2866.AcctDelayTime_Type:
		return r.delay.take(value)
	case rfc2866.AcctSessionTime_Type:
		return r.sessionTime.take(value)
	case rfc2866.AcctInputOctets_Type:
		return r.input.take(value)
	case rfc2866.AcctOutputOctets_Type:
		return r.output.take(value)
	case rfc2869.AcctInputGigawords_Type:
		return r.inputGiga.take(value)
	case rfc2869.AcctOutputGigawords_Type:
		return r.outputGiga.take(value)
	case rfc2869.EventTimestamp_Type:
		return r.event.take(value)
	}
	return true
}

// takeClass takes the first Class that is ours; those of other servers may stand beside it.
func (r *request) takeClass(value, classKey []byte) {
	class, ours := openClass(value, classKey)
	if !ours {
		r.ignored++
	} else if r.class == (usage.Class{}) {
		r.class = class
	}
}

func (o *optional) take(value []byte) bool {
	if len(value) != 4 {
		return false
	}
	*o = optional{binary.BigEndian.Uint32(value), true}
	return true
}

// or returns the number, or another one when it is absent.
func (o optional) or(absent int64) int64 {
	if !o.present {
		return absent
	}
	return int64(o.value)
}

func address(value []byte, length int, to *netip.Addr) bool {
	a, ok := netip.AddrFromSlice(value)
	if !ok || len(value) != length {
		return false
	}
	*to = a
	return true
}
