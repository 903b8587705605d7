package packet

import (
	"encoding/binary"
	"net/netip"

	"layeh.com/radius"
	"layeh.com/radius/rfc2865"
	"layeh.com/radius/rfc2869"
)

// New starts a packet of the given code; Seal finishes it. The memory is sized for size octets of attributes.
func New(code radius.Code, identifier byte, size int) []byte {
	b := make([]byte, HeaderLength, HeaderLength+size)
	b[0], b[1] = byte(code), identifier
	return b
}

// AppendMessageAuthenticator makes room for a Message-Authenticator, which Seal computes. It has to come first: behind
// attributes that others can choose it would not protect what stands before it (CVE-2024-3596).
func AppendMessageAuthenticator(b []byte) []byte {
	b = append(b, byte(rfc2869.MessageAuthenticator_Type), 18)
	return append(b, make([]byte, 16)...)
}

// Append adds an attribute. A value of more than 253 octets is cut, an empty one is left out (RFC 2865 section 5).
func Append[V ~[]byte | ~string](b []byte, kind radius.Type, value V) []byte {
	if len(value) == 0 {
		return b
	}
	n := min(len(value), MaxValue)
	b = append(b, byte(kind), byte(n+2))
	return append(b, value[:n]...)
}

// AppendInteger adds an attribute of four octets.
func AppendInteger(b []byte, kind radius.Type, value uint32) []byte {
	return binary.BigEndian.AppendUint32(append(b, byte(kind), 6), value)
}

// AppendAddress adds an address attribute of four octets, or of sixteen for IPv6. An invalid address is left out.
func AppendAddress(b []byte, kind radius.Type, address netip.Addr) []byte {
	return Append(b, kind, address.AsSlice())
}

// AppendVendor adds a vendor-specific attribute holding one sub-attribute (RFC 2865 section 5.26). Its value is at most
// 247 octets and is cut there; an empty one is left out.
func AppendVendor[V ~[]byte | ~string](b []byte, vendor uint32, kind radius.Type, value V) []byte {
	if len(value) == 0 {
		return b
	}
	n := min(len(value), MaxValue-6)
	b = append(b, byte(rfc2865.VendorSpecific_Type), byte(n+8))
	b = binary.BigEndian.AppendUint32(b, vendor)
	b = append(b, byte(kind), byte(n+2))
	return append(b, value[:n]...)
}
