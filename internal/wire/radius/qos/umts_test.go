package qos

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/simstead/simstead/internal/usage"
)

// told reads a maximum bitrate in kbit/s as a gateway does, by the words of TS 24.008 table 10.5.156.
func told(octet, extended byte) int64 {
	n, e := int64(octet), int64(extended)
	switch {
	case e >= 0b10111011 && e <= 0b11111010:
		return 128_000 + (e-0b10111010)*2_000
	case e >= 0b01001011 && e <= 0b10111010:
		return 16_000 + (e-0b01001010)*1_000
	case e >= 0b00000001 && e <= 0b01001010:
		return 8_600 + e*100
	case e != 0:
		return -1 // reserved
	case n >= 0b10000000 && n <= 0b11111110:
		return 576 + (n-0b10000000)*64
	case n >= 0b01000000 && n <= 0b01111111:
		return 64 + (n-0b01000000)*8
	case n >= 0b00000001 && n <= 0b00111111:
		return n
	}
	return -1 // 0 kbit/s, or subscribed
}

// steps are the rates that a profile can tell, in kbit/s, ascending.
func steps() (list []int64) {
	for n := 1; n <= 254; n++ {
		list = append(list, told(byte(n), 0))
	}
	for e := 1; e <= 250; e++ {
		list = append(list, told(254, byte(e)))
	}
	return list
}

func TestEveryStepIsToldExactly(t *testing.T) {
	last := int64(0)
	for _, kbps := range steps() {
		if kbps <= last {
			t.Fatalf("step %d follows %d: the reader is wrong", kbps, last)
		}
		last = kbps
		octet, extended := bitrate(kbps)
		if got := told(octet, extended); got != kbps {
			t.Errorf("%d kbit/s is told as %d", kbps, got)
		}
		if extended != 0 && octet != 254 {
			t.Errorf("%d kbit/s: the first octet is %d beside an extended one", kbps, octet)
		}
	}
	if last != maxUMTS {
		t.Errorf("the highest step is %d, want %d", last, maxUMTS)
	}
}

// A profile tells the highest step that does not exceed the limit, at least 1 kbit/s; so it never falls as limits grow.
func TestProfileRoundsDown(t *testing.T) {
	list := steps()
	naive := func(bps int64) (kbps int64) {
		if bps <= 0 {
			return maxUMTS
		}
		kbps = 1
		for _, step := range list {
			if step*1000 <= bps {
				kbps = step
			}
		}
		return kbps
	}
	rapid.Check(t, func(t *rapid.T) {
		bps := rapid.OneOf(rapid.Int64Range(0, 20_000), rapid.Int64Range(0, 300_000_000), rapid.Int64Min(0))
		rate := usage.Rate{Up: bps.Draw(t, "up"), Down: bps.Draw(t, "down")}
		p := umts(rate)
		up, down := told(p[5], p[14]), told(p[6], p[12])
		if up != naive(rate.Up) || down != naive(rate.Down) {
			t.Errorf("%+v is told as %d and %d kbit/s, want %d and %d", rate, up, down, naive(rate.Up), naive(rate.Down))
		}
		if rate.Up > 0 && rate.Down > 0 && (rate.Up < rate.Down && up > down || rate.Up > rate.Down && up < down) {
			t.Errorf("%+v is told the other way around, as %d and %d kbit/s", rate, up, down)
		}
		if class := p[1] >> 4; class < 1 || class > 9 {
			t.Errorf("peak throughput class %d", class)
		}
	})
}

func TestPeakThroughput(t *testing.T) {
	for kbps, want := range map[int64]byte{1: 1, 15: 1, 16: 2, 31: 2, 32: 3, 64: 4, 127: 4, 128: 5, 1023: 7, 1024: 8, 2047: 8, 2048: 9, maxUMTS: 9} {
		if got := peak(kbps); got != want {
			t.Errorf("%d kbit/s: class %d, want %d", kbps, got, want)
		}
	}
}
