package simulate

import (
	"encoding/binary"
	"net/netip"
	"strconv"
	"strings"
)

// The 3GPP-RAT-Types that devices here use (TS 29.061 section 16.4.7.2).
const (
	UTRAN  = 1
	GERAN  = 2
	EUTRAN = 6
	NBIoT  = 8
	LTEM   = 9
)

// location encodes a 3GPP-User-Location-Info: tracking area and cell for E-UTRAN and its kin, else cell or service area
// (TS 29.061 section 16.4.7.2, TS 29.274 section 8.21). It is nil when the network is not known.
func location(plmn string, rat int, cell uint32) []byte {
	network := networkCode(plmn)
	if network == nil {
		return nil
	}
	area := uint16(cell>>8)%0xfffe + 1
	switch rat {
	case GERAN, UTRAN:
		kind := byte(0) // cell global identity
		if rat == UTRAN {
			kind = 1 // service area identity
		}
		b := append([]byte{kind}, network...)
		b = binary.BigEndian.AppendUint16(b, area)
		return binary.BigEndian.AppendUint16(b, uint16(cell))
	}
	b := append([]byte{0x82}, network...)
	b = binary.BigEndian.AppendUint16(b, area)
	b = append(b, network...)
	return binary.BigEndian.AppendUint32(b, cell&0x0fffffff)
}

// networkCode encodes MCC and MNC, the digits of each octet swapped, F for the third digit of a short MNC.
func networkCode(plmn string) []byte {
	if len(plmn) < 5 || len(plmn) > 6 || strings.Trim(plmn, "0123456789") != "" {
		return nil
	}
	d := func(i int) byte {
		if i >= len(plmn) {
			return 0xf
		}
		return plmn[i] - '0'
	}
	return []byte{d(1)<<4 | d(0), d(5)<<4 | d(2), d(4)<<4 | d(3)}
}

// serving is the address of the serving node in a network.
func serving(plmn string) netip.Addr {
	number, _ := strconv.ParseUint(plmn, 10, 32) // 0 when not known
	return netip.AddrFrom4([4]byte{10, 254, byte(number >> 8), byte(number)})
}

// pooled is the address a gateway gives a device when the server leaves the choice to it (RFC 6598).
func pooled(index int) netip.Addr {
	return netip.AddrFrom4([4]byte{100, 64 | byte(index>>16)&63, byte(index >> 8), byte(index)})
}
