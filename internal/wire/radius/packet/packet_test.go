package packet

import (
	"bytes"
	"encoding/hex"
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"layeh.com/radius"
	"layeh.com/radius/rfc2865"
	"layeh.com/radius/rfc2866"
)

const rfcSecret = "xyzzy5461"

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The examples of RFC 2865 section 7.1 and RFC 5997 section 6.
func TestSealMatchesTheStandardsExamples(t *testing.T) {
	tests := []struct {
		name, request, answer string
	}{
		{
			"RFC 2865 7.1 telnet user",
			`01 00 00 38 0f 40 3f 94 73 97 80 57 bd 83 d5 cb 98 f4 22 7a 01 06 6e 65 6d 6f 02 12 0d be 70 8d 93 d4 13 ce
			 31 96 e4 3f 78 2a 0a ee 04 06 c0 a8 01 10 05 06 00 00 00 03`,
			`02 00 00 26 86 fe 22 0e 76 24 ba 2a 10 05 f6 bf 9b 55 e0 b2 06 06 00 00 00 01 0f 06 00 00 00 00 0e 06 c0 a8
			 01 03`,
		},
		{
			"RFC 5997 6.1 status of the authentication port",
			`0c da 00 26 8a 54 f4 68 6f b3 94 c5 28 66 e3 02 18 5d 06 23 50 12 5a 66 5e 2e 1e 84 11 f3 e2 43 82 20 97 c8
			 4f a3`,
			`02 da 00 14 ef 0d 55 2a 4b f2 d6 93 ec 2b 6f e8 b5 41 1d 66`,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			request, err := Parse(unhex(t, test.request))
			if err != nil {
				t.Fatal(err)
			}
			want := unhex(t, test.answer)
			got := bytes.Clone(want)
			clear(got[2:20])
			if err := Seal(got, request.Authenticator(), []byte(rfcSecret)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
		})
	}
}

// The requests of RFC 5997 section 6, to either port.
func TestCheckAcceptsTheStandardsExamples(t *testing.T) {
	for _, request := range []string{
		`0c da 00 26 8a 54 f4 68 6f b3 94 c5 28 66 e3 02 18 5d 06 23 50 12 5a 66 5e 2e 1e 84 11 f3 e2 43 82 20 97 c8 4f a3`,
		`0c b3 00 26 92 5f 6b 66 dd 5f ed 57 1f cb 1d b7 ad 38 82 60 50 12 e8 d6 ea bd a9 10 87 5c d9 1f da de 26 36 78 58`,
	} {
		p, err := Parse(unhex(t, request))
		if err != nil {
			t.Fatal(err)
		}
		if got := Check(p, p.Authenticator(), []byte(rfcSecret)); got != Good {
			t.Errorf("Check(%x) = %v, want good", p, got)
		}
	}
}

func TestParse(t *testing.T) {
	whole := unhex(t, `04 07 00 1a 000102030405060708090a0b0c0d0e0f 28 06 00 00 00 01`)
	with := func(at int, value byte) []byte {
		b := bytes.Clone(whole)
		b[at] = value
		return b
	}
	tests := []struct {
		name string
		in   []byte
		ok   bool
	}{
		{"empty", nil, false},
		{"shorter than a header", whole[:19], false},
		{"whole", whole, true},
		{"header alone", with(3, 20)[:20], true},
		{"length below the header", with(3, 19), false},
		{"datagram cut short", whole[:25], false},
		{"padding after the end", append(bytes.Clone(whole), 1, 2, 3), true},
		{"length above 4096", append(with(2, 0x10), make([]byte, 4096)...), false},
		{"attribute of length 0", with(21, 0), false},
		{"attribute of length 1", with(21, 1), false},
		{"attribute beyond the end", with(21, 7), false},
		{"attribute short of the end", with(21, 5), false},
		{"empty attribute", append(with(3, 28), 33, 2), true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := Parse(test.in)
			if (err == nil) != test.ok || err != nil && !errors.Is(err, ErrMalformed) {
				t.Errorf("Parse = %v, want ok %v", err, test.ok)
			}
		})
	}
}

func TestCheck(t *testing.T) {
	secret := []byte("s3cret")
	for _, code := range []radius.Code{
		radius.CodeAccessRequest, radius.CodeAccountingRequest, radius.CodeAccessAccept, radius.CodeDisconnectRequest, radius.CodeCoARequest,
	} {
		authenticator := [16]byte{1, 2, 3}
		b := Append(AppendMessageAuthenticator(New(code, 9, 64)), rfc2865.UserName_Type, "262011234567890")
		if err := Seal(b, authenticator, secret); err != nil {
			t.Fatal(err)
		}
		changed := func(at int) Packet {
			c := bytes.Clone(b)
			c[at] ^= 1
			return c
		}
		twice := AppendMessageAuthenticator(bytes.Clone(b))
		twice[3] = byte(len(twice))
		short := append(New(code, 9, 8), 80, 4, 1, 2)
		short[3] = byte(len(short))
		absent := New(code, 9, 0)
		absent[3] = byte(len(absent))
		tests := []struct {
			name   string
			p      Packet
			secret []byte
			want   Signature
		}{
			{"as sealed", b, secret, Good},
			{"other secret", b, []byte("other"), Bad},
			{"digest changed", changed(25), secret, Bad},
			{"attribute changed", changed(45), secret, Bad},
			{"identifier changed", changed(1), secret, Bad},
			{"twice", twice, secret, Bad},
			{"wrong length", short, secret, Bad},
			{"absent", absent, secret, Absent},
		}
		for _, test := range tests {
			t.Run(code.String()+" "+test.name, func(t *testing.T) {
				if got := Check(test.p, authenticator, test.secret); got != test.want {
					t.Errorf("Check = %v, want %v", got, test.want)
				}
			})
		}
		if code != radius.CodeAccessAccept && !radius.IsAuthenticRequest(b, secret) {
			t.Error("Request Authenticator is wrong")
		}
	}
}

func TestSealRefusesWhatIsTooLong(t *testing.T) {
	b := New(radius.CodeAccessAccept, 1, 0)
	for len(b) <= MaxLength {
		b = Append(b, rfc2865.ProxyState_Type, make([]byte, MaxValue))
	}
	if err := Seal(b, [16]byte{}, []byte("s")); !errors.Is(err, ErrTooLong) {
		t.Errorf("Seal = %v, want %v", err, ErrTooLong)
	}
}

func TestAppendIsWhatLayehReads(t *testing.T) {
	b := New(radius.CodeAccountingRequest, 3, 0)
	b = Append(b, rfc2865.UserName_Type, strings.Repeat("x", 300))
	b = Append(b, rfc2865.ReplyMessage_Type, "")
	b = AppendInteger(b, rfc2866.AcctStatusType_Type, 0xfffefdfc)
	b = AppendAddress(b, rfc2865.FramedIPAddress_Type, netip.MustParseAddr("10.1.2.3"))
	b = AppendAddress(b, rfc2865.NASIPAddress_Type, netip.Addr{})
	b = AppendVendor(b, Vendor3GPP, IMSI, "262011234567890")
	b = AppendVendor(b, Vendor3GPP, UserLocationInfo, make([]byte, 300))
	secret := []byte("s")
	if err := Seal(b, [16]byte{}, secret); err != nil {
		t.Fatal(err)
	}
	p, err := radius.Parse(b, secret)
	if err != nil {
		t.Fatal(err)
	}
	vendor := func(list ...byte) radius.Attribute { return append([]byte{0, 0, 0x28, 0xaf}, list...) }
	want := radius.Attributes{
		{Type: 1, Attribute: radius.Attribute(strings.Repeat("x", 253))},
		{Type: 40, Attribute: radius.Attribute{0xff, 0xfe, 0xfd, 0xfc}},
		{Type: 8, Attribute: radius.Attribute{10, 1, 2, 3}},
		{Type: 26, Attribute: append(vendor(1, 17), "262011234567890"...)},
		{Type: 26, Attribute: append(vendor(22, 249), make([]byte, 247)...)},
	}
	if diff := cmp.Diff(want, p.Attributes); diff != "" {
		t.Errorf("attributes (-want +got):\n%s", diff)
	}
	if !radius.IsAuthenticRequest(b, secret) {
		t.Error("Request Authenticator is wrong")
	}
}

// layeh.com/radius must agree on what a packet is, attribute by attribute.
func FuzzParse(f *testing.F) {
	f.Add([]byte{4, 7, 0, 26, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 40, 6, 0, 0, 0, 1})
	f.Add([]byte{1, 7, 0, 22, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 33, 2, 99})
	f.Fuzz(func(t *testing.T, datagram []byte) {
		ours, err := Parse(datagram)
		theirs, theirErr := radius.Parse(datagram, []byte("s"))
		if (err == nil) != (theirErr == nil) {
			t.Fatalf("Parse = %v, layeh says %v", err, theirErr)
		}
		if err != nil {
			return
		}
		again := append([]byte(nil), ours[:HeaderLength]...)
		for list := ours.Attributes(); len(list) > 0; {
			kind, value, tail, _ := Next(list)
			if again, list = Append(again, kind, value), tail; len(value) == 0 { // which is not ours to send
				again = append(again, byte(kind), 2)
			}
		}
		if !bytes.Equal(again, ours) {
			t.Fatalf("written as %x", again)
		}
		rest := ours.Attributes()
		for _, a := range theirs.Attributes {
			kind, value, tail, ok := Next(rest)
			if !ok || kind != a.Type || !bytes.Equal(value, a.Attribute) {
				t.Fatalf("attribute %v %x, layeh says %v %x", kind, value, a.Type, a.Attribute)
			}
			rest = tail
		}
		if len(rest) > 0 {
			t.Fatalf("%d octets more than layeh sees", len(rest))
		}
	})
}
