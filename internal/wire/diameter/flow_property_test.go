package diameter

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"

	"github.com/simstead/simstead/internal/usage"
	"github.com/simstead/simstead/internal/wire/diameter/packet"
)

var (
	amounts = rapid.OneOf(rapid.Just(Absent), rapid.Int64Range(0, 2), rapid.Int64Range(0, maxVolume))
	results = rapid.Uint8Range(uint8(usage.Granted), uint8(usage.Busy))
)

func drawUnits(t *rapid.T) Units {
	return Units{Total: amounts.Draw(t, "total"), Input: amounts.Draw(t, "input"), Output: amounts.Draw(t, "output"), Time: Absent, ServiceSpecific: amounts.Draw(t, "messages")}
}

// Nothing that a gateway reports is lost or counted twice, whichever way it says it.
func TestUsedUnitsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s Service
		var up, all, messages int64
		for range rapid.IntRange(0, 5).Draw(t, "reports") {
			u := drawUnits(t)
			s.Used = append(s.Used, Used{Units: u})
			in, out := max(u.Input, 0), max(u.Output, 0)
			up += in
			all += max(u.Total, in+out)
			messages += max(u.ServiceSpecific, 0)
		}
		data, sent, received := s.asked(false, false), s.asked(true, false), s.asked(true, true)
		if data.Up != up || data.Up+data.Down != all {
			t.Errorf("%+v: %d up and %d down, want %d up and %d together", s.Used, data.Up, data.Down, up, all)
		}
		if sent.Up != messages || sent.Down != 0 || received.Up != 0 || received.Down != messages {
			t.Errorf("%+v: %d messages are %+v and %+v", s.Used, messages, sent, received)
		}
	})
}

// rewrite changes the services of a request.
func rewrite(t *rapid.T, m packet.Message, services []Service) packet.Message {
	var w packet.Writer
	w.Begin(m.Flags(), m.Command(), m.Application(), m.HopByHop(), m.EndToEnd(), len(m))
	for list := m.AVPs(); len(list) > 0; {
		a, rest, err := packet.Next(list)
		if err != nil {
			t.Fatal(err)
		}
		if a.ID != packet.MultipleServicesCreditControl {
			w.Put(a)
		}
		list = rest
	}
	for _, s := range services {
		at := w.Open(packet.MultipleServicesCreditControl)
		w.Unsigned32(packet.RatingGroup, uint32(s.RatingGroup))
		if s.Requests {
			w.Close(w.Open(packet.RequestedServiceUnit))
		}
		for _, u := range s.Used {
			used := w.Open(packet.UsedServiceUnit)
			writeAmount(&w, packet.CCTotalOctets, u.Total)
			writeAmount(&w, packet.CCInputOctets, u.Input)
			writeAmount(&w, packet.CCOutputOctets, u.Output)
			w.Close(used)
		}
		w.Close(at)
	}
	out, err := w.Message()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// A request that comes again gets the same octets, but for the identifiers of its transport, and the flow is asked the
// same; so the one answer that is kept serves for all.
func TestRepeatIsAnsweredAlike(t *testing.T) {
	f := &fakeFlow{}
	_, addr := startFlow(t, f, TGPP())
	peer := open(t, addr, "dra.example")
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom([]string{"3gpp-ccr-i", "3gpp-ccr-u", "3gpp-ccr-t", "3gpp-ccr-event", "open5gs-ccr-u", "gx-ccr-i", "gx-ccr-t"}).Draw(t, "request")
		m := golden(peer.t, name)
		a := usage.Answer{Result: usage.Result(results.Draw(t, "result")), Reason: "kept by nobody"}
		if m.Application() == packet.ApplicationGy {
			var services []Service
			for group := range rapid.IntRange(0, 3).Draw(t, "services") {
				s := Service{RatingGroup: int64(group), Requests: rapid.Bool().Draw(t, "requests")}
				if rapid.Bool().Draw(t, "reports") {
					s.Used = []Used{{Units: drawUnits(t)}}
				}
				services = append(services, s)
				a.Services = append(a.Services, usage.Grant{
					RatingGroup: int64(group), ServiceID: Absent, Result: usage.Result(results.Draw(t, "service")), Units: amounts.Draw(t, "units"),
					Validity: rapid.Int64Range(0, 3600).Draw(t, "validity"), Final: rapid.Bool().Draw(t, "final"),
					Threshold: rapid.Int64Range(0, 1<<33).Draw(t, "threshold"),
				})
			}
			m = rewrite(t, m, services)
		}
		q := usage.PolicyAnswer{Result: a.Result, Rate: usage.Rate{Up: max(0, amounts.Draw(t, "up")), Down: max(0, amounts.Draw(t, "down"))}, QCI: rapid.Int64Range(0, 9).Draw(t, "class")}
		f.decide(a, q)
		first := bytes.Clone(peer.ask(m))
		a.Reason = ""
		f.decide(a, q)
		again := bytes.Clone(m)
		packet.Message(again).SetRetransmitted()
		packet.Message(again).SetHopByHop(rapid.Uint32().Draw(t, "hop by hop"))
		packet.Message(again).SetEndToEnd(rapid.Uint32().Draw(t, "end to end"))
		second := peer.ask(again)
		if second == nil || len(first) == 0 {
			t.Fatal("no answer")
		}
		if second.HopByHop() != packet.Message(again).HopByHop() || second.EndToEnd() != packet.Message(again).EndToEnd() {
			t.Fatalf("answer %x to %x", second, again)
		}
		second.SetHopByHop(m.HopByHop())
		second.SetEndToEnd(m.EndToEnd())
		if !bytes.Equal(first, second) {
			t.Fatalf("answer %x, to the repeat %x", first, []byte(second))
		}
		if m.Application() == packet.ApplicationGy {
			checkResult(t, name, ResultOf(second), a)
		}
	})
}

// checkResult holds the Result-Code of the command against the decision.
func checkResult(t *rapid.T, name string, got uint32, a usage.Answer) {
	want := code(a.Result)
	if name == "3gpp-ccr-event" && len(a.Services) == 0 {
		return // the one message that was meant has a result of its own
	}
	if got != want {
		t.Fatalf("%s: result %d, want %d", name, got, want)
	}
}
