package diameter

import (
	"errors"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/simstead/simstead/internal/wire/diameter/packet"
)

// location is TAI and ECGI of 262-01.
var location = []byte{0x82, 0x62, 0xf2, 0x10, 0, 1, 0x62, 0xf2, 0x10, 0, 0, 1, 1}

var happened = time.Date(2021, 9, 30, 9, 37, 44, 0, time.UTC).UnixMicro()

func session(id, host, realm string, kind RequestType, number int64) Session {
	return Session{
		OriginHost: host, OriginRealm: realm, SessionID: id, Type: kind, Number: number,
		IMSI: "001010000000001", MSISDN: "491701234567", IMEISV: "3534900698733190", APN: "internet", PLMN: "26201", RAT: 6,
		Location: location, TimeZone: []byte{0x40, 0}, UEAddress: netip.MustParseAddr("10.45.0.2"),
		SGSN: netip.MustParseAddr("127.0.0.3"), GGSN: netip.MustParseAddr("127.0.0.4"),
	}
}

func open5GS(kind RequestType, number int64, s Service, repeated bool) CreditRequest {
	r := CreditRequest{
		Session:        session("smf.localdomain;3900000000;1;app_gy", "smf.localdomain", "localdomain", kind, number),
		ServiceContext: "32251@3gpp.org", Action: DirectDebiting, ChargingID: 0x01020304, EventTime: happened,
		TerminationCause: Absent, Services: []Service{s},
	}
	r.Repeated, r.NSAPI = repeated, 5
	return r
}

func tgpp(kind RequestType, number int64, services ...Service) CreditRequest {
	r := CreditRequest{
		Session:        session("pgw1.epc.example;1;7", "pgw1.epc.example", "epc.example", kind, number),
		ServiceContext: "32251@3gpp.org", Action: Action(Absent), ChargingID: 0x01020304, EventTime: happened,
		TerminationCause: Absent, Services: services,
	}
	r.NSAPI = 5
	return r
}

func used(up, down, seconds int64) Used {
	u := Used{Units: NoUnits(), Reason: Absent, TariffChange: Absent}
	u.Input, u.Output, u.Time = up, down, seconds
	return u
}

func volume(total int64) Units {
	u := NoUnits()
	u.Total = total
	return u
}

func TestDecodeCredit(t *testing.T) {
	o5, strict := Open5GS(), TGPP()
	before := used(30_000, 50_000, 5)
	before.Total, before.TariffChange = 80_000, 0
	after := Used{Units: volume(1000), Reason: 0, TariffChange: 1}
	end := open5GS(Termination, 2, Service{RatingGroup: Absent, ServiceID: Absent, Requested: NoUnits(), Used: []Used{used(1, 1<<32, 5)}, Reason: 2}, false)
	end.TerminationCause = 1
	exhausted := used(30_000, 70_000, 12)
	exhausted.Reason = 3
	strictInitial := tgpp(Initial, 0,
		Service{RatingGroup: 10, ServiceID: Absent, Requests: true, Requested: NoUnits(), Reason: Absent},
		Service{RatingGroup: 20, ServiceID: 7, Requests: true, Requested: NoUnits(), Reason: Absent})
	strictInitial.MultipleServices = true
	strictUpdate := tgpp(Update, 1,
		Service{RatingGroup: 10, ServiceID: Absent, Requests: true, Requested: NoUnits(), Used: []Used{before, after}, Reason: Absent},
		Service{RatingGroup: 20, ServiceID: Absent, Requested: NoUnits(), Used: []Used{used(1, 2, 3)}, Reason: 1})
	strictUpdate.MultipleServices = true
	strictEnd := tgpp(Termination, 2, Service{RatingGroup: 10, ServiceID: Absent, Requested: NoUnits(), Used: []Used{used(5, 6, 7)}, Reason: 2})
	strictEnd.TerminationCause = 4
	message := NoUnits()
	message.ServiceSpecific = 1
	bare := Session{
		OriginHost: "pgw1.epc.example", OriginRealm: "epc.example", SessionID: "pgw1.epc.example;1;7", Type: Event,
		IMSI: "001010000000001", MSISDN: "491701234567",
	}
	sms := CreditRequest{
		Session: bare, ServiceContext: "32274@3gpp.org", Action: DirectDebiting, ChargingID: Absent, EventTime: happened, TerminationCause: Absent,
		Services: []Service{{RatingGroup: Absent, ServiceID: Absent, Requests: true, Requested: message, Reason: Absent}},
	}
	flat := sms
	flat.ServiceContext, flat.CommandLevel = "32251@3gpp.org", true
	flat.Services = []Service{{RatingGroup: Absent, ServiceID: Absent, Requests: true, Requested: volume(250_500), Reason: Absent}}
	tests := []struct {
		name    string
		dialect *Dialect
		want    CreditRequest
	}{
		{"open5gs-ccr-i", &o5, open5GS(Initial, 0, Service{RatingGroup: Absent, ServiceID: Absent, Requests: true, Requested: volume(1_000_000), Reason: Absent}, false)},
		{"open5gs-ccr-u", &o5, open5GS(Update, 1, Service{RatingGroup: Absent, ServiceID: Absent, Requests: true, Requested: volume(1_000_000), Used: []Used{exhausted}, Reason: Absent}, true)},
		{"open5gs-ccr-t", &o5, end},
		{"3gpp-ccr-i", &strict, strictInitial},
		{"3gpp-ccr-u", &strict, strictUpdate},
		{"3gpp-ccr-t", &strict, strictEnd},
		{"3gpp-ccr-event", &strict, sms},
		{"command-level-event", &strict, flat},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.want.Dialect = test.dialect
			got, err := decodeCredit(golden(t, test.name), test.dialect)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestDecodePolicy(t *testing.T) {
	dialect := Open5GS()
	want := PolicyRequest{
		Session:   session("smf.localdomain;3900000000;1;app_gx", "smf.localdomain", "localdomain", Initial, 0),
		IPCANType: 5, TerminationCause: Absent, Bearer: BearerQoS{QCI: 9, Priority: 8},
	}
	want.Dialect, want.GGSN = &dialect, netip.Addr{}
	got, err := decodePolicy(golden(t, "gx-ccr-i"), &dialect)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
		t.Errorf("CCR-I (-want +got):\n%s", diff)
	}
	end, err := decodePolicy(golden(t, "gx-ccr-t"), &dialect)
	if err != nil || end.Type != Termination || end.Number != 1 || end.TerminationCause != 1 || end.APN != "internet" {
		t.Errorf("CCR-T: %+v, %v", end, err)
	}
}

// edit copies a message with what change makes of each attribute on the top level; nil leaves it out.
func edit(t testing.TB, m packet.Message, change func(packet.AVP) *packet.AVP) packet.Message {
	t.Helper()
	var w packet.Writer
	w.Begin(m.Flags(), m.Command(), m.Application(), m.HopByHop(), m.EndToEnd(), len(m))
	for list := m.AVPs(); len(list) > 0; {
		a, rest, err := packet.Next(list)
		if err != nil {
			t.Fatal(err)
		}
		if kept := change(a); kept != nil {
			w.Put(*kept)
		}
		list = rest
	}
	out, err := w.Message()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// with replaces the data of an attribute; nil leaves it out.
func with(id packet.ID, data []byte) func(packet.AVP) *packet.AVP {
	return func(a packet.AVP) *packet.AVP {
		if a.ID != id {
			return &a
		}
		if data == nil {
			return nil
		}
		return &packet.AVP{ID: a.ID, Flags: a.Flags, Data: data}
	}
}

// group is the octets of one attribute.
func group(t testing.TB, write func(w *packet.Writer)) []byte {
	t.Helper()
	var w packet.Writer
	w.Begin(0, 0, 0, 0, 0, 0)
	write(&w)
	m, err := w.Message()
	if err != nil {
		t.Fatal(err)
	}
	return m.AVPs()
}

func TestDecodeRefuses(t *testing.T) {
	o5, strict := Open5GS(), TGPP()
	long := make([]byte, 256)
	for i := range long {
		long[i] = 'x'
	}
	usedUnits := func(id packet.ID, data []byte) []byte {
		return group(t, func(w *packet.Writer) {
			at := w.Open(packet.UsedServiceUnit)
			w.Bytes(id, data)
			w.Close(at)
		})
	}
	tests := []struct {
		name    string
		message string
		dialect *Dialect
		change  func(packet.AVP) *packet.AVP
		result  uint32
		failed  packet.ID
	}{
		{"no session", "open5gs-ccr-i", &o5, with(packet.SessionID, nil), 5005, packet.SessionID},
		{"no origin", "open5gs-ccr-i", &o5, with(packet.OriginHost, nil), 5005, packet.OriginHost},
		{"no realm", "open5gs-ccr-i", &o5, with(packet.OriginRealm, nil), 5005, packet.OriginRealm},
		{"no type", "open5gs-ccr-i", &o5, with(packet.CCRequestType, nil), 5005, packet.CCRequestType},
		{"no number", "open5gs-ccr-i", &o5, with(packet.CCRequestNumber, nil), 5005, packet.CCRequestNumber},
		{"no context", "open5gs-ccr-i", &o5, with(packet.ServiceContextID, nil), 5005, packet.ServiceContextID},
		{"event without action", "3gpp-ccr-event", &strict, with(packet.RequestedAction, nil), 5005, packet.RequestedAction},
		{"no rating group", "open5gs-ccr-u", &strict, with(0, nil), 5005, packet.RatingGroup},
		{"empty session", "open5gs-ccr-i", &o5, with(packet.SessionID, []byte{}), 5004, packet.SessionID},
		{"long session", "open5gs-ccr-i", &o5, with(packet.SessionID, long), 5004, packet.SessionID},
		{"session with NUL", "open5gs-ccr-i", &o5, with(packet.SessionID, []byte("a\x00b")), 5004, packet.SessionID},
		{"session is no text", "open5gs-ccr-i", &o5, with(packet.SessionID, []byte{0xff}), 5004, packet.SessionID},
		{"type 0", "open5gs-ccr-i", &o5, with(packet.CCRequestType, []byte{0, 0, 0, 0}), 5004, packet.CCRequestType},
		{"type 5", "open5gs-ccr-i", &o5, with(packet.CCRequestType, []byte{0, 0, 0, 5}), 5004, packet.CCRequestType},
		{"type of 2^31", "open5gs-ccr-i", &o5, with(packet.CCRequestType, []byte{128, 0, 0, 1}), 5004, packet.CCRequestType},
		{"action 4", "open5gs-ccr-i", &o5, with(packet.RequestedAction, []byte{0, 0, 0, 4}), 5004, packet.RequestedAction},
		{"short number", "open5gs-ccr-i", &o5, with(packet.CCRequestNumber, []byte{1}), 5014, packet.CCRequestNumber},
		{"volume beyond belief", "open5gs-ccr-u", &o5, with(packet.MultipleServicesCreditControl, usedUnits(packet.CCInputOctets, []byte{0, 4, 0, 0, 0, 0, 0, 1})), 5004, packet.CCInputOctets},
		{"volume of four octets", "open5gs-ccr-u", &o5, with(packet.MultipleServicesCreditControl, usedUnits(packet.CCOutputOctets, []byte{0, 0, 0, 1})), 5014, packet.CCOutputOctets},
		{"broken group", "open5gs-ccr-u", &o5, with(packet.MultipleServicesCreditControl, []byte{0, 0, 1, 176, 64, 0, 0, 99}), 5014, packet.RatingGroup},
		{"IMSI of letters", "open5gs-ccr-i", &o5, with(packet.SubscriptionID, group(t, func(w *packet.Writer) {
			w.Unsigned32(packet.SubscriptionIDType, 1)
			w.Text(packet.SubscriptionIDData, "00101000000000x")
		})), 5004, packet.SubscriptionID},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := decodeCredit(edit(t, golden(t, test.message), test.change), test.dialect)
			var bad *packet.Error
			if !errors.As(err, &bad) {
				t.Fatalf("error %v", err)
			}
			failed, _, err := packet.Next(append(bad.Failed, 0, 0, 0))
			if bad.Result != test.result || err != nil || failed.ID != test.failed {
				t.Errorf("result %d with %d (%v), want %d with %d", bad.Result, failed.ID, err, test.result, test.failed)
			}
		})
	}
}

func TestEquipment(t *testing.T) {
	for name, test := range map[string]struct{ in, want string }{
		"IMEISV in digits": {"3534900698733190", "3534900698733190"}, "IMEI in digits": {"353490069873319", "353490069873319"},
		"packed IMEISV": {"\x53\x43\x09\x60\x89\x37\x13\x09", "3534900698733190"}, "packed IMEI": {"\x53\x43\x09\x60\x89\x37\x13\xf9", "353490069873319"},
		"packed 14 digits": {"\x53\x43\x09\x60\x89\x37\x13", "35349006987331"}, "letters": {"35349006987331AB", ""},
		"packed letters": {"\x53\x43\x09\x60\xa9\x37\x13\x09", ""}, "too short": {"123", ""}, "too long": {"35349006987331901", ""}, "none": {"", ""},
	} {
		if got := imeisv([]byte(test.in)); got != test.want {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}

func TestRAT(t *testing.T) {
	for name, test := range map[string]struct {
		in   []byte
		want int64
	}{"octet": {[]byte{6}, 6}, "number": {[]byte{0, 0, 0, 8}, 8}, "large": {[]byte{0, 1, 0, 0}, 0}, "none": {nil, 0}, "two": {[]byte{0, 6}, 0}} {
		if got := ratOfRADIUS(test.in); got != test.want {
			t.Errorf("%s: got %d, want %d", name, got, test.want)
		}
	}
	for v, want := range map[uint32]int64{0: 3, 1: 7, 1000: 1, 1001: 2, 1002: 4, 1003: 5, 1004: 6, 1005: 8, 1006: 51, 1007: 9, 2003: 0} {
		if got := ratOfGx(v); got != want {
			t.Errorf("RAT-Type %d: got %d, want %d", v, got, want)
		}
	}
}

// No octets make a reader panic; what is read keeps the promises of its fields.
func FuzzDecode(f *testing.F) {
	for _, name := range goldens(f) {
		f.Add([]byte(golden(f, name)), false)
	}
	f.Fuzz(func(t *testing.T, b []byte, strict bool) {
		m, err := packet.Parse(b)
		if err != nil {
			return
		}
		dialect := Open5GS()
		if strict {
			dialect = TGPP()
		}
		var bad *packet.Error
		r, err := decodeCredit(m, &dialect)
		if err != nil && !errors.As(err, &bad) {
			t.Errorf("error %v is no answer", err)
		}
		if err == nil && (r.SessionID == "" || r.OriginHost == "" || r.Type < Initial || r.Type > Event || r.Number < 0 || len(r.Services) > maxServices) {
			t.Errorf("read as %+v", r)
		}
		for _, s := range r.Services {
			for _, u := range s.Used {
				if v := u.Volume(); v < 0 || v > 2*maxVolume {
					t.Errorf("volume %d", v)
				}
			}
			for _, sms := range []bool{false, true} {
				if u := s.asked(sms, r.Incoming); min(u.Up, u.Down) < 0 || u.Requested < Absent {
					t.Errorf("asked %+v", u)
				}
			}
		}
		if _, err := decodePolicy(m, &dialect); err != nil && !errors.As(err, &bad) {
			t.Errorf("error %v is no answer", err)
		}
	})
}
