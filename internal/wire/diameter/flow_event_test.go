package diameter

import (
	"testing"

	"github.com/simstead/simstead/internal/usage"
	"github.com/simstead/simstead/internal/wire/diameter/packet"
)

func number32(v byte) []byte { return []byte{0, 0, 0, v} }

// One-time requests: what the flow is asked, and what the gateway is told.
func TestRequestedActions(t *testing.T) {
	limit := usage.Answer{Result: usage.LimitReached, Services: []usage.Grant{refusedWith(usage.LimitReached, Absent, Absent)}}
	denied := usage.Answer{Result: usage.Denied, Services: []usage.Grant{refusedWith(usage.Denied, Absent, Absent)}}
	yes := usage.Answer{Services: []usage.Grant{granted(Absent, 250_500, 0, 0)}}
	tests := []struct {
		name            string
		action          Action
		answer          usage.Answer
		refund, enquiry bool
		result          uint32
		balance         int64 // Check-Balance-Result
		units           bool
	}{
		{"debit", DirectDebiting, yes, false, false, 2001, Absent, true},
		{"debit of too much", DirectDebiting, limit, false, false, 4012, Absent, false},
		{"refund", RefundAccount, usage.Answer{Result: usage.NotApplicable}, true, false, 4011, Absent, false},
		{"balance", CheckBalance, yes, false, true, 2001, 0, false},
		{"balance that is not enough", CheckBalance, limit, false, true, 2001, 1, false},
		{"balance of a blocked SIM", CheckBalance, denied, false, true, 4010, Absent, false},
		{"price", PriceEnquiry, yes, false, true, 2001, Absent, false},
		{"price where there is none", PriceEnquiry, usage.Answer{Result: usage.NotRated}, false, true, 5031, Absent, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := &fakeFlow{}
			f.decide(test.answer, usage.PolicyAnswer{})
			_, addr := startFlow(t, f, TGPP())
			m := edit(t, golden(t, "command-level-event"), with(packet.RequestedAction, number32(byte(test.action))))
			a := open(t, addr, "dra.example").ask(m)
			if got := resultOf(t, a); got != test.result {
				t.Errorf("answered %d, want %d", got, test.result)
			}
			balance := Absent
			if found, ok := a.Find(packet.CheckBalanceResult); ok {
				if err := number(found, &balance); err != nil {
					t.Error(err)
				}
			}
			_, units := a.Find(packet.GrantedServiceUnit)
			if balance != test.balance || units != test.units {
				t.Errorf("balance %d and units %t, want %d and %t", balance, units, test.balance, test.units)
			}
			if c := f.lastCredit(t); c.Refund != test.refund || c.Enquiry != test.enquiry || len(c.Services) != 1 {
				t.Errorf("asked %+v", c)
			}
		})
	}
}

func TestServiceContexts(t *testing.T) {
	tests := []struct {
		context    string
		sms, known bool
	}{
		{"32251@3gpp.org", false, true},
		{"32274@3gpp.org", true, true},
		{"15.32251@3gpp.org", false, true},
		{"ext.01.001.15.32274@3GPP.org", true, true},
		{"132251@3gpp.org", false, false},
		{"32260@3gpp.org", false, false},
		{"32251@3gpp.org.example", false, false},
	}
	for _, test := range tests {
		f := &fakeFlow{}
		f.permitAll()
		_, addr := startFlow(t, f, TGPP())
		a := open(t, addr, "dra.example").ask(edit(t, golden(t, "3gpp-ccr-event"), with(packet.ServiceContextID, []byte(test.context))))
		if !test.known {
			failed, _ := a.Find(packet.FailedAVP)
			named, _ := packet.Find(failed.Data, packet.ServiceContextID)
			if resultOf(t, a) != packet.ResultRatingFailed || string(named.Data) != test.context || len(f.credits) != 0 {
				t.Errorf("%s: answer %x", test.context, []byte(a))
			}
			continue
		}
		if c := f.lastCredit(t); c.SMS != test.sms {
			t.Errorf("%s: SMS is %t", test.context, c.SMS)
		}
	}
}

// An SMS is the device's unless the message says that it only ends there.
func TestWhichWayAnSMSGoes(t *testing.T) {
	const originating, terminating, application = 1, 2, 3
	side := func(w *packet.Writer, id packet.ID, kind uint32) {
		at := w.Open(id)
		w.Unsigned32(packet.InterfaceType, kind)
		w.Close(at)
	}
	tests := []struct {
		name     string
		write    func(w *packet.Writer)
		incoming bool
	}{
		{"nothing said", func(*packet.Writer) {}, false},
		{"from the device", func(w *packet.Writer) { side(w, packet.OriginatorInterface, originating) }, false},
		{"to the device", func(w *packet.Writer) {
			side(w, packet.OriginatorInterface, application)
			side(w, packet.DestinationInterface, terminating)
		}, true},
		{"from device to device", func(w *packet.Writer) {
			side(w, packet.OriginatorInterface, originating)
			side(w, packet.DestinationInterface, terminating)
		}, false},
		{"to the device, in a recipient", func(w *packet.Writer) {
			at := w.Open(packet.RecipientInfo)
			side(w, packet.DestinationInterface, terminating)
			w.Close(at)
		}, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			information := group(t, func(w *packet.Writer) {
				at := w.Open(packet.SMSInformation)
				test.write(w)
				w.Close(at)
			})
			f := &fakeFlow{}
			f.permitAll()
			_, addr := startFlow(t, f, TGPP())
			peer := open(t, addr, "dra.example")
			peer.ask(edit(t, golden(t, "3gpp-ccr-event"), with(packet.ServiceInformation, information)))
			if c := f.lastCredit(t); c.Incoming != test.incoming {
				t.Errorf("incoming is %t", c.Incoming)
			}
		})
	}
}

// An SMS whose number is not said is one.
func TestSMSWithoutUnits(t *testing.T) {
	want := service(Absent, Absent, 1, 0, 0)
	empty := group(t, func(w *packet.Writer) { w.Close(w.Open(packet.RequestedServiceUnit)) })
	for name, services := range map[string][]byte{"empty request": empty, "no request": nil} {
		f := &fakeFlow{}
		f.decide(usage.Answer{Result: usage.Granted, Services: []usage.Grant{refusedWith(usage.LimitReached, Absent, Absent)}}, usage.PolicyAnswer{})
		_, addr := startFlow(t, f, TGPP())
		a := open(t, addr, "dra.example").ask(edit(t, golden(t, "3gpp-ccr-event"), with(packet.MultipleServicesCreditControl, services)))
		if c := f.lastCredit(t); len(c.Services) != 1 || c.Services[0] != want {
			t.Errorf("%s: asked %+v", name, c)
		}
		limit := uint32(packet.ResultSuccess)
		if services == nil { // then there is no service to refuse, only the command
			limit = packet.ResultCreditLimitReached
		}
		if got := resultOf(t, a); got != limit {
			t.Errorf("%s: answered %d, want %d", name, got, limit)
		}
	}
}

func TestPolicyHasNoEvents(t *testing.T) {
	_, addr := startFlow(t, &fakeFlow{}, Open5GS())
	m := edit(t, golden(t, "gx-ccr-i"), with(packet.CCRequestType, number32(4)))
	if got := resultOf(t, open(t, addr, "smf.localdomain").ask(m)); got != packet.ResultInvalidAVPValue {
		t.Errorf("answered %d", got)
	}
}

func TestQualityOfService(t *testing.T) {
	asked := BearerQoS{QCI: 5, Priority: 2, MayPreempt: true}
	tests := []struct {
		name    string
		asked   PolicyRequest
		answer  usage.PolicyAnswer
		bitrate Bitrate
		bearer  BearerQoS
	}{
		{"nothing said", PolicyRequest{}, usage.PolicyAnswer{}, Bitrate{}, BearerQoS{QCI: 9, Priority: 8, Preemptible: true}},
		{"as asked", PolicyRequest{Bearer: asked, Bitrate: Bitrate{1, 2}}, usage.PolicyAnswer{}, Bitrate{}, asked},
		{"decided", PolicyRequest{Bearer: asked}, usage.PolicyAnswer{Rate: usage.Rate{Up: 7, Down: 8}, QCI: 9, Priority: 8}, Bitrate{7, 8}, BearerQoS{QCI: 9, Priority: 8, MayPreempt: true}},
		{"one way", PolicyRequest{Bearer: asked, Bitrate: Bitrate{1, 2}}, usage.PolicyAnswer{Rate: usage.Rate{Down: 8}}, Bitrate{1, 8}, asked},
		{"one way, nothing asked", PolicyRequest{Bearer: asked}, usage.PolicyAnswer{Rate: usage.Rate{Up: 8}}, Bitrate{8, maxBitrate}, asked},
	}
	dialect := Open5GS()
	for _, test := range tests {
		test.asked.Type, test.asked.Dialect = Update, &dialect
		got := test.asked.answer(test.answer)
		if got.Result != 2001 || got.Bitrate != test.bitrate || got.Bearer != test.bearer || len(got.Install) != 0 || len(got.Triggers) != 0 {
			t.Errorf("%s: %+v", test.name, got)
		}
	}
}
