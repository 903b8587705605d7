package usage

import (
	"fmt"
	"testing"
)

// A gateway may name a SIM by its MSISDN, and a session that goes on by its name alone.
func TestIdentity(t *testing.T) {
	onEach(t, map[string]func(*testing.T, *site){"by MSISDN and by session": identified})
}

func identified(t *testing.T, s *site) {
	d, other := s.device(s.first, s.imsi()), s.device(s.second, s.imsi())
	number := func(d device, msisdn string) {
		s.exec(d.organisation, fmt.Sprintf(`UPDATE sim SET msisdn = '%s' WHERE id = %d AND customer_org_id = $1`, msisdn, d.sim), d.organisation)
	}
	number(d, "4915100000001")
	o := s.online(d, "a")
	named := func(c Credit, msisdn string) Credit {
		c.IMSI, c.MSISDN = "", msisdn
		return c
	}
	o.want(o.ask(named(o.request(Initial, 0, 0), "4915100000001")), Granted, 1_000_000, false)
	update := named(o.request(Update, 1000, 0), "")
	o.want(o.ask(update), Granted, 1_000_000, false)
	s.same(o.again(update).text(), o.again(update).text())
	s.restart()
	if a := o.ask(named(o.request(Terminate, 500, 0), "")); a.Result != Granted {
		t.Errorf("the session's end: %+v", a)
	}
	if sessions := s.sessions(s.first); len(sessions) != 1 || sessions[0].Uplink != 1500 || sessions[0].IMSI != d.imsi {
		t.Errorf("sessions %+v", sessions)
	}
	nobody := s.online(d, "b")
	if a := nobody.again(named(nobody.request(Update, 0, 0), "")); a.Result != UnknownSession {
		t.Errorf("an unknown session of nobody: %+v", a)
	}
	if a := nobody.again(named(nobody.request(Initial, 0, 0), "4915100000009")); a.Result != UnknownUser {
		t.Errorf("nobody's MSISDN: %+v", a)
	}
	number(other, "4915100000001")
	if a := nobody.again(named(nobody.request(Initial, 0, 0), "4915100000001")); a.Result != UnknownUser {
		t.Errorf("the MSISDN of two: %+v", a)
	}
}
