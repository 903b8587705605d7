package diameter

import (
	"github.com/simstead/simstead/internal/usage"
	"github.com/simstead/simstead/internal/wire/diameter/packet"
)

// What a bearer is when neither the decision nor the request says: non-guaranteed, of middle priority; pre-emption as TS
// 29.212 sections 5.3.46 and 5.3.47 have it by default.
const (
	defaultQCI      = 9
	defaultPriority = 8
)

// ratChange is the Event-Trigger that makes a gateway ask again when the radio access type is another one (TS 29.212
// section 5.3.7): the quality of service may depend on it.
const ratChange = 2

// answer puts a decision in the words of TS 29.212. It depends on the request and the decision alone.
func (r *PolicyRequest) answer(a usage.PolicyAnswer) PolicyAnswer {
	out := PolicyAnswer{Result: policyCode(a.Result)}
	if out.Result != packet.ResultSuccess || r.Type == Termination {
		return out
	}
	out.Bitrate = bothWays(a.Rate, r.Bitrate)
	out.Bearer = r.bearer(a)
	if r.Type != Initial {
		return out
	}
	if r.Dialect.HonoursQoSChange {
		out.Triggers = []int64{ratChange}
	}
	if r.Dialect.DefaultRule {
		out.Install = []Rule{everything(out.Bearer)}
	}
	return out
}

// policyCode is the Result-Code of a decision on Gx. Codes about credit have no meaning there.
func policyCode(r usage.Result) uint32 {
	switch r {
	case usage.Granted, usage.NotApplicable:
		return packet.ResultSuccess
	case usage.Denied, usage.LimitReached, usage.NotAuthorised, usage.NotRated:
		return packet.ResultAuthorizationRejected
	}
	return code(r)
}

// bothWays is a bitrate with both its ways, or none: a gateway that gets one takes the other for zero. Without a limit of
// ours it is the one that the gateway has asked for.
func bothWays(rate usage.Rate, asked Bitrate) Bitrate {
	if rate == (usage.Rate{}) {
		return Bitrate{}
	}
	way := func(limit, asked int64) int64 {
		switch {
		case limit > 0:
			return limit
		case asked > 0:
			return asked
		}
		return maxBitrate
	}
	return Bitrate{Up: way(rate.Up, asked.Up), Down: way(rate.Down, asked.Down)}
}

// bearer is the default bearer's quality. It is always told: Open5GS takes what is missing for class 0.
func (r *PolicyRequest) bearer(a usage.PolicyAnswer) BearerQoS {
	q := r.Bearer
	if q == (BearerQoS{}) {
		q.Preemptible = true
	}
	if a.QCI > 0 {
		q.QCI = a.QCI
	}
	if a.Priority > 0 {
		q.Priority = a.Priority
	}
	if q.QCI == 0 {
		q.QCI = defaultQCI
	}
	if q.Priority == 0 {
		q.Priority = defaultPriority
	}
	return q
}

// everything is the rule that lets all packets of the device pass on the default bearer and charges them online.
func everything(bearer BearerQoS) Rule {
	return Rule{Name: "everything", Definition: &Definition{
		RatingGroup: 1, ServiceID: Absent, Flows: []string{"permit out ip from any to assigned"}, QoS: bearer, Precedence: lowestPrecedence,
		Online: true,
	}}
}

// lowestPrecedence lets every other rule come first.
const lowestPrecedence = 65535
