package diameter

import (
	"bytes"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/simstead/simstead/internal/usage"
	"github.com/simstead/simstead/internal/wire/diameter/packet"
)

// What the flow is asked, and what goes back, octet by octet.
func TestFlowIsGolden(t *testing.T) {
	quality := usage.PolicyAnswer{Rate: usage.Rate{Up: 256_000, Down: 512_000}, QCI: 7, Priority: 3}
	refused := usage.Answer{Result: usage.Denied, Services: []usage.Grant{refusedWith(usage.Denied, Absent, Absent)}}
	tests := []struct {
		ask, want string
		dialect   Dialect
		answer    usage.Answer
		quality   usage.PolicyAnswer
	}{
		{ask: "open5gs-ccr-i", want: "open5gs-cca-i", dialect: Open5GS(), answer: usage.Answer{Services: []usage.Grant{granted(Absent, 1_000_000, 300, 200_000)}}},
		{ask: "open5gs-ccr-i", want: "open5gs-cca-i-refused", dialect: Open5GS(), answer: refused},
		{ask: "open5gs-ccr-i", want: "open5gs-cca-i-unknown", dialect: Open5GS(), answer: usage.Answer{
			Result: usage.UnknownUser, Services: []usage.Grant{refusedWith(usage.UnknownUser, Absent, Absent)},
		}},
		{ask: "open5gs-ccr-u", want: "open5gs-cca-u-final", dialect: Open5GS(), answer: usage.Answer{Services: []usage.Grant{
			{RatingGroup: Absent, ServiceID: Absent, Units: 50_000, Validity: 300, Threshold: 10_000, Final: true},
		}}},
		{ask: "open5gs-ccr-u", want: "open5gs-cca-u-limit", dialect: Open5GS(), answer: usage.Answer{
			Services: []usage.Grant{refusedWith(usage.LimitReached, Absent, Absent)},
		}},
		{ask: "open5gs-ccr-t", want: "open5gs-cca-t", dialect: Open5GS(), answer: usage.Answer{Services: []usage.Grant{granted(Absent, Absent, 0, 0)}}},
		{ask: "3gpp-ccr-i", want: "3gpp-cca-i", dialect: TGPP(), answer: usage.Answer{Services: []usage.Grant{
			{RatingGroup: 10, ServiceID: Absent, Units: 50_000, Validity: 3600, Threshold: 10_000, Final: true},
			refusedWith(usage.NotRated, 20, 7),
		}}},
		{ask: "3gpp-ccr-u", want: "3gpp-cca-u", dialect: TGPP(), answer: usage.Answer{Services: []usage.Grant{
			granted(10, 1_000_000, 3600, 200_000), granted(20, Absent, 0, 0),
		}}},
		{ask: "3gpp-ccr-t", want: "3gpp-cca-t", dialect: TGPP(), answer: usage.Answer{Services: []usage.Grant{granted(10, Absent, 0, 0)}}},
		{ask: "3gpp-ccr-event", want: "3gpp-cca-event", dialect: TGPP(), answer: usage.Answer{Services: []usage.Grant{granted(Absent, 1, 0, 0)}}},
		{ask: "command-level-event", want: "command-level-cca", dialect: TGPP(), answer: usage.Answer{Services: []usage.Grant{granted(Absent, 250_500, 0, 0)}}},
		{ask: "gx-ccr-i", want: "open5gs-gx-cca-i", dialect: Open5GS(), quality: quality},
		{ask: "gx-ccr-i", want: "open5gs-gx-cca-i-refused", dialect: Open5GS(), quality: usage.PolicyAnswer{Result: usage.LimitReached}},
		{ask: "gx-ccr-t", want: "open5gs-gx-cca-t", dialect: Open5GS(), quality: quality},
		{ask: "gx-ccr-i", want: "3gpp-gx-cca-i", dialect: TGPP(), quality: quality},
	}
	for _, test := range tests {
		t.Run(test.want, func(t *testing.T) {
			f := &fakeFlow{}
			f.decide(test.answer, test.quality)
			_, addr := startFlow(t, f, test.dialect)
			got := open(t, addr, "smf.localdomain").ask(golden(t, test.ask))
			if want := golden(t, "flow/"+test.want); !bytes.Equal(got, want) {
				t.Errorf("answer %x, want %x", []byte(got), []byte(want))
			}
		})
	}
}

func TestCreditOfAFlow(t *testing.T) {
	report := func(r Session, abilities usage.Ability, kind usage.Kind) usage.Report {
		return usage.Report{
			Kind: kind, Protocol: usage.Gy, NAS: r.OriginHost, Peer: "dra.example", Realm: r.OriginRealm, Abilities: abilities, SessionID: r.SessionID,
			ChargingID: 0x01020304, IMSI: r.IMSI, IMEISV: r.IMEISV, MSISDN: r.MSISDN, APN: r.APN, PLMN: r.PLMN, RAT: r.RAT, Location: r.Location,
			UEAddress: r.UEAddress, GGSN: r.GGSN, SGSN: r.SGSN, NSAPI: 5, Time: -1, EventTime: happened,
		}
	}
	o5 := open5GS(Initial, 0, Service{}, false).Session
	strict := tgpp(Initial, 0).Session
	able := usage.CanReauthorise | usage.CanEnd | usage.CanChangeRate
	event := usage.Report{
		Kind: usage.Stop, Protocol: usage.Gy, NAS: strict.OriginHost, Peer: "dra.example", Realm: strict.OriginRealm, Abilities: able,
		SessionID: strict.SessionID, ChargingID: Absent, IMSI: strict.IMSI, MSISDN: strict.MSISDN, Time: -1, EventTime: happened,
	}
	tests := []struct {
		ask     string
		dialect Dialect
		want    usage.Credit
	}{
		{"open5gs-ccr-i", Open5GS(), usage.Credit{
			Report: report(o5, 0, usage.Start), Type: usage.Initial, Services: []usage.Service{service(Absent, Absent, 1_000_000, 0, 0)},
		}},
		{"open5gs-ccr-u", Open5GS(), usage.Credit{
			Report: report(o5, 0, usage.Interim), Type: usage.Update, Number: 1,
			Services: []usage.Service{service(Absent, Absent, 1_000_000, 30_000, 70_000)},
		}},
		{"open5gs-ccr-t", Open5GS(), usage.Credit{
			Report: report(o5, 0, usage.Stop), Type: usage.Terminate, Number: 2,
			Services: []usage.Service{service(Absent, Absent, noRequest, 1, 1<<32)},
		}},
		{"3gpp-ccr-u", TGPP(), usage.Credit{ // 80 000 in both ways, and a total of 1 000 whose way is not told
			Report: report(strict, able, usage.Interim), Type: usage.Update, Number: 1,
			Services: []usage.Service{service(10, Absent, Absent, 30_000, 51_000), service(20, Absent, noRequest, 1, 2)},
		}},
		{"3gpp-ccr-event", TGPP(), usage.Credit{
			Report: event, Type: usage.Event, SMS: true, Services: []usage.Service{service(Absent, Absent, 1, 0, 0)},
		}},
		{"command-level-event", TGPP(), usage.Credit{
			Report: event, Type: usage.Event, Services: []usage.Service{service(Absent, Absent, 250_500, 0, 0)},
		}},
	}
	for _, test := range tests {
		t.Run(test.ask, func(t *testing.T) {
			f := &fakeFlow{}
			f.permitAll()
			_, addr := startFlow(t, f, test.dialect)
			if got := resultOf(t, open(t, addr, "dra.example").ask(golden(t, test.ask))); got != packet.ResultSuccess {
				t.Errorf("answered %d", got)
			}
			got := f.lastCredit(t)
			if got.Received == 0 {
				t.Error("no time of receipt")
			}
			got.Received = 0
			addresses := cmp.Comparer(func(a, b netip.Addr) bool { return a == b })
			if diff := cmp.Diff(test.want, got, addresses, cmpopts.IgnoreUnexported(usage.Credit{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestPolicyOfAFlow(t *testing.T) {
	f := &fakeFlow{}
	f.permitAll()
	_, addr := startFlow(t, f, TGPP())
	peer := open(t, addr, "smf.localdomain")
	peer.ask(golden(t, "gx-ccr-i"))
	peer.ask(golden(t, "gx-ccr-t"))
	if len(f.policies) != 2 {
		t.Fatalf("asked %d times", len(f.policies))
	}
	first, last := f.policies[0], f.policies[1]
	if first.Type != usage.Initial || first.Number != 0 || last.Type != usage.Terminate || last.Number != 1 || last.Kind != usage.Stop {
		t.Errorf("asked %+v and %+v", first, last)
	}
	able := usage.CanEnd | usage.CanChangeRate
	if first.Protocol != usage.Gx || first.NAS != "smf.localdomain" || first.Abilities != able || first.ChargingID != -1 ||
		first.IMSI != "001010000000001" || first.APN != "internet" || first.RAT != 6 || first.UEAddress != netip.MustParseAddr("10.45.0.2") {
		t.Errorf("asked %+v", first)
	}
}

func TestFullFlow(t *testing.T) {
	_, addr := startFlow(t, &fakeFlow{full: true}, Open5GS())
	peer := open(t, addr, "smf.localdomain")
	for _, name := range []string{"open5gs-ccr-u", "gx-ccr-i"} {
		if got := resultOf(t, peer.ask(golden(t, name))); got != packet.ResultTooBusy {
			t.Errorf("%s: answered %d", name, got)
		}
	}
}

// What the flow has set aside without a decision is no permission.
func TestNoDecision(t *testing.T) {
	f := &fakeFlow{}
	f.decide(usage.Answer{}, usage.PolicyAnswer{})
	_, addr := startFlow(t, f, Open5GS())
	if got := resultOf(t, open(t, addr, "smf.localdomain").ask(golden(t, "open5gs-ccr-u"))); got != packet.ResultUnableToComply {
		t.Errorf("answered %d", got)
	}
}
