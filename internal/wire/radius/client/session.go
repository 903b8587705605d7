package client

import (
	"fmt"
	"net/netip"
	"time"

	"layeh.com/radius"
	"layeh.com/radius/rfc2865"
	"layeh.com/radius/rfc2866"
	"layeh.com/radius/rfc2869"

	"github.com/simstead/simstead/internal/wire/radius/packet"
)

// Session is what a gateway knows about a device's session. What is empty is not sent.
type Session struct {
	IMSI, IMEISV, MSISDN, APN string
	PLMN                      string // visited network, "26201"
	RAT                       int    // 3GPP-RAT-Type, 6 is E-UTRAN
	Location                  []byte // 3GPP-User-Location-Info
	ChargingID                uint32
	SessionID, NAS            string     // Acct-Session-Id, NAS-Identifier
	NASAddress                netip.Addr // NAS-IP-Address
	GGSN, SGSN                netip.Addr // IPv4
	Address                   netip.Addr // of the device, as the Access-Accept gave it
	NSAPI                     int        // 5 to 15
	Class                     []byte     // as the Access-Accept gave it
}

// Usage is what a gateway has counted since the session began.
type Usage struct {
	Uplink, Downlink int64 // bytes from and to the device
	Seconds          int64
	At               time.Time // Event-Timestamp, not sent when zero
	Delay            int64     // Acct-Delay-Time, seconds, not sent when 0
}

// Request is a request without the fields that differ from one sending to the next.
type Request struct {
	Code       radius.Code
	Attributes []byte // encoded
}

// Access asks to open a session.
func Access(s Session) Request {
	b := packet.Append([]byte(nil), rfc2865.UserName_Type, s.IMSI)
	b = packet.AppendInteger(b, rfc2865.ServiceType_Type, uint32(rfc2865.ServiceType_Value_FramedUser))
	b = packet.AppendInteger(b, rfc2865.FramedProtocol_Type, packet.FramedProtocolGPRS)
	return Request{radius.CodeAccessRequest, s.append(b)}
}

// Accounting tells about a session: Start, Interim-Update or Stop.
func Accounting(status rfc2866.AcctStatusType, s Session, u Usage) Request {
	b := packet.AppendInteger(nil, rfc2866.AcctStatusType_Type, uint32(status))
	b = packet.Append(b, rfc2866.AcctSessionID_Type, s.SessionID)
	b = packet.AppendAddress(b, rfc2865.FramedIPAddress_Type, s.Address)
	b = packet.Append(b, rfc2865.Class_Type, s.Class)
	if status != rfc2866.AcctStatusType_Value_Start {
		b = packet.AppendInteger(b, rfc2866.AcctInputOctets_Type, uint32(u.Uplink))
		b = packet.AppendInteger(b, rfc2866.AcctOutputOctets_Type, uint32(u.Downlink))
		b = packet.AppendInteger(b, rfc2869.AcctInputGigawords_Type, uint32(u.Uplink>>32))
		b = packet.AppendInteger(b, rfc2869.AcctOutputGigawords_Type, uint32(u.Downlink>>32))
		b = packet.AppendInteger(b, rfc2866.AcctSessionTime_Type, uint32(u.Seconds))
	}
	return Request{radius.CodeAccountingRequest, s.append(appendTimes(b, u))}
}

// Restart tells that a gateway has started or is about to stop: Accounting-On or Accounting-Off.
func Restart(status rfc2866.AcctStatusType, s Session, u Usage) Request {
	b := packet.AppendInteger(nil, rfc2866.AcctStatusType_Type, uint32(status))
	b = packet.Append(b, rfc2865.NASIdentifier_Type, s.NAS)
	b = packet.AppendAddress(b, rfc2865.NASIPAddress_Type, s.NASAddress)
	return Request{radius.CodeAccountingRequest, appendTimes(b, u)}
}

// Status asks whether the server is there (RFC 5997).
func Status() Request { return Request{Code: radius.CodeStatusServer} }

func appendTimes(b []byte, u Usage) []byte {
	if !u.At.IsZero() {
		b = packet.AppendInteger(b, rfc2869.EventTimestamp_Type, uint32(u.At.Unix()))
	}
	if u.Delay > 0 {
		b = packet.AppendInteger(b, rfc2866.AcctDelayTime_Type, uint32(u.Delay))
	}
	return b
}

func (s Session) append(b []byte) []byte {
	b = packet.Append(b, rfc2865.NASIdentifier_Type, s.NAS)
	b = packet.AppendAddress(b, rfc2865.NASIPAddress_Type, s.NASAddress)
	b = packet.Append(b, rfc2865.CalledStationID_Type, s.APN)
	b = packet.Append(b, rfc2865.CallingStationID_Type, s.MSISDN)
	vendor := func(kind radius.Type, value []byte) {
		b = packet.AppendVendor(b, packet.Vendor3GPP, kind, value)
	}
	vendor(packet.IMSI, []byte(s.IMSI))
	vendor(packet.IMEISV, []byte(s.IMEISV))
	vendor(packet.SGSNMCCMNC, []byte(s.PLMN))
	vendor(packet.UserLocationInfo, s.Location)
	vendor(packet.GGSNAddress, s.GGSN.AsSlice())
	vendor(packet.SGSNAddress, s.SGSN.AsSlice())
	if s.ChargingID != 0 {
		id := s.ChargingID
		vendor(packet.ChargingID, []byte{byte(id >> 24), byte(id >> 16), byte(id >> 8), byte(id)})
	}
	if s.RAT != 0 {
		vendor(packet.RATType, []byte{byte(s.RAT)})
	}
	if s.NSAPI != 0 {
		vendor(packet.NSAPI, fmt.Appendf(nil, "%X", s.NSAPI&15))
	}
	return b
}

// encode makes the packet of one sending. An Access-Request or a Status-Server is signed.
func (r Request) encode(identifier byte, authenticator [16]byte, secret []byte) ([]byte, error) {
	b := packet.New(r.Code, identifier, len(r.Attributes)+18)
	if r.Code != radius.CodeAccountingRequest {
		b = packet.AppendMessageAuthenticator(b)
	}
	b = append(b, r.Attributes...)
	if err := packet.Seal(b, authenticator, secret); err != nil {
		return nil, fmt.Errorf("encode %v: %w", r.Code, err)
	}
	return b, nil
}
