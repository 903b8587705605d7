package quota

import (
	"fmt"
	"slices"

	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/money"
	"github.com/simstead/simstead/internal/value"
)

// Fields are what clients say of a quota that an endpoint is to have. What a quota knows by itself, such as
// last_volume_added, may stand beside it and is not read.
type Fields struct {
	Status     value.Opt[value.Ref]        `json:"status" doc:"1 ACTIVE, 2 EXHAUSTED or 3 EXPIRED."`
	Volume     value.Opt[value.MB]         `json:"volume" doc:"MB of data, or a number of SMS."`
	Expiry     value.Opt[value.EntityTime] `json:"expiry_date" doc:"In the future."`
	AutoRefill value.Opt[value.Flag]       `json:"auto_refill" enum:"0,1" doc:"1: filled up with the volume every day at 00:00 UTC, until it expires."`
	Percentage value.Opt[value.ID]         `json:"threshold_percentage" minimum:"0" maximum:"100" doc:"Of the volume: an event tells when less is left."`
	Action     value.Opt[ActionFields]     `json:"action_on_exhaustion" doc:"Required for data."`
}

// ActionFields are what clients say of the end of a quota.
type ActionFields struct {
	ID         value.Opt[value.ID] `json:"id" doc:"1 Block or 2 Throttle. SMS that are throttled pass."`
	Throughput value.Opt[value.ID] `json:"peak_throughput" doc:"Bit/s: 64000, 128000, 256000 or 384000. Required when data is throttled."`
}

// throughputs are the bitrates that an endpoint may be throttled to, in bit/s.
var throughputs = []int64{64_000, 128_000, 256_000, 384_000}

// reader gathers what is wrong with Fields, so that a client learns all of it at once.
type reader struct {
	traffic int64
	wrong   []*fault.Error
}

func (r *reader) bad(code fault.Code, format string, args ...any) {
	r.wrong = append(r.wrong, fault.New(code, "Quota - %s", fmt.Sprintf(format, args...)))
}

// read makes a quota of the fields.
func (f Fields) read(organisation, endpoint, traffic, now int64) (Quota, error) {
	r := reader{traffic: traffic}
	status, volume, expiry, percentage := r.status(f.Status), r.volume(f.Volume), r.expiry(f.Expiry, now), int64(-1)
	if f.Percentage.Has() {
		percentage = int64(f.Percentage.Value)
		if percentage < 0 || percentage > 100 {
			r.bad(fault.InvalidFormat, "threshold_percentage: 0 to 100 expected")
		}
	}
	action, throughput := r.action(f.Action)
	if err := fault.Invalid(r.wrong...); err != nil {
		return Quota{}, err
	}
	q := New(organisation, endpoint, traffic, volume, expiry, percentage, now)
	q.AutoRefill, q.Action, q.Throughput = bool(f.AutoRefill.Value), action, throughput
	q.declare(status)
	return q, nil
}

func (r *reader) status(f value.Opt[value.Ref]) int64 {
	id := int64(f.Value.ID.Value)
	switch {
	case !f.Has() || !f.Value.ID.Has():
		r.bad(fault.Required, "status.id is required")
	case id < Active || id > Expired:
		r.bad(fault.InvalidReference, "status %d is none of 1 (ACTIVE), 2 (EXHAUSTED) and 3 (EXPIRED)", id)
	}
	return id
}

func (r *reader) volume(f value.Opt[value.MB]) int64 {
	volume := int64(f.Value)
	switch {
	case !f.Has():
		r.bad(fault.Required, "volume is required")
	case volume < 0:
		r.bad(fault.InvalidFormat, "volume: 0 or more expected")
	case r.traffic == SMS && volume%money.MB != 0:
		r.bad(fault.InvalidFormat, "volume: a whole number of SMS expected")
	}
	if r.traffic == SMS {
		volume /= money.MB
	}
	return volume
}

func (r *reader) expiry(f value.Opt[value.EntityTime], now int64) int64 {
	switch {
	case !f.Has():
		r.bad(fault.Required, "expiry_date is required")
	case int64(f.Value) <= now:
		r.bad(fault.InvalidFormat, "expiry_date: a time in the future expected")
	}
	return int64(f.Value)
}

// action reads what happens at the end. Only data is slowed down, so only data must say how much.
func (r *reader) action(f value.Opt[ActionFields]) (action, throughput int64) {
	action, throughput = int64(f.Value.ID.Value), int64(f.Value.Throughput.Value)
	slow := f.Value.Throughput.Has()
	switch {
	case !f.Has() && r.traffic == SMS:
		return Block, 0
	case !f.Has():
		r.bad(fault.Required, "action_on_exhaustion is required")
		return Block, 0
	case !f.Value.ID.Has():
		r.bad(fault.Required, "action_on_exhaustion.id is required")
	case action != Block && action != Throttle:
		r.bad(fault.InvalidReference, "action_on_exhaustion %d is neither 1 (Block) nor 2 (Throttle)", action)
	case action == Throttle && r.traffic == Data && !slow:
		r.bad(fault.Required, "action_on_exhaustion.peak_throughput is required with 2 (Throttle)")
	}
	if slow && !slices.Contains(throughputs, throughput) {
		r.bad(fault.InvalidFormat, "action_on_exhaustion.peak_throughput: one of %v expected", throughputs)
	}
	return action, throughput
}
