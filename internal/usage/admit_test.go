package usage

import (
	"context"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/endpoint"
	"github.com/simstead/simstead/internal/event"
	"github.com/simstead/simstead/internal/profile"
	"github.com/simstead/simstead/internal/sim"
)

// still replaces the running flow by one that does nothing by itself.
func (s *site) still() {
	s.Helper()
	s.stop()
	s.create()
}

// ask makes the question whether a device may open a session at home.
func (s *site) ask(d device) Access {
	return Access{NAS: "pgw", IMSI: d.imsi, IMEISV: "3512340000000001", APN: "internet", PLMN: home, RAT: 6, Received: s.clock.Clock().Micros()}
}

// refused are the events of refusals.
func (s *site) refused(organisation int64) (list []happened) {
	s.Helper()
	s.flow.refusals.flush(s.context(), s.flow)
	for _, e := range s.events(organisation, 3) {
		if e.Severity == event.Warn {
			list = append(list, e)
		}
	}
	return list
}

func acceptStory(t *testing.T, s *site) {
	s.still()
	d := s.device(s.first, s.imsi())
	dns := s.id("dns", s.first)
	s.write(func(tx *db.Tx) error { return profile.CreateDNS(tx, s.first, dns, "192.0.2.53", "2001:db8::53") }, s.first)
	s.exec(s.first, `UPDATE service_profile SET dns_id = $1 WHERE organisation_id = $2`, dns, s.first)
	s.exec(s.first, `UPDATE endpoint SET ip_address = '10.1.2.3' WHERE organisation_id = $1 AND id = $2`, s.first, d.endpoint)
	want := Decision{
		Accept: true, Address: netip.MustParseAddr("10.1.2.3"), DNS: []netip.Addr{netip.MustParseAddr("192.0.2.53"), netip.MustParseAddr("2001:db8::53")},
		Class: Class{Organisation: s.first, IMSI: d.imsi}, Interim: 300,
	}
	tests := []struct {
		name   string
		change func(*Access)
	}{
		{"at home", func(*Access) {}},
		{"abroad", func(a *Access) { a.PLMN = abroad }},
		{"no network named: the IMSI's own is meant", func(a *Access) { a.PLMN = "" }},
		{"the APN in capitals", func(a *Access) { a.APN = "Internet" }},
		{"the APN with its operator identifier", func(a *Access) { a.APN = "internet.mnc001.mcc262.gprs" }},
		{"no APN", func(a *Access) { a.APN = "" }},
		{"nothing but the IMSI", func(a *Access) { *a = Access{IMSI: a.IMSI, Received: a.Received} }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a := s.ask(d)
			test.change(&a)
			got := s.flow.Admit(s.context(), a)
			if diff := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Addr{})); diff != "" {
				t.Error(diff)
			}
		})
	}
	if got := s.refused(s.first); len(got) != 0 {
		t.Errorf("refusals: %+v", got)
	}
	if got := s.flow.Counters.Accepted.Load(); got != int64(len(tests)) {
		t.Errorf("%d accepted", got)
	}
}

// refuseStory: every reason to refuse, seen at the first question after the change that made it, and gone with it.
func refuseStory(t *testing.T, s *site) {
	s.still()
	d := s.device(s.first, s.imsi())
	set := func(statement string, args ...any) func() {
		return func() { s.exec(s.first, statement, args...) }
	}
	status := func(table, where string, id, status int64) func() {
		return set(`UPDATE `+table+` SET status_id = $1 WHERE `+where+` = $2`, status, id)
	}
	none := func() {}
	tests := []struct {
		name         string
		change, back func()
		ask          func(*Access)
		reason       string
		operator     int64
	}{
		{
			"the organisation is suspended", status("organisation", "id", s.first, account.OrganisationSuspended),
			status("organisation", "id", s.first, account.OrganisationActive), nil, "the organisation is suspended", 1,
		},
		{"the SIM is suspended", status("sim", "id", d.sim, sim.Suspended), status("sim", "id", d.sim, sim.Activated), nil, "the SIM is not activated", 1},
		{"the SIM is issued", status("sim", "id", d.sim, sim.Issued), status("sim", "id", d.sim, sim.Activated), nil, "the SIM is not activated", 1},
		{"the SIM is deleted", status("sim", "id", d.sim, sim.Deleted), status("sim", "id", d.sim, sim.Activated), nil, "the SIM is not activated", 1},
		{
			"the SIM is in no endpoint", set(`UPDATE sim SET endpoint_id = 0 WHERE id = $1`, d.sim),
			set(`UPDATE sim SET endpoint_id = $1 WHERE id = $2`, d.endpoint, d.sim), nil, "not assigned", 1,
		},
		{
			"the endpoint is disabled", status("endpoint", "id", d.endpoint, endpoint.Disabled),
			status("endpoint", "id", d.endpoint, endpoint.Enabled), nil, "the endpoint is disabled", 1,
		},
		{
			"the data service is off",
			set(`UPDATE service_profile_service SET service_id = 0 WHERE organisation_id = $1 AND service_id = 38`, s.first),
			set(`UPDATE service_profile_service SET service_id = 38 WHERE organisation_id = $1 AND service_id = 0`, s.first), nil, "data service is off", 1,
		},
		{
			"no 4G", set(`UPDATE service_profile SET allowed_4g = FALSE WHERE organisation_id = $1`, s.first),
			set(`UPDATE service_profile SET allowed_4g = TRUE WHERE organisation_id = $1`, s.first), nil, "does not allow the radio access type", 1,
		},
		{"another APN", none, none, func(a *Access) { a.APN = "intranet" }, "the APN intranet", 1},
		{"an APN that only begins alike", none, none, func(a *Access) { a.APN = "internet.example" }, "the APN internet.example", 1},
		{"an operator without a rate", none, none, func(a *Access) { a.PLMN = uncovered }, "does not cover", 4},
		{"an operator that nobody knows", none, none, func(a *Access) { a.PLMN = "99999" }, "does not cover", 0},
		{
			"a tariff profile without a tariff", set(`UPDATE tariff_profile SET tariff_id = 0 WHERE organisation_id = $1`, s.first),
			set(`UPDATE tariff_profile SET tariff_id = $1 WHERE organisation_id = $2`, s.tariff.ID, s.first), nil, "does not cover", 1,
		},
	}
	for i, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s.advance(int64(i) * 120)
			a := s.ask(d)
			if test.ask != nil {
				test.ask(&a)
			}
			seen := len(s.refused(s.first))
			test.change()
			got := s.flow.Admit(s.context(), a)
			test.back()
			if got.Accept || !strings.Contains(got.Reason, test.reason) {
				t.Errorf("got %+v", got)
			}
			events := s.refused(s.first)[seen:]
			want := []happened{{
				Time: a.Received, Type: 3, Severity: event.Warn, Endpoint: d.endpoint, SIM: d.sim, Operator: test.operator, Country: 74, RAT: 6,
				Description: "PDP context refused: " + got.Reason + ".",
			}}
			if test.operator == 0 {
				want[0].Country = 0
			}
			if strings.Contains(test.reason, "assigned") {
				want[0].Endpoint = 0
			}
			if diff := cmp.Diff(want, events, cmpopts.IgnoreFields(happened{}, "Position", "ID")); diff != "" {
				t.Error(diff)
			}
			if got := s.flow.Admit(s.context(), s.ask(d)); !got.Accept {
				t.Errorf("afterwards: %+v", got)
			}
		})
	}
	s.exec(s.first, `UPDATE sim SET status_id = $1 WHERE id = $2`, sim.FactoryTest, d.sim)
	if got := s.flow.Admit(s.context(), s.ask(d)); !got.Accept || got.Interim != 60 {
		t.Errorf("in factory test: %+v", got)
	}
}

// nearEndStory: where little is left the gateway is to report more often, whether bytes run out or what pays for them.
func nearEndStory(t *testing.T, s *site) {
	d := s.device(s.first, s.imsi())
	for _, test := range []struct{ amount, want int64 }{{20 * homeRate, 300}, {5 * homeRate, 60}} {
		s.prepaid(d, test.amount)
		if got := s.flow.Admit(s.context(), s.ask(d)); !got.Accept || got.Interim != test.want {
			t.Errorf("with %d left: %+v, want %d", test.amount, got, test.want)
		}
	}
	s.prepaid(d, 20*homeRate)
	for seconds, want := range map[int64]int64{299: 60, 301: 300} {
		s.exec(s.first, `UPDATE endpoint_balance SET expiry_date = $1`, s.clock.Clock().Micros()+seconds*clock.Second)
		if got := s.flow.Admit(s.context(), s.ask(d)); !got.Accept || got.Interim != want {
			t.Errorf("when the balance lapses in %d s: %+v", seconds, got)
		}
	}
	s.exec(s.first, `UPDATE organisation SET monthly_cost_limit = $1 WHERE id = $2`, 5*homeRate, s.first)
	if got := s.flow.Admit(s.context(), s.ask(d)); !got.Accept || got.Interim != 60 {
		t.Errorf("with little left of the cost limit: %+v", got)
	}
}

// stormStory: one event a minute per SIM and reason, the next with the count; strangers cause none.
func stormStory(t *testing.T, s *site) {
	s.still()
	d, other := s.device(s.first, s.imsi()), s.device(s.first, s.imsi())
	refuse := func(d device, change func(*Access)) {
		t.Helper()
		a := s.ask(d)
		change(&a)
		if got := s.flow.Admit(s.context(), a); got.Accept {
			t.Fatalf("accepted: %+v", got)
		}
	}
	wrongAPN := func(a *Access) { a.APN = "intranet" }
	nowhere := func(a *Access) { a.PLMN = uncovered }
	count := func(want int) []happened {
		t.Helper()
		got := s.refused(s.first)
		if len(got) != want {
			t.Fatalf("%d events, want %d: %+v", len(got), want, got)
		}
		return got
	}
	for range 5 {
		refuse(d, wrongAPN)
	}
	count(1)
	refuse(d, nowhere) // another reason
	refuse(other, wrongAPN)
	count(3)
	s.advance(59)
	refuse(d, wrongAPN)
	count(3)
	s.advance(60)
	refuse(d, wrongAPN)
	refuse(d, wrongAPN)
	got := count(4)[3]
	if want := "PDP context refused: the tariff does not include the APN intranet. 5 further attempts since 2026-11-15T12:00:00Z."; got.Description != want {
		t.Errorf("got %q", got.Description)
	}
	s.advance(300)
	refuse(other, wrongAPN) // it was alone the first time
	if got := count(5)[4]; strings.Contains(got.Description, "further") {
		t.Errorf("got %q", got.Description)
	}
	refuse(device{imsi: s.imsi()}, func(*Access) {})
	count(5)
	c := &s.flow.Counters
	if c.UnknownIMSI.Load() != 1 || c.Refused.Load() != 11 || c.Events.Load() != 5 {
		t.Errorf("counted %d strangers, %d refusals, %d events", c.UnknownIMSI.Load(), c.Refused.Load(), c.Events.Load())
	}
}

// lastRefusalStory: what was refused just before the end is recorded, though nobody waited for it.
func lastRefusalStory(t *testing.T, s *site) {
	s.still()
	d := s.device(s.first, s.imsi())
	a := s.ask(d)
	a.APN = "intranet"
	s.flow.Admit(s.context(), a)
	ended, cancel := context.WithCancel(s.context())
	cancel()
	s.flow.Run(ended)
	if got := s.events(s.first, 3); len(got) != 1 {
		t.Errorf("events: %+v", got)
	}
}

// catalogueStory: another node changes a tariff; the flow sees it with the next report, and admission soon.
func catalogueStory(t *testing.T, s *site) {
	d := s.session(s.device(s.first, s.imsi()), "a", 0)
	s.send(d, d.report(Start, 0, 0, 0), d.report(Interim, 60, 1000, 0))
	change := func() {
		s.exec(s.operator, `UPDATE ratezone_rate SET rate = 2 * rate WHERE tariff_id = $1`, s.tariff.ID)
		s.exec(s.operator, `UPDATE catalogue SET version = version + 1 WHERE id = 1`)
	}
	change()
	s.send(d, d.report(Stop, 90, 2000, 0))
	s.same([]part{{0, 60, 1000, 0, kb(1), 0, 1, 6, true}, {60, 90, 1000, 0, kb(2), 0, 1, 6, true}}, parts(s.records(s.first)))
	change()
	s.must(s.flow.Refresh(s.context()))
	if got, want := s.flow.Catalogue().Version, query(s, db.Int, `SELECT version FROM catalogue`)[0]; got != want {
		t.Errorf("version %d, want %d", got, want)
	}
}
