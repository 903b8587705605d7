package diameter

import (
	"net/netip"

	"github.com/simstead/simstead/internal/wire/diameter/packet"
)

// maxTriggers bounds the Event-Triggers of one request.
const maxTriggers = 64

// decodePolicy reads a Credit-Control-Request of Gx. The error is a *packet.Error.
func decodePolicy(m packet.Message, dialect *Dialect) (PolicyRequest, error) {
	r := PolicyRequest{
		Session:   Session{Number: Absent, Dialect: dialect, Repeated: m.Flags()&packet.FlagRetransmitted != 0},
		IPCANType: Absent, TerminationCause: Absent,
	}
	if err := each(m.AVPs(), r.take); err != nil {
		return r, err
	}
	return r, r.check()
}

func (r *PolicyRequest) take(a packet.AVP) error {
	switch a.ID {
	case packet.CCRequestType:
		if err := r.Session.take(a); err != nil {
			return err
		}
		if r.Type == Event { // there are only sessions here (TS 29.212 section 5b.6.2)
			return a.Invalid()
		}
		return nil
	case packet.IPCANType:
		return number(a, &r.IPCANType)
	case packet.TerminationCause:
		return number(a, &r.TerminationCause)
	case packet.RATType:
		v, err := a.Unsigned32()
		if rat := ratOfGx(v); rat != 0 {
			r.RAT = rat
		}
		return err
	case packet.TGPPRATType: // RAT-Type says more
		if r.RAT == 0 {
			r.RAT = ratOfRADIUS(a.Data)
		}
		return nil
	case packet.FramedIPAddress:
		address, ok := netip.AddrFromSlice(a.Data)
		if !ok || !address.Is4() {
			return a.Invalid()
		}
		r.UEAddress = address
	case packet.FramedIPv6Prefix:
		return r.takePrefix(a)
	case packet.QoSInformation:
		return each(a.Data, r.Bitrate.take)
	case packet.DefaultEPSBearerQoS:
		return each(a.Data, r.Bearer.take)
	case packet.EventTrigger:
		if len(r.Triggers) == maxTriggers {
			return a.Invalid()
		}
		trigger := Absent
		err := number(a, &trigger)
		r.Triggers = append(r.Triggers, trigger)
		return err
	}
	return r.Session.take(a)
}

// takePrefix reads a Framed-IPv6-Prefix: a reserved octet, the prefix' length, the prefix (RFC 3162 section 2.3). A device
// with an IPv4 address as well is known by that.
func (r *PolicyRequest) takePrefix(a packet.AVP) error {
	if len(a.Data) < 2 || len(a.Data) > 18 || a.Data[1] > 128 {
		return a.Invalid()
	}
	if !r.UEAddress.IsValid() {
		var whole [16]byte
		copy(whole[:], a.Data[2:])
		r.UEAddress = netip.AddrFrom16(whole)
	}
	return nil
}

func (b *Bitrate) take(a packet.AVP) error {
	switch a.ID {
	case packet.APNAggregateMaxBitrateUL:
		return number(a, &b.Up)
	case packet.APNAggregateMaxBitrateDL:
		return number(a, &b.Down)
	}
	return nil
}

func (q *BearerQoS) take(a packet.AVP) error {
	switch a.ID {
	case packet.QoSClassIdentifier:
		return number(a, &q.QCI)
	case packet.AllocationRetentionPriority:
		q.MayPreempt, q.Preemptible = false, true // unless it says otherwise (TS 29.212 sections 5.3.46 and 5.3.47)
		return each(a.Data, q.takePriority)
	}
	return nil
}

func (q *BearerQoS) takePriority(a packet.AVP) error {
	switch a.ID {
	case packet.PriorityLevel:
		return number(a, &q.Priority)
	case packet.PreemptionCapability:
		v, err := a.Unsigned32()
		q.MayPreempt = v == 0
		return err
	case packet.PreemptionVulnerability:
		v, err := a.Unsigned32()
		q.Preemptible = v == 0
		return err
	}
	return nil
}
