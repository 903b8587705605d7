package packet

import (
	"crypto/hmac"
	"crypto/md5" //nolint:gosec // RADIUS knows no other digest (RFC 2865 section 3)
	"encoding/binary"
	"errors"

	"layeh.com/radius"
	"layeh.com/radius/rfc2869"
)

// ErrTooLong says that a packet would exceed 4096 octets.
var ErrTooLong = errors.New("RADIUS packet longer than 4096 octets")

// Signature says what a packet's Message-Authenticator is worth.
type Signature uint8

// The findings of Check.
const (
	Absent Signature = iota
	Good
	Bad
)

// Seal finishes a packet: its length, the Message-Authenticator if there is room for one, then the authenticator.
// For an answer and for Access-Request and Status-Server the given authenticator is the request's; in an
// Accounting-Request, a Disconnect-Request and a CoA-Request it is computed instead (RFC 2866 section 3, RFC 5176 section
// 2.3).
func Seal(b []byte, authenticator [16]byte, secret []byte) error {
	if len(b) > MaxLength {
		return ErrTooLong
	}
	binary.BigEndian.PutUint16(b[2:], uint16(len(b)))
	p := Packet(b)
	if computed(p.Code()) {
		authenticator = [16]byte{}
	}
	copy(b[4:], authenticator[:])
	if at, n := messageAuthenticator(p); n == 1 && at > 0 {
		digest := sign(p, at, authenticator, secret)
		copy(b[at:], digest[:])
	}
	switch p.Code() {
	case radius.CodeAccessRequest, radius.CodeStatusServer:
	default:
		hash := md5.New() //nolint:gosec // see above
		hash.Write(b)
		hash.Write(secret)
		hash.Sum(b[4:4:HeaderLength])
	}
	return nil
}

// Check verifies the Message-Authenticator of a packet (RFC 2869 section 5.14, RFC 3579 section 3.2). For an answer the
// authenticator is that of its request, for a request its own; for a request whose authenticator is computed it does not
// matter, since those are signed over zeroes (RFC 5176 section 2.3; gateways do so in accounting, too).
func Check(p Packet, authenticator [16]byte, secret []byte) Signature {
	at, n := messageAuthenticator(p)
	if n == 0 {
		return Absent
	}
	if n > 1 || at == 0 {
		return Bad
	}
	if computed(p.Code()) {
		authenticator = [16]byte{}
	}
	digest := sign(p, at, authenticator, secret)
	if !hmac.Equal(digest[:], p[at:at+16]) {
		return Bad
	}
	return Good
}

// computed reports whether the authenticator of a request is a digest of the packet.
func computed(code radius.Code) bool {
	return code == radius.CodeAccountingRequest || code == radius.CodeDisconnectRequest || code == radius.CodeCoARequest
}

// messageAuthenticator returns where the value of the Message-Authenticator begins, 0 when it has not 16 octets, and how
// many there are.
func messageAuthenticator(p Packet) (at, count int) {
	for rest := p.Attributes(); len(rest) > 0; {
		kind, value, tail, ok := Next(rest)
		if !ok {
			return at, count
		}
		if kind == rfc2869.MessageAuthenticator_Type {
			count++
			if len(value) == 16 {
				at = len(p) - len(rest) + 2
			}
		}
		rest = tail
	}
	return at, count
}

// sign computes the Message-Authenticator that stands at the given offset, as if it and the authenticator were replaced.
func sign(p Packet, at int, authenticator [16]byte, secret []byte) (digest [16]byte) {
	var zero [16]byte
	mac := hmac.New(md5.New, secret)
	mac.Write(p[:4])
	mac.Write(authenticator[:])
	mac.Write(p[HeaderLength:at])
	mac.Write(zero[:])
	mac.Write(p[at+16:])
	mac.Sum(digest[:0])
	return digest
}
