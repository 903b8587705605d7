package kill

import (
	"context"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/money"
	"github.com/simstead/simstead/internal/wire/diameter/client"
	"github.com/simstead/simstead/internal/wire/diameter/packet"
)

// asker plays one device at one gateway: a session after the other, direct debits in between, and now and then a request
// that was answered long ago.
type asker struct {
	*asking
	*device
	t       *testing.T
	gateway *gateway
	serial  int64
	work    context.Context // ends with the test only
	steps   int             // how many requests of the session were sent, repeats not counted
	past    []sent          // those that were answered
	debits  []sent
}

// sent is a request with its answer.
type sent struct {
	request, answer packet.Message
	number          uint32
	step            int
}

const answersKept = 12 // of a session, for repeats

func (w *asker) run(ctx, work context.Context) {
	w.work = work
	for ctx.Err() == nil {
		if w.events && (w.device.asks == 0 || rand.IntN(3) == 0) {
			w.debit()
		} else {
			w.session(ctx)
		}
		pause(ctx, 60*time.Millisecond)
	}
}

// session is one from its beginning to its end. The device uses no more than it was granted.
func (w *asker) session(ctx context.Context) {
	id := w.gateway.client.NewSessionID("kill")
	d := &dialogue{device: w.device, open: map[uint32]volume{}}
	w.mu.Lock()
	w.sessions[name{w.gateway.client.OriginHost, id}] = d
	w.mu.Unlock()
	w.steps, w.past = 0, nil
	number, granted := uint32(0), int64(0)
	var given []sent
	for kind, left := client.Initial, 1+rand.IntN(12); ; kind, left = client.Update, left-1 {
		if left == 0 || ctx.Err() != nil && kind != client.Initial {
			break
		}
		m := w.request(id, kind, number, w.use(d, number, granted))
		a, ok := w.ask(d, m, number, kind != client.Termination)
		number++
		switch {
		case !ok: // whatever it was granted, it does not know
			granted = 0
			given = append(given, sent{request: m, number: number - 1, step: w.steps})
		case a.Result/1000 != 2 && kind == client.Initial:
			pause(ctx, 200*time.Millisecond)
			return
		case a.Refused():
			granted, left = 0, 1
		default:
			granted = max(a.Granted, 0)
			if a.Final != client.Absent {
				w.final.Add(1)
				left = 1
			}
		}
		pause(ctx, 40*time.Millisecond)
	}
	for _, late := range given {
		if w.steps-late.step >= answersKept { // it may have been answered, but that is not known any more
			continue
		}
		if w.ask(d, late.request, late.number, false); len(w.past) > 0 {
			w.past[len(w.past)-1].step = late.step // it may have been taken then
		}
	}
	w.ask(d, w.request(id, client.Termination, number, w.use(d, number, granted)), number, false)
	w.again(true)
}

// use is what the device used of its grant; the next request reports it.
func (w *asker) use(d *dialogue, number uint32, granted int64) volume {
	var v volume
	if granted > 0 {
		used := granted
		if rand.IntN(3) > 0 {
			used = rand.Int64N(granted + 1)
		}
		v.up = rand.Int64N(used + 1)
		v.down = used - v.up
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	d.open[number] = v
	return v
}

func (w *asker) request(id string, kind, number uint32, v volume) packet.Message {
	r := client.Request{
		Session: w.terminal(), SessionID: id, Type: kind, Number: number, EndToEnd: rand.Uint32() | 1, RatingGroup: client.Absent,
		Reason: client.Absent, Requested: client.Absent, Action: client.Absent, At: time.Now().Unix(),
	}
	if w.gateway.client.Strict {
		r.RatingGroup = 7
	}
	if kind != client.Termination {
		r.Requested = 1_000_000
	}
	if kind != client.Initial {
		r.Used, r.Reason = &client.Usage{Uplink: v.up, Downlink: v.down, Seconds: 1}, client.ReasonQuotaExhausted
	}
	return w.encode(r)
}

func (w *asker) encode(r client.Request) packet.Message {
	m, err := w.gateway.client.EncodeCredit(r)
	if err != nil {
		w.t.Error(err)
	}
	return m
}

func (w *asker) terminal() *client.Session {
	return &client.Session{
		IMSI: w.imsi, IMEISV: "3592092" + w.imsi[6:], APN: "internet", PLMN: "26201", RAT: 6, ChargingID: uint32(w.endpoint),
		Address: netip.MustParseAddr("100.64.7.7"), SGSN: netip.MustParseAddr("10.0.0.3"), GGSN: netip.MustParseAddr("10.0.0.4"),
	}
}

// ask sends a request of a session until it is answered or given up, and notes what the gateway knows then.
func (w *asker) ask(d *dialogue, m packet.Message, number uint32, mayGiveUp bool) (client.CreditAnswer, bool) {
	w.steps++
	answer, ok := w.gateway.exchange(w.work, w.t, m, mayGiveUp)
	if !ok {
		w.abandoned.Add(1)
		w.mu.Lock()
		w.late += d.open[number].up + d.open[number].down
		w.mu.Unlock()
		return client.CreditAnswer{}, false
	}
	a := w.decode(answer)
	w.mu.Lock()
	if a.Result/1000 != 2 && number == 0 {
		d.refused = true
	} else {
		d.certain = true
	}
	d.answered = d.answered.plus(d.open[number])
	delete(d.open, number)
	w.mu.Unlock()
	w.past = append(w.past, sent{m, answer, number, w.steps})
	w.again(false)
	return a, true
}

func (w *asker) decode(answer packet.Message) client.CreditAnswer {
	a, err := client.DecodeCredit(answer)
	if err != nil || a.Result/1000 == 3 || a.Result == packet.ResultUnableToComply {
		w.t.Errorf("answered with %d (%v): %x", a.Result, err, answer)
	}
	w.answered.Add(1)
	if a.Refused() {
		w.refused.Add(1)
	}
	return a
}

// again sends one of the last requests once more, whatever happened to the program since: it gets the same answer.
func (w *asker) again(surely bool) {
	if !surely && rand.IntN(5) > 0 {
		return
	}
	list := w.debits
	if len(list) == 0 || len(w.past) > 0 && rand.IntN(2) == 0 {
		list = slices.DeleteFunc(slices.Clone(w.past), func(one sent) bool {
			return w.steps-one.step >= answersKept // what was sent since may have taken its answer's place
		})
	}
	if len(list) == 0 {
		return
	}
	one := list[rand.IntN(len(list))]
	m := packet.Message(append([]byte(nil), one.request...))
	m.SetRetransmitted()
	if answer, ok := w.gateway.exchange(w.work, w.t, m, true); ok {
		w.repeated.Add(1)
		same(w.t, m, one.answer, answer)
	}
}

// debit asks for octets at once, without a session.
func (w *asker) debit() {
	w.serial += int64(max(w.device.asks, 1))
	one := &debit{device: w.device, octets: 40_000 + w.serial}
	if w.means == plain {
		one.octets += rand.Int64N(50) * money.MB
	}
	w.mu.Lock()
	w.direct = append(w.direct, one)
	w.mu.Unlock()
	r := client.Request{
		Session: w.terminal(), SessionID: w.gateway.client.NewSessionID("event"), Type: client.Event, EndToEnd: rand.Uint32() | 1,
		RatingGroup: client.Absent, Reason: client.Absent, Requested: one.octets, Action: 0, At: time.Now().Unix(),
	}
	m := w.encode(r)
	answer, ok := w.gateway.exchange(w.work, w.t, m, true)
	if !ok {
		w.abandoned.Add(1)
		return
	}
	a := w.decode(answer)
	w.debited.Add(1)
	w.mu.Lock()
	one.answered, one.granted = true, !a.Refused()
	w.mu.Unlock()
	w.debits = append(w.debits, sent{request: m, answer: answer})
	w.debits = w.debits[max(len(w.debits)-20, 0):]
	w.again(false)
}
