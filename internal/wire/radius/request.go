package radius

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"layeh.com/radius/rfc2865"
	"layeh.com/radius/rfc2866"
	"layeh.com/radius/rfc2869"
	"layeh.com/radius/rfc3162"

	"github.com/simstead/simstead/internal/usage"
	"github.com/simstead/simstead/internal/wire/radius/packet"
)

// Octets that encode adds to the attributes of an order.
const (
	signatureLength = 18
	timeLength      = 6
)

// append adds what names the session and its gateway (RFC 5176 section 3). It returns nil when nothing names the session,
// or when it is known by a digest of its name only.
func (m Mention) append(b []byte, t usage.Target) []byte {
	if m&MentionSessionID != 0 && isDigest(t.SessionID) {
		return nil
	}
	if m&MentionUserName != 0 {
		b = packet.Append(b, rfc2865.UserName_Type, t.IMSI)
	}
	if m&MentionAddress != 0 {
		if address, err := netip.ParseAddr(t.UEAddress); err == nil && address.Unmap().Is4() {
			b = packet.AppendAddress(b, rfc2865.FramedIPAddress_Type, address.Unmap())
		}
	}
	if m&MentionSessionID != 0 {
		b = packet.Append(b, rfc2866.AcctSessionID_Type, t.SessionID)
	}
	if m&MentionIMSI != 0 {
		b = packet.AppendVendor(b, packet.Vendor3GPP, packet.IMSI, t.IMSI)
	}
	if m&MentionChargingID != 0 && t.ChargingID >= 0 {
		id := binary.BigEndian.AppendUint32(nil, uint32(t.ChargingID))
		b = packet.AppendVendor(b, packet.Vendor3GPP, packet.ChargingID, id)
	}
	if b != nil && m&MentionNAS != 0 {
		b = appendNAS(b, t.NAS)
	}
	return b
}

// appendNAS adds the gateway's name as the attribute that its accounting had it in, or its source address as if it had.
func appendNAS(b []byte, name string) []byte {
	address, err := netip.ParseAddr(name)
	switch {
	case isDigest(name):
		return b
	case err != nil:
		return packet.Append(b, rfc2865.NASIdentifier_Type, name)
	case address.Is4():
		return packet.AppendAddress(b, rfc2865.NASIPAddress_Type, address)
	default:
		return packet.AppendAddress(b, rfc3162.NASIPv6Address_Type, address.WithZone(""))
	}
}

// appendEnd adds what only a Disconnect-Request mentions.
func (m Mention) appendEnd(b []byte, reason string) []byte {
	if m&MentionReason != 0 {
		b = packet.Append(b, rfc2865.ReplyMessage_Type, cut(text([]byte(reason)), packet.MaxValue))
	}
	if m&MentionTeardown != 0 {
		b = packet.AppendVendor(b, packet.Vendor3GPP, packet.TeardownIndicator, []byte{1})
	}
	return b
}

// isDigest reports whether identifier has replaced a name by its digest.
func isDigest(name string) bool {
	return strings.HasPrefix(name, digestPrefix) && len(name) == len(digestPrefix)+2*digestLength
}

// encode makes the request, signed, as it is sent each time. Event-Timestamp stays what it is at the first sending: with
// another one a repeat would be another request (RFC 5176 section 2.3).
func (o *order) encode(now time.Time) ([]byte, error) {
	b := packet.AppendMessageAuthenticator(packet.New(o.code, o.identifier, signatureLength+timeLength+len(o.attributes)))
	if o.link.nas.Dynamic.Mentions&MentionTime != 0 {
		b = packet.AppendInteger(b, rfc2869.EventTimestamp_Type, uint32(now.Unix()))
	}
	b = append(b, o.attributes...)
	if err := packet.Seal(b, [16]byte{}, o.link.nas.dynamicSecret); err != nil {
		return nil, fmt.Errorf("encode %v: %w", o.code, err)
	}
	return b, nil
}
