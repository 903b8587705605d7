package client

import (
	"context"

	"github.com/simstead/simstead/internal/wire/diameter/packet"
)

// Credit sends a request on Gy; done is called once unless Credit fails, and does not block.
func (c *Client) Credit(r Request, done func(CreditAnswer, error)) error {
	m, err := c.EncodeCredit(r)
	if err != nil {
		return err
	}
	return c.Ask(m, func(answer packet.Message, err error) {
		if err != nil {
			done(CreditAnswer{}, err)
			return
		}
		done(DecodeCredit(answer))
	})
}

// AwaitCredit sends a request on Gy and waits for its answer.
func (c *Client) AwaitCredit(ctx context.Context, r Request) (CreditAnswer, error) {
	return await(ctx, func(done func(CreditAnswer, error)) error { return c.Credit(r, done) })
}

// await waits for what start hands to done.
func await[T any](ctx context.Context, start func(done func(T, error)) error) (T, error) {
	type outcome struct {
		value T
		err   error
	}
	arrived := make(chan outcome, 1)
	var none T
	if err := start(func(v T, err error) { arrived <- outcome{v, err} }); err != nil {
		return none, err
	}
	select {
	case o := <-arrived:
		return o.value, o.err
	case <-ctx.Done():
		return none, context.Cause(ctx)
	}
}

// EncodeCredit writes a request on Gy, in the order of Open5GS 2.7.7.
func (c *Client) EncodeCredit(r Request) (packet.Message, error) {
	w := c.begin(packet.ApplicationGy, &r, 900)
	if r.Context == "" {
		r.Context = DataContext
	}
	w.Text(packet.ServiceContextID, r.Context)
	w.Unsigned32(packet.CCRequestType, r.Type)
	w.Unsigned32(packet.CCRequestNumber, r.Number)
	writeText(w, packet.DestinationHost, r.Server)
	w.Time(packet.EventTimestamp, r.At)
	r.writeSubscriptions(w)
	if r.Type == Termination {
		w.Unsigned32(packet.TerminationCause, 1) // DIAMETER_LOGOUT
	}
	if r.Action != Absent {
		w.Unsigned32(packet.RequestedAction, uint32(r.Action))
	}
	switch {
	case c.Strict:
		w.Unsigned32(packet.MultipleServicesIndicator, 1)
	default:
		w.Unsigned32(packet.AoCRequestType, 1) // AoC_FULL
		if r.Type == Initial {
			w.Unsigned32(packet.MultipleServicesIndicator, 0)
		}
	}
	at := w.Open(packet.MultipleServicesCreditControl)
	r.writeService(w)
	if !c.Strict {
		qos := w.Open(packet.QoSInformation)
		writeQoS(w)
		w.Close(qos)
	}
	w.Close(at)
	at = w.Open(packet.ServiceInformation)
	ps := w.Open(packet.PSInformation)
	r.writePS(w, c.Strict)
	w.Close(ps)
	w.Close(at)
	return w.Message()
}

func (s *Session) writeSubscriptions(w *packet.Writer) {
	for _, id := range []struct {
		kind uint32
		data string
	}{{1, s.IMSI}, {0, s.MSISDN}} {
		if id.data == "" {
			continue
		}
		at := w.Open(packet.SubscriptionID)
		w.Unsigned32(packet.SubscriptionIDType, id.kind)
		w.Text(packet.SubscriptionIDData, id.data)
		w.Close(at)
	}
}

func (r *Request) writeService(w *packet.Writer) {
	if r.Requested != Absent || r.Messages != 0 {
		at := w.Open(packet.RequestedServiceUnit)
		if r.Requested > 0 {
			w.Unsigned64(packet.CCTotalOctets, uint64(r.Requested))
		}
		if r.Messages != 0 {
			w.Unsigned64(packet.CCServiceSpecificUnits, uint64(r.Messages))
		}
		w.Close(at)
	}
	ofUnits := r.Used != nil && (r.Reason == ReasonThreshold || r.Reason == ReasonQuotaExhausted) // TS 32.299 section 7.2.175
	if r.Used != nil {
		at := w.Open(packet.UsedServiceUnit)
		if ofUnits {
			w.Unsigned32(packet.ReportingReason, uint32(r.Reason))
		}
		w.Unsigned32(packet.CCTime, uint32(r.Used.Seconds))
		w.Unsigned64(packet.CCInputOctets, uint64(r.Used.Uplink))
		w.Unsigned64(packet.CCOutputOctets, uint64(r.Used.Downlink))
		w.Close(at)
	}
	if r.RatingGroup != Absent {
		w.Unsigned32(packet.RatingGroup, uint32(r.RatingGroup))
	}
	if r.Reason != Absent && !ofUnits {
		w.Unsigned32(packet.ReportingReason, uint32(r.Reason))
	}
}

func (r *Request) writePS(w *packet.Writer, strict bool) {
	s := r.Session
	w.Unsigned32(packet.TGPPChargingID, s.ChargingID)
	if r.Type == Initial {
		w.Unsigned32(packet.TGPPPDPType, 0) // IPv4
	}
	w.Address(packet.PDPAddress, s.Address)
	w.Address(packet.SGSNAddress, s.SGSN)
	w.Address(packet.GGSNAddress, s.GGSN)
	w.Text(packet.CalledStationID, s.APN)
	w.Text(packet.TGPPSelectionMode, "0")
	writeText(w, packet.TGPPSGSNMCCMNC, s.PLMN)
	w.Bytes(packet.TGPPNSAPI, []byte{5})
	writeText(w, packet.TGPPMSTimeZone, string(s.TimeZone))
	writeText(w, packet.TGPPUserLocationInfo, string(s.Location))
	if s.RAT != 0 {
		w.Bytes(packet.TGPPRATType, []byte{s.RAT})
	}
	s.writeEquipment(w, strict)
}

func writeText(w *packet.Writer, id packet.ID, value string) {
	if value != "" {
		w.Text(id, value)
	}
}

// writeEquipment writes the IMEISV: as digits like Open5GS, or packed as TS 29.274 section 8.10 says.
func (s *Session) writeEquipment(w *packet.Writer, packed bool) {
	if s.IMEISV == "" {
		return
	}
	value := []byte(s.IMEISV)
	if packed {
		value = value[:len(value)/2]
		for i := range value {
			value[i] = s.IMEISV[2*i] - '0' | (s.IMEISV[2*i+1]-'0')<<4
		}
	}
	at := w.Open(packet.UserEquipmentInfo)
	w.Unsigned32(packet.UserEquipmentInfoType, 0) // IMEISV
	w.Bytes(packet.UserEquipmentInfoValue, value)
	w.Close(at)
}
