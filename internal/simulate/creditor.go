package simulate

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"time"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/wire/diameter/client"
	"github.com/simstead/simstead/internal/wire/diameter/packet"
)

// creditor is a worker of a CreditLoad with a share of the devices. It has one request under way.
type creditor struct {
	*creditRun
	client  *client.Client
	devices []client.Session
}

func newCreditor(r *creditRun, number int) *creditor {
	w := &creditor{creditRun: r, client: r.clients[number%len(r.clients)]}
	for i := number; i < len(r.IMSIs); i += r.InFlight {
		imsi := r.IMSIs[i]
		tail := imsi[max(0, len(imsi)-6):]
		w.devices = append(w.devices, client.Session{
			IMSI: imsi, MSISDN: "49151" + tail, IMEISV: fmt.Sprintf("35909210%06s01", tail), APN: r.APN, PLMN: r.PLMN, RAT: EUTRAN,
			Location: location(r.PLMN, EUTRAN, uint32(i)), TimeZone: []byte{0x40, 0}, ChargingID: uint32(i) << 8, Address: pooled(i),
			SGSN: serving(r.PLMN), GGSN: netip.AddrFrom4([4]byte{10, 255, 0, 1}),
		})
	}
	return w
}

// run takes one device after the other until the pace says that it is over.
func (w *creditor) run(ctx, work context.Context) {
	for i := 0; ; i++ {
		device := &w.devices[i%len(w.devices)]
		device.ChargingID++
		at, ok := w.pace.next(ctx)
		switch {
		case !ok:
			return
		case w.Mode == Events:
			w.event(work, device, at)
		default:
			s := &dialogue{creditor: w, device: device, tally: &w.measured}
			s.run(ctx, work, at)
		}
	}
}

func (w *creditor) event(work context.Context, device *client.Session, at time.Duration) {
	r := w.request(device, client.Event, 0, w.client.NewSessionID("event"))
	r.Requested, r.Action = w.Bytes, 0 // DIRECT_DEBITING
	a, ok := w.ask(work, debit, r, at, &w.measured)
	if !ok {
		return
	}
	if a.Refused() {
		w.measured.refuse(a)
		return
	}
	w.used(device.IMSI, w.Bytes, &w.measured)
}

func (w *creditor) request(device *client.Session, kind, number uint32, id string) client.Request {
	r := client.Request{
		Session: device, SessionID: id, Type: kind, Number: number, RatingGroup: client.Absent, Reason: client.Absent,
		Requested: client.Absent, Action: 0, At: w.Clock.Micros() / clock.Second,
	}
	if w.Strict {
		r.RatingGroup, r.Action = 1, client.Absent
	}
	if number > 0 {
		r.Server = w.client.Server().OriginHost
	}
	return r
}

// ask sends a request on Gy and waits. at is when it was meant to be sent.
func (w *creditor) ask(work context.Context, kind int, r client.Request, at time.Duration, t *creditTally) (a client.CreditAnswer, ok bool) {
	m, err := w.client.EncodeCredit(r)
	if err == nil {
		m, err = w.exchange(work, kind, m, at, t)
	}
	if err == nil {
		a, err = client.DecodeCredit(m)
	}
	if err != nil {
		t.lose(err)
		return a, false
	}
	t.granted.Add(max(0, a.Granted))
	return a, true
}

// exchange sends a request as often as the load says, all at once, and waits for the answers. The first one is timed; the
// others have to be the same.
func (w *creditor) exchange(work context.Context, kind int, m packet.Message, at time.Duration, t *creditTally) (packet.Message, error) {
	t.sent.Add(1)
	first := w.client.Launch(m)
	again := make([]client.Flight, 0, w.Repeat-1)
	for range w.Repeat - 1 {
		copied := packet.Message(bytes.Clone(m))
		copied.SetRetransmitted()
		again = append(again, w.client.Launch(copied))
	}
	answer, err := w.client.Land(work, first)
	if err == nil {
		t.answer(kind, w.pace.now(), at, &w.pace)
	}
	for _, f := range again {
		same, failed := w.client.Land(work, f)
		if err != nil || failed != nil {
			continue
		}
		t.repeated.Add(1)
		same.SetHopByHop(answer.HopByHop())
		if !bytes.Equal(same, answer) {
			t.different.Add(1)
		}
	}
	return answer, err
}
