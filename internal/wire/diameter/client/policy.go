package client

import (
	"context"
	"fmt"

	"github.com/simstead/simstead/internal/wire/diameter/packet"
)

// PolicyAnswer is what the server said on Gx.
type PolicyAnswer struct {
	Result   uint32 // Result-Code or Experimental-Result-Code
	Up, Down int64  // APN-AMBR in bit/s, 0 when absent
	QCI      int64  // 0 when absent
	Priority int64
	Rules    []string // Charging-Rule-Names installed
	Number   uint32
	Raw      packet.Message
}

// AwaitPolicy sends a request on Gx and waits for its answer.
func (c *Client) AwaitPolicy(ctx context.Context, r Request) (PolicyAnswer, error) {
	return await(ctx, func(done func(PolicyAnswer, error)) error { return c.Policy(r, done) })
}

// Policy sends a request on Gx; done is called once unless Policy fails, and does not block.
func (c *Client) Policy(r Request, done func(PolicyAnswer, error)) error {
	m, err := c.EncodePolicy(r)
	if err != nil {
		return err
	}
	return c.Ask(m, func(answer packet.Message, err error) {
		if err != nil {
			done(PolicyAnswer{}, err)
			return
		}
		done(DecodePolicy(answer))
	})
}

// ratOnGx maps a 3GPP-RAT-Type to RAT-Type (TS 29.212 section 5.3.31).
func ratOnGx(rat byte) (uint32, bool) {
	onGx := map[byte]uint32{1: 1000, 2: 1001, 3: 0, 4: 1002, 5: 1003, 6: 1004, 7: 1, 8: 1005, 9: 1007, 51: 1006}
	v, ok := onGx[rat]
	return v, ok
}

// EncodePolicy writes a request on Gx, in the order of Open5GS 2.7.7.
func (c *Client) EncodePolicy(r Request) (packet.Message, error) {
	w := c.begin(packet.ApplicationGx, &r, 700)
	w.Unsigned32(packet.CCRequestType, r.Type)
	w.Unsigned32(packet.CCRequestNumber, r.Number)
	writeText(w, packet.DestinationHost, r.Server)
	r.writeSubscriptions(w)
	if r.Type == Termination {
		w.Unsigned32(packet.TerminationCause, 1) // DIAMETER_LOGOUT
	} else {
		r.writeAccess(w)
	}
	w.Text(packet.CalledStationID, r.APN)
	return w.Message()
}

func (r *Request) writeAccess(w *packet.Writer) {
	at := w.Open(packet.SupportedFeatures)
	w.Unsigned32(packet.VendorID, packet.Vendor3GPP)
	w.Unsigned32(packet.FeatureListID, 1)
	w.Unsigned32(packet.FeatureList, 0x0b)
	w.Close(at)
	w.Unsigned32(packet.NetworkRequestSupport, 1)
	if r.Address.Is4() {
		w.Bytes(packet.FramedIPAddress, r.Address.AsSlice())
	}
	w.Unsigned32(packet.IPCANType, 5) // 3GPP-EPS
	if rat, ok := ratOnGx(r.RAT); ok {
		w.Unsigned32(packet.RATType, rat)
	}
	at = w.Open(packet.DefaultEPSBearerQoS)
	writeQoS(w)
	w.Close(at)
	writeText(w, packet.TGPPUserLocationInfo, string(r.Location))
	writeText(w, packet.TGPPMSTimeZone, string(r.TimeZone))
	writeText(w, packet.TGPPSGSNMCCMNC, r.PLMN)
	w.Address(packet.ANGWAddress, r.SGSN)
	r.writeEquipment(w, false)
}

// writeQoS writes the quality of service that Open5GS begins with.
func writeQoS(w *packet.Writer) {
	w.Unsigned32(packet.QoSClassIdentifier, 9)
	at := w.Open(packet.AllocationRetentionPriority)
	w.Unsigned32(packet.PriorityLevel, 8)
	w.Unsigned32(packet.PreemptionCapability, 1)
	w.Unsigned32(packet.PreemptionVulnerability, 1)
	w.Close(at)
}

// DecodePolicy reads an answer on Gx.
func DecodePolicy(m packet.Message) (PolicyAnswer, error) {
	a := PolicyAnswer{Raw: m}
	var f field
	if err := a.take(m.AVPs(), &f, 0); err != nil {
		return a, fmt.Errorf("read policy: %w", err)
	}
	return a, f.err
}

// take reads an answer, and a Re-Auth-Request's changes.
func (a *PolicyAnswer) take(list []byte, f *field, depth int) error {
	for len(list) > 0 {
		v, rest, err := packet.Next(list)
		if err != nil {
			return err
		}
		list = rest
		switch v.ID {
		case packet.ResultCode, packet.ExperimentalResultCode:
			a.Result = uint32(f.read(v))
		case packet.CCRequestNumber:
			a.Number = uint32(f.read(v))
		case packet.APNAggregateMaxBitrateUL:
			a.Up = f.read(v)
		case packet.APNAggregateMaxBitrateDL:
			a.Down = f.read(v)
		case packet.ExtendedAPNAMBRUL:
			a.Up = 1000 * f.read(v)
		case packet.ExtendedAPNAMBRDL:
			a.Down = 1000 * f.read(v)
		case packet.ChargingRuleName:
			a.Rules = append(a.Rules, string(v.Data))
		case packet.ExperimentalResult, packet.QoSInformation, packet.ChargingRuleInstall, packet.ChargingRuleDefinition:
			if depth < maxDepth && (depth == 0 || v.ID != packet.QoSInformation) { // a rule's own QoS is not the session's
				err = a.take(v.Data, f, depth+1)
			}
		case packet.DefaultEPSBearerQoS:
			a.takeBearer(v.Data, f)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (a *PolicyAnswer) takeBearer(list []byte, f *field) {
	if v, ok := packet.Find(list, packet.QoSClassIdentifier); ok {
		a.QCI = f.read(v)
	}
	if group, ok := packet.Find(list, packet.AllocationRetentionPriority); ok {
		if v, ok := packet.Find(group.Data, packet.PriorityLevel); ok {
			a.Priority = f.read(v)
		}
	}
}
