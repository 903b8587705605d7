package client

import "net/netip"

// Absent stands for a number that is not there.
const Absent int64 = -1

// Session is what a gateway knows about a device's session. What is empty is not sent.
type Session struct {
	IMSI, MSISDN string
	IMEISV       string // 16 digits
	APN          string
	PLMN         string // visited network, "26201"
	RAT          byte   // 3GPP-RAT-Type
	Location     []byte // 3GPP-User-Location-Info
	TimeZone     []byte // 3GPP-MS-TimeZone
	ChargingID   uint32
	Address      netip.Addr
	SGSN, GGSN   netip.Addr
}

// Types of request.
const (
	Initial uint32 = iota + 1
	Update
	Termination
	Event
)

// Reporting-Reasons (TS 32.299 section 7.2.175).
const (
	ReasonThreshold        int64 = 0
	ReasonQuotaHoldingTime int64 = 1
	ReasonFinal            int64 = 2
	ReasonQuotaExhausted   int64 = 3
	ReasonValidityTime     int64 = 4
	ReasonForcedReauth     int64 = 7
)

// Request is a Credit-Control-Request.
type Request struct {
	*Session
	SessionID   string
	Server      string // Destination-Host: whose answers the session has had; "" for none
	Type        uint32
	Number      uint32
	Repeated    bool   // sets the T flag; give the EndToEnd of the first sending too
	EndToEnd    uint32 // 0 for a new one
	RatingGroup int64  // Absent for none
	Used        *Usage // nil for none
	Reason      int64  // Reporting-Reason, Absent for none
	Requested   int64  // octets in CC-Total-Octets, 0 for an empty Requested-Service-Unit, Absent for none
	Messages    int64  // CC-Service-Specific-Units requested by an Event, 0 for none
	Action      int64  // Requested-Action, Absent for none
	Context     string // Service-Context-Id, "" for data
	At          int64  // Event-Timestamp, s since 1970
}

// Usage is what a device used since the last report.
type Usage struct {
	Uplink, Downlink int64 // octets
	Seconds          int64
}

// requestedByOpen5GS is what Open5GS asks for, whatever the session, in octets.
const requestedByOpen5GS = 1_000_000

// Service contexts (TS 32.251, TS 32.274).
const (
	DataContext = "32251@3gpp.org"
	SMSContext  = "32274@3gpp.org"
)
