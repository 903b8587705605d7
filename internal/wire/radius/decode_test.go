package radius

import (
	"encoding/binary"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"layeh.com/radius"
	"layeh.com/radius/rfc2865"
	"layeh.com/radius/rfc2866"
	"layeh.com/radius/rfc2869"
	"layeh.com/radius/rfc3162"

	"github.com/simstead/simstead/internal/usage"
	"github.com/simstead/simstead/internal/wire/radius/packet"
)

const received = 1_700_000_000_000_000

var (
	classKey = []byte("0123456789abcdef")
	source   = netip.MustParseAddr("192.0.2.9")
	equal    = cmp.Comparer(func(a, b netip.Addr) bool { return a == b })
)

// attributes writes a list of attributes.
type attributes []byte

func (a attributes) number(kind radius.Type, value uint32) attributes {
	return packet.AppendInteger(a, kind, value)
}

func (a attributes) text(kind radius.Type, value string) attributes {
	return packet.Append(a, kind, value)
}

func (a attributes) vendor(kind radius.Type, value string) attributes {
	return packet.AppendVendor(a, packet.Vendor3GPP, kind, value)
}

func (a attributes) packet(code radius.Code) packet.Packet {
	b := append(packet.New(code, 1, len(a)), a...)
	binary.BigEndian.PutUint16(b[2:], uint16(len(b)))
	return b
}

// interim is the least that makes a report.
func interim() attributes {
	return attributes(nil).number(rfc2866.AcctStatusType_Type, 3).text(rfc2866.AcctSessionID_Type, "s1")
}

func TestReport(t *testing.T) {
	class := sealClass(usage.Class{Organisation: 7, IMSI: "262011234567890"}, classKey)
	location := "\x82\x62\xf2\x10\x00\x01\x62\xf2\x10\x00\x00\x01\x01"
	least := func(change func(*usage.Report)) usage.Report {
		r := usage.Report{Kind: usage.Interim, NAS: "192.0.2.9", Peer: "192.0.2.9", SessionID: "s1", ChargingID: -1, Time: -1, Received: received}
		change(&r)
		return r
	}
	tests := []struct {
		name string
		in   attributes
		want usage.Report
		why  reason
	}{
		{"least", interim(), least(func(*usage.Report) {}), none},
		{
			"everything",
			interim().text(rfc2865.NASIdentifier_Type, "ggsn1").text(rfc2865.NASIPAddress_Type, "\x0a\x00\x00\x01").
				text(rfc2865.FramedIPAddress_Type, "\x0a\x07\x06\x05").text(rfc2865.CallingStationID_Type, "+491701234567").
				text(rfc2865.CalledStationID_Type, "IoT.Example.MNC001").text(rfc2865.Class_Type, string(class)).
				number(rfc2866.AcctInputOctets_Type, 5000).number(rfc2869.AcctInputGigawords_Type, 2).
				number(rfc2866.AcctOutputOctets_Type, 77).number(rfc2866.AcctSessionTime_Type, 60).
				number(rfc2869.EventTimestamp_Type, 1_600_000_000).number(rfc2866.AcctDelayTime_Type, 5).
				vendor(packet.IMSI, "262011234567890").vendor(packet.ChargingID, "\xff\x00\x00\x01").
				vendor(packet.GGSNAddress, "\x0a\x00\x00\x02").vendor(packet.SGSNAddress, "\x0a\x00\x00\x03").
				vendor(packet.NSAPI, "F").vendor(packet.SGSNMCCMNC, "310410").vendor(packet.IMEISV, "3512345678901234").
				vendor(packet.RATType, "\x06").vendor(packet.UserLocationInfo, location),
			usage.Report{
				Kind: usage.Interim, NAS: "ggsn1", Peer: "192.0.2.9", SessionID: "s1", ChargingID: 0xff000001, IMSI: "262011234567890",
				IMEISV: "3512345678901234", MSISDN: "491701234567", APN: "iot.example.mnc001", PLMN: "310410", RAT: 6,
				Location: []byte(location), UEAddress: netip.MustParseAddr("10.7.6.5"), GGSN: netip.MustParseAddr("10.0.0.2"),
				SGSN: netip.MustParseAddr("10.0.0.3"), NSAPI: 15, Class: usage.Class{Organisation: 7, IMSI: "262011234567890"},
				Uplink: 8_589_939_592, Downlink: 77, Time: 60, EventTime: 1_600_000_000_000_000, Received: received - 5_000_000,
			},
			none,
		},
		{
			"input is uplink", interim().number(rfc2866.AcctInputOctets_Type, 1),
			least(func(r *usage.Report) { r.Uplink = 1 }), none,
		},
		{
			"output is downlink", interim().number(rfc2866.AcctOutputOctets_Type, 1).number(rfc2869.AcctOutputGigawords_Type, 1),
			least(func(r *usage.Report) { r.Downlink = 1<<32 + 1 }), none,
		},
		{
			"the most", interim().number(rfc2869.AcctInputGigawords_Type, 1<<30),
			least(func(r *usage.Report) { r.Uplink = 1 << 62 }), none,
		},
		{
			"one byte more", interim().number(rfc2869.AcctInputGigawords_Type, 1<<30).number(rfc2866.AcctInputOctets_Type, 1),
			usage.Report{},
			volumeRange,
		},
		{
			"one byte more in both directions together",
			interim().number(rfc2869.AcctInputGigawords_Type, 1<<30).number(rfc2866.AcctOutputOctets_Type, 1),
			usage.Report{},
			volumeRange,
		},
		{
			"largest numbers", interim().number(rfc2869.AcctInputGigawords_Type, 1<<32-1).
				number(rfc2869.AcctOutputGigawords_Type, 1<<32-1), usage.Report{}, volumeRange,
		},
		{"no session id", attributes(nil).number(rfc2866.AcctStatusType_Type, 1), usage.Report{}, noSessionID},
		{
			"location gives the network", interim().vendor(packet.UserLocationInfo, location),
			least(func(r *usage.Report) { r.PLMN, r.Location = "26201", []byte(location) }), none,
		},
		{
			"network that is no number", interim().vendor(packet.SGSNMCCMNC, "26a01").vendor(packet.UserLocationInfo, location),
			least(func(r *usage.Report) { r.PLMN, r.Location = "26201", []byte(location) }), none,
		},
		{
			"user name gives the IMSI", interim().text(rfc2865.UserName_Type, "0262011234567890@wlan.example"),
			least(func(r *usage.Report) { r.IMSI = "262011234567890" }), none,
		},
		{
			"IMSI before user name, whatever the order",
			interim().vendor(packet.IMSI, "262011234567890").text(rfc2865.UserName_Type, "262019999999999"),
			least(func(r *usage.Report) { r.IMSI = "262011234567890" }), none,
		},
		{
			"identities that are no numbers",
			interim().vendor(packet.IMSI, "26201\x00234567890").vendor(packet.IMEISV, "35-2345678901234").
				text(rfc2865.CallingStationID_Type, "anna").vendor(packet.NSAPI, "\x05"),
			least(func(*usage.Report) {}), none,
		},
		{
			"Class of another key", interim().text(rfc2865.Class_Type, string(sealClass(usage.Class{Organisation: 8}, []byte("another key")))),
			least(func(*usage.Report) {}), none,
		},
		{
			"our Class among others",
			interim().text(rfc2865.Class_Type, "x").text(rfc2865.Class_Type, string(class)).text(rfc2865.Class_Type, "y"),
			least(func(r *usage.Report) { r.Class = usage.Class{Organisation: 7, IMSI: "262011234567890"} }), none,
		},
		{
			"NAS address", interim().text(rfc2865.NASIPAddress_Type, "\x0a\x00\x00\x01"),
			least(func(r *usage.Report) { r.NAS = "10.0.0.1" }), none,
		},
		{
			"NAS address of IPv6", interim().text(rfc3162.NASIPv6Address_Type, "\x20\x01\x0d\xb8"+strings.Repeat("\x00", 11)+"\x01"),
			least(func(r *usage.Report) { r.NAS = "2001:db8::1" }), none,
		},
		{
			"absurd session time", interim().number(rfc2866.AcctSessionTime_Type, 4_294_967_294),
			least(func(r *usage.Report) { r.Time = -1 }), none,
		},
		{
			"absurd delay", interim().number(rfc2866.AcctDelayTime_Type, 1<<32-1).number(rfc2869.EventTimestamp_Type, 10),
			least(func(r *usage.Report) { r.EventTime = 10_000_000 }), none,
		},
		{
			"delay longer than the clock runs", interim().number(rfc2866.AcctDelayTime_Type, 11).number(rfc2869.EventTimestamp_Type, 10),
			least(func(r *usage.Report) { r.EventTime, r.Received = 10_000_000, received-11_000_000 }), none,
		},
		{
			"several sub-attributes in one",
			append(interim(), "\x1a\x1a\x00\x00\x28\xaf\x01\x11262011234567890\x15\x03\x06"...),
			least(func(r *usage.Report) { r.IMSI, r.RAT = "262011234567890", 6 }), none,
		},
		{
			"second sub-attribute cut short",
			append(interim(), "\x1a\x0c\x00\x00\x28\xaf\x15\x03\x06\x01\x11\x32"...),
			least(func(r *usage.Report) { r.RAT = 6 }), none,
		},
		{
			"same numbers of another vendor", append(interim(), "\x1a\x09\x00\x00\x01\x37\x15\x03\x06"...),
			least(func(*usage.Report) {}), none,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r, ok := decode(test.in.packet(radius.CodeAccountingRequest), classKey)
			if !ok {
				t.Fatal("decode refused the packet")
			}
			got, why := r.report(source, received)
			if why != test.why {
				t.Fatalf("reason %v, want %v", why, test.why)
			}
			if diff := cmp.Diff(test.want, got, equal); diff != "" {
				t.Errorf("report (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDecodeRefusesWrongLengths(t *testing.T) {
	for _, kind := range []radius.Type{4, 8, 40, 41, 42, 43, 46, 52, 53, 55, 95} {
		for _, value := range []string{"\x01", "\x01\x02\x03", "\x01\x02\x03\x04\x05"} {
			if _, ok := decode(interim().text(kind, value).packet(radius.CodeAccountingRequest), classKey); ok {
				t.Errorf("attribute %d of %d octets was taken", kind, len(value))
			}
		}
	}
}

func TestDecodeCountsWhatItIgnores(t *testing.T) {
	tests := []struct {
		name, in string
		want     int
	}{
		{"vendor cut short", "\x1a\x05\x00\x00\x28", 1},
		{"sub-attribute cut short", "\x1a\x09\x00\x00\x28\xaf\x15\x04\x06", 1},
		{"sub-attribute of length 0", "\x1a\x09\x00\x00\x28\xaf\x15\x00\x06", 1},
		{"one octet left", "\x1a\x0a\x00\x00\x28\xaf\x15\x03\x06\x01", 1},
		{"long RAT", "\x1a\x0a\x00\x00\x28\xaf\x15\x04\x06\x06", 1},
		{"binary NSAPI", "\x1a\x09\x00\x00\x28\xaf\x0a\x03\x05", 1},
		{"NSAPI with a sign", "\x1a\x0a\x00\x00\x28\xaf\x0a\x04+5", 1},
		{"short charging id", "\x1a\x0a\x00\x00\x28\xaf\x02\x04\x05\x05", 1},
		{"foreign Class", "\x19\x03x", 1},
		{"nothing amiss", "\x1a\x09\x00\x00\x28\xaf\x15\x03\x06", 0},
		{"unknown sub-attribute", "\x1a\x09\x00\x00\x28\xaf\x63\x03\x06", 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r, ok := decode(append(interim(), test.in...).packet(radius.CodeAccountingRequest), classKey)
			if !ok || r.ignored != test.want {
				t.Errorf("ok %v, ignored %d, want %d", ok, r.ignored, test.want)
			}
		})
	}
}

func TestClass(t *testing.T) {
	class := usage.Class{Organisation: 1<<31 + 5, IMSI: "262011234567890"}
	sealed := sealClass(class, classKey)
	if got, ok := openClass(sealed, classKey); !ok || got != class {
		t.Errorf("openClass = %v, %v", got, ok)
	}
	for at := range sealed {
		forged := append([]byte(nil), sealed...)
		forged[at] ^= 1
		if got, ok := openClass(forged, classKey); ok {
			t.Errorf("octet %d changed gives %v", at, got)
		}
	}
	for n := range sealed {
		if got, ok := openClass(sealed[:n], classKey); ok {
			t.Errorf("%d octets give %v", n, got)
		}
	}
	if got := sealClass(usage.Class{}, classKey); got != nil {
		t.Errorf("zero class gives %x", got)
	}
}

func TestTexts(t *testing.T) {
	long := strings.Repeat("a", 65)
	tests := []struct{ name, got, want string }{
		{"text as it is", text([]byte("Grüße")), "Grüße"},
		{"text without NUL", text([]byte("a\x00b")), "ab"},
		{"text made valid", text([]byte("a\xff\xfeb")), "a\uFFFDb"},
		{"text cut between characters", cut("aü", 2), "a"},
		{"identifier as it is", identifier([]byte("0a0000021b2c3d4e")), "0a0000021b2c3d4e"},
		{"identifier too long", identifier([]byte(long)), "sha256-635361c48bb9eab14198e76ea8ab7f1a41685d6ad62aa914"},
		{"user name of 15 digits", imsiOfUserName([]byte("001011234567890")), "001011234567890"},
		{"user name of 14 digits", imsiOfUserName([]byte("26201123456789@x")), "26201123456789"},
		{"user name of 16 digits", imsiOfUserName([]byte("1262011234567890")), ""},
		{"user name of 13 digits", imsiOfUserName([]byte("4917012345678")), ""},
		{"user name with letters", imsiOfUserName([]byte("26201123456789a")), ""},
		{"msisdn without plus", msisdn([]byte("+4917012345678")), "4917012345678"},
		{"msisdn too long", msisdn([]byte(strings.Repeat("1", 21))), ""},
		{"msisdn of nothing", msisdn([]byte("+")), ""},
		{"apn", apn([]byte("IoT.EXAMPLE")), "iot.example"},
	}
	for _, test := range tests {
		if test.got != test.want {
			t.Errorf("%s: %q, want %q", test.name, test.got, test.want)
		}
	}
	if identifier([]byte(long)) == identifier([]byte(long+"b")) || identifier([]byte("\xff")) == identifier([]byte("\xfe")) {
		t.Error("two identifiers became one")
	}
}

func TestPLMNOfLocation(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"CGI", "\x00\x62\xf2\x10\x00\x01\x00\x02", "26201"},
		{"SAI", "\x01\x62\xf2\x10\x00\x01\x00\x02", "26201"},
		{"RAI", "\x02\x62\xf2\x10\x00\x01\x00\x02", "26201"},
		{"TAI of three digits", "\x80\x13\x00\x14\x00\x01", "310410"},
		{"ECGI", "\x81\x62\xf2\x10\x00\x00\x01\x01", "26201"},
		{"TAI and ECGI", "\x82\x62\xf2\x10\x00\x01\x62\xf2\x10\x00\x00\x01\x01", "26201"},
		{"5GS TAI", "\x88\x62\xf2\x10\x00\x00\x01", "26201"},
		{"eNodeB", "\x83\x62\xf2\x10\x00\x00\x01", ""},
		{"no type", "", ""},
		{"cut short", "\x82\x62\xf2", ""},
		{"no digits", "\x82\xff\xff\xff", ""},
		{"hexadecimal MNC", "\x82\x62\xa2\x10", ""},
	}
	for _, test := range tests {
		if got := plmnOfLocation([]byte(test.in)); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}
