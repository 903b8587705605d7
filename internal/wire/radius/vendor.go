package radius

import (
	"encoding/binary"
	"strconv"

	"layeh.com/radius"

	"github.com/simstead/simstead/internal/wire/radius/packet"
)

// takeVendor reads a Vendor-Specific attribute, which may hold several sub-attributes (RFC 2865 section 5.26). What
// cannot be read is counted and left out: gateways differ here, and the usage is worth more than the detail.
func (r *request) takeVendor(value []byte) {
	if len(value) < 4 {
		r.ignored++
		return
	}
	if binary.BigEndian.Uint32(value) != packet.Vendor3GPP {
		return
	}
	for rest := value[4:]; len(rest) > 0; {
		kind, sub, tail, ok := packet.Next(rest)
		if !ok {
			r.ignored++
			return
		}
		if !r.take3GPP(kind, sub) {
			r.ignored++
		}
		rest = tail
	}
}

// take3GPP reads a sub-attribute of TS 29.061 section 16.4.7.2.
func (r *request) take3GPP(kind radius.Type, value []byte) bool {
	switch kind {
	case packet.IMSI:
		r.imsi = value
	case packet.IMEISV:
		r.imeisv = value
	case packet.SGSNMCCMNC:
		r.plmn = value
	case packet.UserLocationInfo:
		r.location = value
	case packet.ChargingID:
		return r.chargingID.take(value)
	case packet.RATType:
		return len(value) == 1 && r.rat.set(uint32(value[0]))
	case packet.NSAPI: // one hexadecimal digit in ASCII
		n, err := strconv.ParseUint(string(value), 16, 4)
		return err == nil && len(value) == 1 && r.nsapi.set(uint32(n))
	case packet.GGSNAddress:
		return address(value, 4, &r.ggsnAddress)
	case packet.GGSNIPv6Address:
		return address(value, 16, &r.ggsn6)
	case packet.SGSNAddress:
		return address(value, 4, &r.sgsnAddress)
	case packet.SGSNIPv6Address:
		return address(value, 16, &r.sgsn6)
	}
	return true
}

func (o *optional) set(value uint32) bool {
	*o = optional{value, true}
	return true
}
