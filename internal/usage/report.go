package usage

import "net/netip"

// Kind says what a usage report tells about its session.
type Kind uint8

// The kinds of report a packet core sends.
const (
	Start Kind = iota + 1
	Interim
	Stop
)

// Report is one usage report of a packet core about one session, in the words of no protocol. Counters are cumulative
// over the session, so a report may come twice, late or out of order without harm. wire/* makes every string valid
// UTF-8 without NUL, bounds it and range-checks every integer.
type Report struct {
	Kind       Kind
	Protocol   Protocol   // how the gateway speaks
	NAS        string     // the gateway's name: NAS-Identifier, else NAS-IP-Address, else source address; Origin-Host
	Peer       string     // where its requests come from: the source address, or the Diameter node that it is behind
	Realm      string     // Origin-Realm, "" for RADIUS
	Abilities  Ability    // what the gateway can be told in mid-session
	SessionID  string     // Acct-Session-Id
	ChargingID int64      // 3GPP-Charging-ID, -1 when absent
	IMSI       string     // "" when absent
	IMEISV     string     // "" when absent
	MSISDN     string     // "" when absent
	APN        string     // "" when absent
	PLMN       string     // visited network, MCC then MNC, "26201"; "" when absent
	RAT        int64      // 3GPP-RAT-Type, 0 when absent
	Location   []byte     // 3GPP-User-Location-Info as sent, nil when absent
	UEAddress  netip.Addr // Framed-IP-Address, invalid when absent
	GGSN       netip.Addr // 3GPP-GGSN-Address, invalid when absent
	SGSN       netip.Addr // 3GPP-SGSN-Address, invalid when absent
	NSAPI      int64      // 3GPP-NSAPI, 0 when absent
	Class      Class      // what we sent in the Access-Accept, zero when absent
	Uplink     int64      // bytes sent by the device since the session began
	Downlink   int64      // bytes sent to the device since the session began
	Time       int64      // seconds since the session began, -1 when absent
	EventTime  int64      // when it happened by the gateway's clock (Event-Timestamp), µs, 0 when absent
	Received   int64      // when it arrived here less Acct-Delay-Time, µs
}

// Class is what an Access-Accept makes the gateway repeat in its accounting: who is meant when no IMSI comes along.
type Class struct {
	Organisation int64
	IMSI         string
}

// Access is the question whether a device may open a data session.
type Access struct {
	NAS      string
	IMSI     string
	IMEISV   string
	MSISDN   string
	APN      string
	PLMN     string
	RAT      int64
	Peer     string // as in Report
	Received int64  // µs
}

// Decision answers an Access.
type Decision struct {
	Accept  bool
	Reason  string       // why not, in words for a person; "" when accepted
	Address netip.Addr   // the device's address, invalid when the gateway is to choose
	DNS     []netip.Addr // name servers of the service profile, primary first
	Class   Class
	Interim int64 // seconds between interim reports
	Rate    Rate  // the most it may send and receive
}
