package diameter

import (
	"context"
	"net/netip"
)

// Charging decides on credit.
type Charging interface {
	// Credit hands over a request. answer is called once, from any goroutine, when what the request reports is stored and
	// decided upon; it does not block. False means that there is no room: the gateway is told so and answer is never
	// called. Credit itself must not block. The context ends with the server.
	Credit(ctx context.Context, r CreditRequest, answer func(CreditAnswer)) bool
}

// RequestType is the CC-Request-Type (RFC 8506 section 8.3).
type RequestType int64

// Types of request.
const (
	Initial RequestType = iota + 1
	Update
	Termination
	Event
)

// Absent stands for a number that was not sent.
const Absent int64 = -1

// Action is the Requested-Action of an Event (RFC 8506 section 8.41), Absent when there is none.
type Action int64

// Actions of an Event.
const (
	DirectDebiting Action = iota
	RefundAccount
	CheckBalance
	PriceEnquiry
)

// Session is who speaks about what, on Gy and on Gx alike.
type Session struct {
	Peer        string // Origin-Host of the node at the other end of the connection, which may be a relay
	OriginHost  string // of the gateway
	OriginRealm string // of the gateway
	SessionID   string
	Type        RequestType
	Number      int64 // CC-Request-Number
	Repeated    bool  // T flag: may have been sent before, which is a hint only
	Received    int64 // µs
	Dialect     *Dialect

	IMSI      string // "" when absent
	MSISDN    string // "" when absent
	IMEISV    string // 14 to 16 digits, "" when absent
	APN       string // "" when absent
	PLMN      string // visited network, MCC then MNC, "26201"; "" when absent
	RAT       int64  // 3GPP-RAT-Type as in RADIUS; 0 when absent
	Location  []byte // 3GPP-User-Location-Info as sent, nil when absent
	TimeZone  []byte // 3GPP-MS-TimeZone as sent, nil when absent
	NSAPI     int64  // 3GPP-NSAPI, 0 when absent
	UEAddress netip.Addr
	SGSN      netip.Addr
	GGSN      netip.Addr
}

// CreditRequest is a Credit-Control-Request on Gy.
type CreditRequest struct {
	Session
	ServiceContext   string // Service-Context-Id
	Action           Action
	ChargingID       int64 // 3GPP-Charging-Id, Absent when absent
	EventTime        int64 // µs, 0 when absent
	TerminationCause int64 // Absent when absent
	MultipleServices bool  // the gateway can take several services a session
	Incoming         bool  // an SMS to the device
	// Services are the Multiple-Services-Credit-Control attributes; units on the level of the command count as one
	// service without a Rating-Group, and so they are answered.
	Services []Service
	// CommandLevel says that there was no Multiple-Services-Credit-Control.
	CommandLevel bool
}

// Units are amounts of service. Each is Absent when it was not sent; volumes are octets, at most 1<<50, so that those of
// one request add up without overflow.
type Units struct {
	Total, Input, Output int64 // input came from the device
	Time                 int64 // s
	ServiceSpecific      int64 // messages, for SMS
}

// NoUnits has none.
func NoUnits() Units { return Units{Absent, Absent, Absent, Absent, Absent} }

// Volume is the total of both directions: as sent, else their sum; 0 when there is neither.
func (u Units) Volume() int64 {
	if u.Total != Absent {
		return u.Total
	}
	return max(u.Input, 0) + max(u.Output, 0)
}

// Service is one Multiple-Services-Credit-Control.
type Service struct {
	RatingGroup int64 // Absent when absent
	ServiceID   int64 // Service-Identifier, the first one; Absent when absent
	Requests    bool  // there is a Requested-Service-Unit, perhaps an empty one: the gateway asks for a grant
	Requested   Units
	Used        []Used
	Reason      int64 // Reporting-Reason (TS 32.299 section 7.2.175), Absent when absent
}

// Used is one Used-Service-Unit.
type Used struct {
	Units
	Reason       int64 // Reporting-Reason of these units, Absent when absent
	TariffChange int64 // Tariff-Change-Usage: 0 before, 1 after, 2 indeterminate; Absent when absent
}

// CreditAnswer is the decision. Two decisions that are equal make the same answer to the same request.
type CreditAnswer struct {
	Result   uint32 // of the command
	Services []Grant
	Balance  Balance
	Failed   []byte // for Failed-AVP, nil for none
}

// Balance answers a CheckBalance.
type Balance uint8

// The answers to a CheckBalance (RFC 8506 section 8.6).
const (
	NotChecked Balance = iota
	EnoughCredit
	NoCredit
)

// Final says what the gateway does when the last grant is used up.
type Final uint8

// Final actions (RFC 8506 section 8.35).
const (
	NotFinal Final = iota
	FinalTerminate
	FinalRedirect
	FinalRestrict
)

// Grant answers a service.
type Grant struct {
	RatingGroup int64  // as asked
	ServiceID   int64  // as asked
	Result      uint32 // of this service, 0 for none
	Granted     Units  // all Absent for no Granted-Service-Unit
	Validity    int64  // s, 0 for none
	Final       Final
	Redirect    string // URL, for FinalRedirect
	Threshold   int64  // octets left at which to report, 0 for none
	HoldingTime int64  // s of silence after which to report, Absent for none; 0 switches it off
}

// Refused reports whether the answer gives the gateway nothing to go on with.
func (a CreditAnswer) Refused() bool {
	if a.Result/1000 != 2 {
		return true
	}
	for _, g := range a.Services {
		if g.Result != 0 && g.Result/1000 != 2 {
			return true
		}
	}
	return false
}
