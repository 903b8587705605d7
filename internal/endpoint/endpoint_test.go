package endpoint

import (
	"testing"

	"pgregory.net/rapid"
)

func TestNormalIMEI(t *testing.T) {
	for _, test := range []struct {
		name, in, imeisv, imei string
	}{
		{"14 digits", "35824005111111", "3582400511111100", "358240051111110"},
		{"15 digits", "358240051111110", "3582400511111100", "358240051111110"},
		{"16 digits", "3582400511111107", "3582400511111107", "358240051111110"},
		{"13 digits", "3582400511111", "", ""},
		{"17 digits", "35824005111111077", "", ""},
		{"letters", "35824005111111a", "", ""},
		{"none", "", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, ok := normalIMEI(test.in)
			if got != test.imeisv || ok != (test.imeisv != "") {
				t.Errorf("got %q, %v, want %q", got, ok, test.imeisv)
			}
			if imei := imeiWithLuhn(got); (imei != nil) != ok || ok && *imei != test.imei {
				t.Errorf("with check digit %v, want %q", imei, test.imei)
			}
		})
	}
}

// FuzzIMEI: whatever comes in is refused or becomes 16 digits that stay as they are.
func FuzzIMEI(f *testing.F) {
	f.Add("35824005111111")
	f.Fuzz(func(t *testing.T, text string) {
		imeisv, ok := normalIMEI(text)
		again, still := normalIMEI(imeisv)
		if ok && (len(imeisv) != 16 || !still || again != imeisv || len(*imeiWithLuhn(imeisv)) != 15) {
			t.Errorf("%q became %q and %q", text, imeisv, again)
		}
	})
}

func TestSpaceNetworks(t *testing.T) {
	for cidr, ok := range map[string]bool{
		"10.112.0.0/12": true, "10.176.0.0/16": true, "10.207.255.252/30": true, "100.64.0.0/10": true, "100.64.0.0/16": true,
		"100.64.0.0/24": false, "100.64.0.128/25": false, "100.64.1.0/24": true, "10.0.0.0/8": false, "10.192.0.0/11": false,
		"192.168.0.0/16": false, "10.192.0.1/24": false, "10.192.0.0/31": false, "10.192.0.0": false, "x": false, "": false, "fd00::/64": false,
	} {
		t.Run(cidr, func(t *testing.T) {
			if _, err := readNetwork(cidr); (err == nil) != ok {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestSpaceNetworksNeverPanic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { _, _ = readNetwork(rapid.String().Draw(t, "text")) })
}
