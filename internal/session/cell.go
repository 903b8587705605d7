package session

import (
	"encoding/binary"
	"encoding/hex"
)

// Cell is where a device is, as far as its network tells.
type Cell struct {
	LAC *int64 `json:"lac"` // location or tracking area code
	SAC *int64 `json:"sac"`
	RAC *int64 `json:"rac"`
	CI  *int64 `json:"ci"` // cell identity, of 28 bits in LTE
}

// CellOf reads a 3GPP-User-Location-Info in hex: an octet of type, then MCC and MNC in three octets and what follows them
// (TS 29.061 section 16.4.7.2, TS 29.274 section 8.21).
func CellOf(location string) (c Cell) {
	b, err := hex.DecodeString(location)
	if err != nil || len(b) < 6 {
		return c
	}
	two := func(at int) *int64 {
		if len(b) < at+2 {
			return nil
		}
		n := int64(binary.BigEndian.Uint16(b[at:]))
		return &n
	}
	eci := func(at int) *int64 {
		if len(b) < at+4 {
			return nil
		}
		n := int64(binary.BigEndian.Uint32(b[at:]) & 0x0fff_ffff)
		return &n
	}
	switch b[0] {
	case 0:
		c.LAC, c.CI = two(4), two(6)
	case 1:
		c.LAC, c.SAC = two(4), two(6)
	case 2:
		c.LAC = two(4)
		if len(b) > 6 {
			rac := int64(b[6])
			c.RAC = &rac
		}
	case 128:
		c.LAC = two(4)
	case 129:
		c.CI = eci(4)
	case 130:
		c.LAC, c.CI = two(4), eci(9)
	}
	return c
}
