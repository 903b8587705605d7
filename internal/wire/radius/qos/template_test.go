package qos

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/simstead/simstead/internal/usage"
	"github.com/simstead/simstead/internal/wire/radius/packet"
)

// made is what a gateway gets, as hexadecimal digits.
func made(list []Template, rate usage.Rate, must bool) string {
	var b []byte
	for _, t := range list {
		b = t.Append(b, rate, must)
	}
	return hex.EncodeToString(b)
}

func named(t *testing.T, name string) []Template {
	t.Helper()
	list, ok := Named(name)
	if !ok {
		t.Fatalf("there is no %s", name)
	}
	return list
}

func TestBuiltIns(t *testing.T) {
	text := func(vendor, kind, value string) string {
		sub := hex.EncodeToString([]byte{byte(len(value) + 2)}) + hex.EncodeToString([]byte(value))
		return "1a" + hex.EncodeToString([]byte{byte(len(value) + 8)}) + vendor + kind + sub
	}
	tests := []struct {
		name, template string
		rate           usage.Rate
		must           bool
		want           string
	}{
		{"both", "mikrotik", usage.Rate{Up: 256_000, Down: 1_000_000}, false, text("00003a8c", "08", "256000/1000000")},
		{"uplink alone", "mikrotik", usage.Rate{Up: 64_000}, false, text("00003a8c", "08", "64000/0")},
		{"downlink alone", "mikrotik", usage.Rate{Down: 64_000}, true, text("00003a8c", "08", "0/64000")},
		{"none at the start", "mikrotik", usage.Rate{}, false, ""},
		{"lifted", "mikrotik", usage.Rate{}, true, text("00003a8c", "08", "0/0")},
		{"both", "wispr", usage.Rate{Up: 256_000, Down: 1_000_000}, false, "1a0c0000372a07060003e800" + "1a0c0000372a0806000f4240"},
		{"uplink alone", "wispr", usage.Rate{Up: 256_000}, false, "1a0c0000372a07060003e800"},
		{"uplink alone, after both", "wispr", usage.Rate{Up: 256_000}, true, "1a0c0000372a07060003e800" + "1a0c0000372a080600000000"},
		{"more than 32 bits", "wispr", usage.Rate{Down: 10_000_000_000}, false, "1a0c0000372a0806ffffffff"},
		{"none at the start", "wispr", usage.Rate{}, false, ""},
		{"both", "3gpp", usage.Rate{Up: 64_000, Down: 128_000}, false, text("000028af", "05", "07-23521F9396404874FBFFFF0000000000")},
		{"none at the start", "3gpp", usage.Rate{}, false, ""},
		{"lifted", "3gpp", usage.Rate{}, true, text("000028af", "05", "07-23921F9396FEFE74FBFFFF00FA00FA00")},
	}
	for _, test := range tests {
		t.Run(test.template+" "+test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, made(named(t, test.template), test.rate, test.must)); diff != "" {
				t.Errorf("attributes (-want +got):\n%s", diff)
			}
		})
	}
	if _, ok := Named("unheard"); ok {
		t.Error("an unknown name has a template")
	}
}

func TestCustomTemplates(t *testing.T) {
	rate := usage.Rate{Up: 1_999, Down: 128_500}
	tests := []struct {
		name string
		in   Spec
		rate usage.Rate
		must bool
		want string
	}{
		{"kbit/s round down", Spec{Type: 11, Text: "u{up_kbps}d{down_kbps}"}, rate, false, "\x0b\x08u1d128"},
		{"not to 0", Spec{Type: 11, Text: "{up_kbps}"}, usage.Rate{Up: 1}, false, "\x0b\x031"},
		{"hexadecimal", Spec{Type: 11, Text: "08-6109{up_kbps_hex}{down_kbps_hex}"}, rate, false, "\x0b\x1908-61090000000100000080"},
		{"standard integer", Spec{Type: 200, Integer: "{down_kbps}"}, rate, false, "\xc8\x06\x00\x00\x00\x80"},
		{"number that is always the same", Spec{Type: 200, Integer: "7"}, rate, false, "\xc8\x06\x00\x00\x00\x07"},
		{"name of a policy", Spec{Type: 11, Text: "slow", NoLimit: "fast"}, rate, true, "\x0b\x06slow"},
		{"name of a policy, lifted", Spec{Type: 11, Text: "slow", NoLimit: "fast"}, usage.Rate{}, true, "\x0b\x06fast"},
		{"name of a policy, at the start", Spec{Type: 11, Text: "slow", NoLimit: "fast"}, usage.Rate{}, false, ""},
		{"name of a policy that cannot be lifted", Spec{Type: 11, Text: "slow"}, usage.Rate{}, true, ""},
		{"no limit in words", Spec{Type: 11, Text: "{up_bps}-{down_bps}", NoLimit: "max"}, usage.Rate{Up: 5}, false, "\x0b\x075-max"},
		{"no limit as a number", Spec{Type: 11, Integer: "{up_bps}", NoLimit: "4294967295"}, usage.Rate{}, true, "\x0b\x06\xff\xff\xff\xff"},
		{"other direction", Spec{Type: 11, Text: "{up_bps}"}, usage.Rate{Down: 5}, false, ""},
		{"unbraced braces", Spec{Type: 11, Text: "a}b"}, rate, false, "\x0b\x05a}b"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			template, err := Parse(test.in)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, string(template.Append(nil, test.rate, test.must))); diff != "" {
				t.Errorf("attribute (-want +got):\n%s", diff)
			}
		})
	}
	if b := (Template{}).Append(nil, rate, true); b != nil {
		t.Errorf("the zero template makes %x", b)
	}
}

func TestParseRefuses(t *testing.T) {
	for says, s := range map[string]Spec{
		"has no type":                  {Text: "x"},
		"either a text or an integer":  {Type: 1},
		"a text or an integer":         {Type: 1, Text: "x", Integer: "1"},
		"no placeholder {up}":          {Type: 1, Text: "{up}"},
		"not closed":                   {Type: 1, Text: "{up_bps"},
		"exceed 247":                   {Vendor: 9, Type: 1, Text: strings.Repeat("x", 240) + "{up_bps}"},
		"exceed 253":                   {Type: 1, Text: "{up_bps}", NoLimit: strings.Repeat("x", 254)},
		"a number or one placeholder":  {Type: 1, Integer: "1{up_bps}"},
		"number or one placeholder":    {Type: 1, Integer: "{up_kbps_hex}"},
		"or one placeholder":           {Type: 1, Integer: "{umts_qos}"},
		`"4294967296" is no number of`: {Type: 1, Integer: "4294967296"},
		`"-" is no number of`:          {Type: 1, Integer: "{up_bps}", NoLimit: "-"},
	} {
		if _, err := Parse(s); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%+v: error %v, want %q", s, err, says)
		}
	}
}

// Whatever the rate and the template, the attribute is whole and is not longer than its vendor's form allows.
func TestAttributesAreWellFormed(t *testing.T) {
	holders := []string{"{up_bps}", "{down_bps}", "{up_kbps}", "{down_kbps}", "{up_kbps_hex}", "{down_kbps_hex}", "{umts_qos}", "x", ""}
	rapid.Check(t, func(t *rapid.T) {
		s := Spec{
			Vendor:  rapid.SampledFrom([]uint32{0, 9, math.MaxUint32}).Draw(t, "vendor"),
			Type:    rapid.Uint8Range(1, 255).Draw(t, "type"),
			Text:    strings.Join(rapid.SliceOfN(rapid.SampledFrom(holders), 1, 6).Draw(t, "text"), ":"),
			NoLimit: rapid.StringN(0, 20, 20).Draw(t, "noLimit"),
		}
		template, err := Parse(s)
		if err != nil {
			t.Skip(err)
		}
		rate := usage.Rate{Up: rapid.Int64Min(-1).Draw(t, "up"), Down: rapid.Int64Min(-1).Draw(t, "down")}
		b := template.Append(nil, rate, rapid.Bool().Draw(t, "must"))
		if len(b) == 0 {
			return
		}
		kind, value, rest, ok := packet.Next(b)
		if !ok || len(rest) > 0 {
			t.Fatalf("% x is no attribute", b)
		}
		if s.Vendor != 0 {
			if kind != 26 || binary.BigEndian.Uint32(value) != s.Vendor {
				t.Fatalf("% x is not of vendor %d", b, s.Vendor)
			}
			if kind, value, rest, ok = packet.Next(value[4:]); !ok || len(rest) > 0 {
				t.Fatalf("% x holds no sub-attribute", b)
			}
		}
		if byte(kind) != s.Type || len(value) == 0 {
			t.Fatalf("% x is not of type %d", b, s.Type)
		}
	})
}
