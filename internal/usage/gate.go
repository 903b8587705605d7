package usage

import (
	"slices"

	"github.com/simstead/simstead/internal/charging"
	"github.com/simstead/simstead/internal/sim"
	"github.com/simstead/simstead/internal/tariff"
)

// place is where and with what a subscriber wants to use a service.
type place struct {
	operator, rat int64
	apn, imeisv   string
}

// refusal is why a subscriber may not use a service: the zero value when it may.
type refusal struct {
	result Result
	reason string // in words for a person
}

func (r refusal) closed() bool { return r.reason != "" }

func denied(reason string) refusal { return refusal{Denied, reason} }

// gate tells what keeps a subscriber from using a service at a place, whatever it has left.
func gate(c *tariff.Catalogue, s *subscriber, service int64, p place) refusal {
	switch {
	case s.orgStatus != 0:
		return denied("the organisation is suspended")
	case s.simStatus != sim.Activated && s.simStatus != sim.FactoryTest:
		return denied("the SIM is not activated")
	case s.endpoint == 0:
		return denied("the SIM is not assigned to an endpoint")
	case s.epStatus != 0:
		return denied("the endpoint is disabled")
	case !s.terms.Services[service]:
		if service == dataService {
			return denied("the data service is off in the service profile")
		}
		return denied("the SMS service is off in the service profile")
	case s.terms.Barred[p.rat]:
		return denied("the service profile does not allow the radio access type")
	case s.imeiLock && !sameDevice(s.imei, p.imeisv):
		return denied("the SIM is locked to another device")
	case slices.Contains(s.blacklist, p.operator):
		return denied("the endpoint's blacklist has the visited operator")
	case s.prices.Blocks(p.operator, p.rat):
		return denied("the tariff profile blocks the visited operator or its radio access type")
	}
	switch c.Coverage(s.issuer, p.operator, p.rat) {
	case tariff.NotCovered:
		if p.operator == 0 { // nobody's network: there is no price for it, and the gateway is told which one it is
			return refusal{NotRated, notCovered}
		}
		return denied("the network coverage does not have the visited operator")
	case tariff.OperatorDisabled:
		return denied("the visited operator is disabled in the network coverage")
	case tariff.RATBlacklisted:
		return denied("the radio access type is blacklisted in the network coverage")
	case tariff.Covered:
	}
	if p.apn != "" && !c.AllowsAPN(s.tariff, p.apn) {
		return refusal{NotAuthorised, "the tariff does not include the APN " + p.apn}
	}
	return refusal{}
}

// serial is how many digits of an IMEISV name the device (TS 23.003 section 6.2).
const serial = 14

// sameDevice reports whether an IMEISV may be that of a device. What is not known on either side is not held against it.
func sameDevice(device, imeisv string) bool {
	return len(device) < serial || len(imeisv) < serial || device[:serial] == imeisv[:serial]
}

// judged turns a verdict on what is left into a refusal.
func judged(v charging.Verdict) refusal {
	switch v.Gate {
	case charging.Open:
		return refusal{}
	case charging.ByNoQuota, charging.ByExpiredQuota:
		return denied(v.Gate.String())
	default:
		return refusal{LimitReached, v.Gate.String()}
	}
}
