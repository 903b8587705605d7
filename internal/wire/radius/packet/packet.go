// Package packet is the wire form of RADIUS that server and client share: reading and writing attributes in place, the
// two authenticators, and the 3GPP and Microsoft attribute numbers. Codes, attribute numbers and the Request
// Authenticator check come from layeh.com/radius; its parsed form copies every attribute and knows no
// Message-Authenticator, so packets are read and signed as the bytes they are.
package packet

import (
	"encoding/binary"
	"errors"

	"layeh.com/radius"
)

// Sizes of RFC 2865 section 3, in octets.
const (
	HeaderLength = 20
	MaxLength    = radius.MaxPacketLength
	MaxValue     = 253 // of one attribute
)

// ErrMalformed says that a datagram is no RADIUS packet.
var ErrMalformed = errors.New("malformed RADIUS packet")

// Packet is one well-formed packet: as long as its length field says, its attributes filling it exactly.
type Packet []byte

// Parse checks the form of a datagram. The packet shares its memory; octets after the length field's end are padding
// (RFC 2865 section 3).
func Parse(datagram []byte) (Packet, error) {
	if len(datagram) < HeaderLength {
		return nil, ErrMalformed
	}
	length := int(binary.BigEndian.Uint16(datagram[2:]))
	if length < HeaderLength || length > MaxLength || length > len(datagram) {
		return nil, ErrMalformed
	}
	p := Packet(datagram[:length:length])
	for rest := p.Attributes(); len(rest) > 0; {
		_, _, tail, ok := Next(rest)
		if !ok {
			return nil, ErrMalformed
		}
		rest = tail
	}
	return p, nil
}

// Next splits the first attribute from a list of attributes, or of a vendor's sub-attributes: both have the same form.
// It is not ok when what is left is no whole attribute.
func Next(list []byte) (kind radius.Type, value, rest []byte, ok bool) {
	if len(list) < 2 {
		return 0, nil, nil, false
	}
	length := int(list[1])
	if length < 2 || length > len(list) {
		return 0, nil, nil, false
	}
	return radius.Type(list[0]), list[2:length], list[length:], true
}

// Code says what kind of packet it is.
func (p Packet) Code() radius.Code { return radius.Code(p[0]) }

// Identifier matches a request and its answer.
func (p Packet) Identifier() byte { return p[1] }

// Authenticator is the Request Authenticator of a request, the Response Authenticator of an answer.
func (p Packet) Authenticator() [16]byte { return [16]byte(p[4:HeaderLength]) }

// Attributes is the list that Next reads.
func (p Packet) Attributes() []byte { return p[HeaderLength:] }
