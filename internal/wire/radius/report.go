package radius

import (
	"bytes"
	"net/netip"

	"layeh.com/radius/rfc2866"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/usage"
)

// Bounds of what a gateway may say.
const (
	maxVolume  = 1 << 62                 // bytes, of both directions together
	maxSession = 10 * 365 * 24 * 60 * 60 // s; no session runs for ten years
	maxDelay   = 30 * 24 * 60 * 60       // s; a longer Acct-Delay-Time is no delay but a fault, and is ignored
)

// report makes the usage report of a Start, Interim-Update or Stop.
func (r *request) report(from netip.Addr, received int64) (usage.Report, reason) {
	if len(r.sessionID) == 0 {
		return usage.Report{}, noSessionID
	}
	up, down := volume(r.input, r.inputGiga), volume(r.output, r.outputGiga)
	if up > maxVolume || down > maxVolume || up+down > maxVolume {
		return usage.Report{}, volumeRange
	}
	return usage.Report{
		Kind:       kind(r.status),
		NAS:        r.nas(from),
		Peer:       from.Unmap().String(),
		SessionID:  identifier(r.sessionID),
		ChargingID: r.chargingID.or(-1),
		IMSI:       r.subscriber(),
		IMEISV:     digits(r.imeisv, 14, 16),
		MSISDN:     msisdn(r.callingStation),
		APN:        apn(r.calledStation),
		PLMN:       r.network(),
		RAT:        r.rat.or(0),
		Location:   bytes.Clone(r.location),
		UEAddress:  r.framedAddress,
		GGSN:       either(r.ggsnAddress, r.ggsn6),
		SGSN:       either(r.sgsnAddress, r.sgsn6),
		NSAPI:      r.nsapi.or(0),
		Class:      r.class,
		Uplink:     int64(up),
		Downlink:   int64(down),
		Time:       r.elapsed(),
		EventTime:  r.event.or(0) * clock.Second, // when it happened, not when it was sent (RFC 2869 section 5.3)
		Received:   received - r.delayed(),
	}, none
}

// access makes the question of an Access-Request.
func (r *request) access(from netip.Addr, received int64) usage.Access {
	return usage.Access{
		NAS:      r.nas(from),
		Peer:     from.Unmap().String(),
		IMSI:     r.subscriber(),
		IMEISV:   digits(r.imeisv, 14, 16),
		MSISDN:   msisdn(r.callingStation),
		APN:      apn(r.calledStation),
		PLMN:     r.network(),
		RAT:      r.rat.or(0),
		Received: received,
	}
}

// volume joins octets and gigawords (RFC 2869 section 5.1). Input came from the device, output went to it.
func volume(octets, gigawords optional) uint64 {
	return uint64(gigawords.value)<<32 | uint64(octets.value)
}

// kind is 0 for a status type that tells about no session.
func kind(status optional) usage.Kind {
	switch rfc2866.AcctStatusType(status.value) {
	case rfc2866.AcctStatusType_Value_Start:
		return usage.Start
	case rfc2866.AcctStatusType_Value_Stop:
		return usage.Stop
	case rfc2866.AcctStatusType_Value_InterimUpdate:
		return usage.Interim
	}
	return 0
}

// nas names the gateway.
func (r *request) nas(from netip.Addr) string {
	if len(r.nasIdentifier) > 0 {
		return identifier(r.nasIdentifier)
	}
	at := either(either(r.nasAddress, r.nasAddress6), from.Unmap().WithZone(""))
	return at.String()
}

func (r *request) subscriber() string {
	if imsi := digits(r.imsi, minIMSI, maxIMSI); imsi != "" {
		return imsi
	}
	return imsiOfUserName(r.userName)
}

func (r *request) network() string {
	if plmn := digits(r.plmn, 5, 6); plmn != "" {
		return plmn
	}
	return plmnOfLocation(r.location)
}

// elapsed is how long the session has run in seconds, -1 when the gateway does not tell or tells nonsense: a wrong time
// would make the next, right one look like another session's.
func (r *request) elapsed() int64 {
	if r.sessionTime.value > maxSession {
		return -1
	}
	return r.sessionTime.or(-1)
}

// delayed is how long the gateway has tried to deliver the packet, in µs (RFC 2866 section 5.2).
func (r *request) delayed() int64 {
	if r.delay.value > maxDelay {
		return 0
	}
	return int64(r.delay.value) * clock.Second
}

func either(first, second netip.Addr) netip.Addr {
	if first.IsValid() {
		return first
	}
	return second
}
