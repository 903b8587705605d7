package packet

import (
	"encoding/binary"
	"fmt"
	"net/netip"
)

// AVP flags (RFC 6733 section 4.1).
const (
	FlagVendor    byte = 0x80
	FlagMandatory byte = 0x40
)

// AVP is one attribute, lying in its message.
type AVP struct {
	ID    ID
	Flags byte
	Data  []byte
	raw   []byte // header and data, without the padding
}

// Raw is the attribute as it was sent, for a Failed-AVP.
func (a AVP) Raw() []byte { return a.raw }

// Error says what is wrong with a request: the Result-Code to answer with and what Failed-AVP holds.
type Error struct {
	Result uint32
	Failed []byte // a whole attribute without its padding, nil when there is none to show
}

func (e *Error) Error() string { return fmt.Sprintf("Diameter result %d", e.Result) }

// Missing is the error for an attribute that has to be there: an example of it, with no content, is shown.
func Missing(id ID) *Error {
	var w Writer
	w.Bytes(id, make([]byte, leastLength(id)))
	return &Error{ResultMissingAVP, w.buf}
}

// Example is a whole attribute for a Failed-AVP, with its padding.
func Example(id ID, value string) []byte {
	var w Writer
	w.Text(id, value)
	return w.buf
}

// Invalid is the error for an attribute whose value makes no sense.
func (a AVP) Invalid() *Error { return &Error{ResultInvalidAVPValue, a.raw} }

// badLength is the error for an attribute of a wrong length. An attribute that ends behind its list cannot be shown: its
// header and as many zeros as its type needs stand for it (RFC 6733 section 7.1.5).
func badLength(header []byte) *Error {
	if len(header) < 8 {
		return &Error{Result: ResultInvalidAVPLength}
	}
	head := 8
	vendor := uint32(0)
	if header[4]&FlagVendor != 0 {
		if len(header) < 12 {
			return &Error{Result: ResultInvalidAVPLength}
		}
		head, vendor = 12, binary.BigEndian.Uint32(header[8:])
	}
	failed := append([]byte(nil), header[:head]...)
	failed = append(failed, make([]byte, leastLength(MakeID(vendor, binary.BigEndian.Uint32(header))))...)
	failed[5], failed[6], failed[7] = 0, 0, byte(len(failed))
	return &Error{ResultInvalidAVPLength, failed}
}

// Next splits the first attribute from a list of attributes. The list of a grouped attribute has the same form.
func Next(list []byte) (a AVP, rest []byte, err error) {
	if len(list) < 8 {
		return AVP{}, nil, badLength(list)
	}
	code, flags := binary.BigEndian.Uint32(list), list[4]
	length := int(list[5])<<16 | int(list[6])<<8 | int(list[7])
	head, vendor := 8, uint32(0)
	if flags&FlagVendor != 0 {
		head = 12
	}
	padded := (length + 3) &^ 3
	if length < head || padded > len(list) {
		return AVP{}, nil, badLength(list)
	}
	if head == 12 {
		vendor = binary.BigEndian.Uint32(list[8:])
	}
	return AVP{MakeID(vendor, code), flags, list[head:length], list[:length]}, list[padded:], nil
}

// Unsigned32 reads four octets.
func (a AVP) Unsigned32() (uint32, error) {
	if len(a.Data) != 4 {
		return 0, badLength(a.raw)
	}
	return binary.BigEndian.Uint32(a.Data), nil
}

// Unsigned64 reads eight octets.
func (a AVP) Unsigned64() (uint64, error) {
	if len(a.Data) != 8 {
		return 0, badLength(a.raw)
	}
	return binary.BigEndian.Uint64(a.Data), nil
}

// Time reads seconds since 1900, in the era that lies nearest to ours (RFC 6733 section 4.3.1), as seconds since 1970.
func (a AVP) Time() (int64, error) {
	v, err := a.Unsigned32()
	if err != nil {
		return 0, err
	}
	if v < 1<<31 { // the era that begins in 2036
		return int64(v) + 1<<32 - epoch1900, nil
	}
	return int64(v) - epoch1900, nil
}

// epoch1900 is the number of seconds from 1900 to 1970.
const epoch1900 = 2_208_988_800

// Address reads an address with its family, 1 for IPv4 and 2 for IPv6 (RFC 6733 section 4.3.1). One of another family is
// invalid without an error.
func (a AVP) Address() (netip.Addr, error) {
	if len(a.Data) < 2 {
		return netip.Addr{}, badLength(a.raw)
	}
	value := a.Data[2:]
	switch family := binary.BigEndian.Uint16(a.Data); {
	case family == 1 && len(value) == 4, family == 2 && len(value) == 16:
		address, _ := netip.AddrFromSlice(value)
		return address, nil
	case family == 1, family == 2:
		return netip.Addr{}, a.Invalid()
	}
	return netip.Addr{}, nil
}
