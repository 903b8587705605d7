package network

import "testing"

func TestMatch(t *testing.T) {
	byPLMN := map[string]int64{"26201": 1, "310410": 2, "00101": 3, "40402": 4, "405025": 5, "40525": 6, "310010": 7}
	tests := []struct {
		name, plmn string
		want       int64 // 0 when there is none
	}{
		{"two digits", "26201", 1},
		{"three digits", "310410", 2},
		{"two digits, padded", "262001", 1},
		{"test network", "00101", 3},
		{"test network, padded", "001001", 3},
		{"the three digits as they stand come first", "405025", 5},
		{"and the two digits have their own", "40525", 6},
		{"a zero at the end is no padding", "404020", 0},
		{"a three-digit MNC cut to two is another network", "31041", 0},
		{"a three-digit MNC without its zero is another network", "31010", 0},
		{"only a zero is cut", "262101", 0},
		{"unknown", "26299", 0},
		{"unknown, padded", "262099", 0},
		{"MCC alone", "262", 0},
		{"empty", "", 0},
		{"too long", "2620001", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := Match(tt.plmn, byPLMN)
			if got != tt.want || ok != (tt.want != 0) {
				t.Errorf("Match is %d, %v, want %d", got, ok, tt.want)
			}
		})
	}
}

func TestEveryTwoDigitNetworkMatchesPadded(t *testing.T) {
	byPLMN := reference(t).ByPLMN()
	for plmn, want := range byPLMN {
		if len(plmn) != shortPLMNLength {
			continue
		}
		padded := plmn[:mccLength] + "0" + plmn[mccLength:]
		if _, own := byPLMN[padded]; own {
			continue // a network of its own
		}
		if got, _ := Match(padded, byPLMN); got != want {
			t.Errorf("Match(%s) is %d, want %d", padded, got, want)
		}
	}
}

// The home network of an IMSI has exactly the digits that the IMSI begins with.
func TestHome(t *testing.T) {
	p := PLMNs{"26201": 1, "26219": 2, "310410": 3, "31041": 4}
	for imsi, want := range map[string]int64{
		"262019000000001": 1, "262190000000001": 2, "310410000000001": 3, "310419000000001": 4, "262020000000001": 0, "26201": 0,
	} {
		if got, ok := p.Home(imsi); got != want || ok != (want > 0) {
			t.Errorf("%s is of operator %d, want %d", imsi, got, want)
		}
	}
}
