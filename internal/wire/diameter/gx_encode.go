package diameter

import (
	"github.com/simstead/simstead/internal/wire/diameter/packet"
	"github.com/simstead/simstead/internal/wire/diameter/peer"
)

// answerPolicy writes a Credit-Control-Answer of Gx and sends it.
func answerPolicy(x *peer.Request, r *PolicyRequest, a PolicyAnswer) {
	var w packet.Writer
	plain := a.Result
	if a.Experimental {
		plain = 0
	}
	x.BeginSession(&w, plain, []byte(r.SessionID), answerSize)
	if a.Experimental {
		at := w.Open(packet.ExperimentalResult)
		w.Unsigned32(packet.VendorID, packet.Vendor3GPP)
		w.Unsigned32(packet.ExperimentalResultCode, a.Result)
		w.Close(at)
	}
	w.Unsigned32(packet.AuthApplicationID, packet.ApplicationGx)
	w.Unsigned32(packet.CCRequestType, uint32(r.Type))
	w.Unsigned32(packet.CCRequestNumber, uint32(r.Number))
	for _, t := range a.Triggers {
		w.Unsigned32(packet.EventTrigger, uint32(t))
	}
	a.write(&w)
	writeFailed(&w, a.Failed)
	x.End(&w)
}

// write writes what an answer and a Re-Auth-Request have in common.
func (c *Changes) write(w *packet.Writer) {
	for _, name := range c.Remove {
		at := w.Open(packet.ChargingRuleRemove)
		w.Text(packet.ChargingRuleName, name)
		w.Close(at)
	}
	for i := range c.Install {
		at := w.Open(packet.ChargingRuleInstall)
		c.Install[i].write(w)
		w.Close(at)
	}
	if c.Bitrate != (Bitrate{}) {
		at := w.Open(packet.QoSInformation)
		writeBitrate(w, packet.APNAggregateMaxBitrateUL, packet.ExtendedAPNAMBRUL, c.Bitrate.Up)
		writeBitrate(w, packet.APNAggregateMaxBitrateDL, packet.ExtendedAPNAMBRDL, c.Bitrate.Down)
		w.Close(at)
	}
	if c.Bearer.QCI != 0 {
		at := w.Open(packet.DefaultEPSBearerQoS)
		c.Bearer.write(w)
		w.Close(at)
	}
}

// maxBitrate is the largest bitrate that an Unsigned32 holds, in bit/s.
const maxBitrate = 1<<32 - 1

// bidirectional is the Flow-Direction of a filter that holds for both, with the ends swapped for the way up (TS 29.212
// section 5.3.65).
const bidirectional = 3

// writeBitrate writes a bitrate; one that does not fit is written in kbit/s as well (TS 29.212 section 5.3.145).
func writeBitrate(w *packet.Writer, id, extended packet.ID, v int64) {
	if v <= 0 {
		return
	}
	w.Unsigned32(id, uint32(min(v, maxBitrate)))
	if v > maxBitrate {
		w.Unsigned32(extended, uint32(min(v/1000, maxBitrate)))
	}
}

// write writes class and priority.
func (q *BearerQoS) write(w *packet.Writer) {
	w.Unsigned32(packet.QoSClassIdentifier, uint32(q.QCI))
	q.writePriority(w)
}

// writePriority writes the Allocation-Retention-Priority, whose flags are 0 for yes.
func (q *BearerQoS) writePriority(w *packet.Writer) {
	at := w.Open(packet.AllocationRetentionPriority)
	w.Unsigned32(packet.PriorityLevel, uint32(q.Priority))
	w.Unsigned32(packet.PreemptionCapability, flag(!q.MayPreempt))
	w.Unsigned32(packet.PreemptionVulnerability, flag(!q.Preemptible))
	w.Close(at)
}

func flag(set bool) uint32 {
	if set {
		return 1
	}
	return 0
}

func (r *Rule) write(w *packet.Writer) {
	switch {
	case r.Definition != nil:
		at := w.Open(packet.ChargingRuleDefinition)
		w.Text(packet.ChargingRuleName, r.Name)
		r.Definition.write(w)
		w.Close(at)
	case r.Base:
		w.Text(packet.ChargingRuleBaseName, r.Name)
	default:
		w.Text(packet.ChargingRuleName, r.Name)
	}
}

func (d *Definition) write(w *packet.Writer) {
	if d.ServiceID != Absent {
		w.Unsigned32(packet.ServiceIdentifier, uint32(d.ServiceID))
	}
	if d.RatingGroup != Absent {
		w.Unsigned32(packet.RatingGroup, uint32(d.RatingGroup))
	}
	for _, flow := range d.Flows {
		at := w.Open(packet.FlowInformation)
		w.Text(packet.FlowDescription, flow)
		w.Unsigned32(packet.FlowDirection, bidirectional)
		w.Close(at)
	}
	w.Unsigned32(packet.FlowStatus, 2) // ENABLED
	if d.QoS.QCI != 0 {
		at := w.Open(packet.QoSInformation)
		w.Unsigned32(packet.QoSClassIdentifier, uint32(d.QoS.QCI))
		if d.MaxBitrate.Up > 0 {
			w.Unsigned32(packet.MaxRequestedBandwidthUL, uint32(min(d.MaxBitrate.Up, maxBitrate)))
		}
		if d.MaxBitrate.Down > 0 {
			w.Unsigned32(packet.MaxRequestedBandwidthDL, uint32(min(d.MaxBitrate.Down, maxBitrate)))
		}
		d.QoS.writePriority(w)
		w.Close(at)
	}
	w.Unsigned32(packet.Online, flag(d.Online))
	w.Unsigned32(packet.Offline, flag(d.Offline))
	if d.Precedence != Absent {
		w.Unsigned32(packet.Precedence, uint32(d.Precedence))
	}
}
