package packet_test

import (
	"bytes"
	"errors"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/simstead/simstead/internal/wire/diameter/packet"
)

// again writes what was read: header fields and attributes one by one. ok is false for octets that are not well-formed,
// as padding that is not zero.
func again(m packet.Message) (out packet.Message, err error) {
	var w packet.Writer
	w.Begin(m.Flags(), m.Command(), m.Application(), m.HopByHop(), m.EndToEnd(), len(m))
	for list := m.AVPs(); len(list) > 0; {
		a, rest, err := packet.Next(list)
		if err != nil {
			return nil, err
		}
		w.Put(a)
		list = rest
	}
	return w.Message()
}

func TestGoldenMessagesAreWrittenAsRead(t *testing.T) {
	for name, m := range golden(t) {
		out, err := again(m)
		if err != nil || !bytes.Equal(m, out) {
			t.Errorf("%s: %v\n%x\n%x", name, err, m, out)
		}
	}
}

func TestLength(t *testing.T) {
	tests := []struct {
		name  string
		head  []byte
		limit int
		want  int
		err   error
	}{
		{"least", []byte{1, 0, 0, 20}, 1000, 20, nil},
		{"most", []byte{1, 0, 3, 232}, 1000, 1000, nil},
		{"version", []byte{2, 0, 0, 20}, 1000, 0, packet.ErrVersion},
		{"too short to say", []byte{1, 0, 0}, 1000, 0, packet.ErrVersion},
		{"shorter than its header", []byte{1, 0, 0, 16}, 1000, 0, packet.ErrLength},
		{"not whole words", []byte{1, 0, 0, 21}, 1000, 0, packet.ErrLength},
		{"over the limit", []byte{1, 0, 3, 236}, 1000, 0, packet.ErrLength},
		{"16 MiB", []byte{1, 255, 255, 252}, packet.MaxLength, 0, packet.ErrLength},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := packet.Length(test.head, test.limit)
			if got != test.want || !errors.Is(err, test.err) {
				t.Errorf("Length = %d, %v; want %d, %v", got, err, test.want, test.err)
			}
		})
	}
}

func TestNextRefuses(t *testing.T) {
	tests := []struct {
		name   string
		list   []byte
		failed []byte
	}{
		{"half a header", []byte{0, 0, 1, 7, 64}, nil},
		{"shorter than its header", []byte{0, 0, 1, 7, 64, 0, 0, 7}, []byte{0, 0, 1, 7, 64, 0, 0, 8}},
		{"vendor flag without room", []byte{0, 0, 3, 104, 192, 0, 0, 8}, nil},
		{"vendor flag, too short", []byte{0, 0, 3, 104, 192, 0, 0, 11, 0, 0, 40, 175}, []byte{0, 0, 3, 104, 192, 0, 0, 16, 0, 0, 40, 175, 0, 0, 0, 0}},
		{"ends behind its list", []byte{0, 0, 1, 159, 64, 0, 0, 16, 1, 2, 3, 4}, []byte{0, 0, 1, 159, 64, 0, 0, 12, 0, 0, 0, 0}},
		{"padding is missing", []byte{0, 0, 1, 7, 64, 0, 0, 9, 1}, []byte{0, 0, 1, 7, 64, 0, 0, 8}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, _, err := packet.Next(test.list)
			var bad *packet.Error
			if !errors.As(err, &bad) || bad.Result != packet.ResultInvalidAVPLength {
				t.Fatalf("Next = %v", err)
			}
			if diff := cmp.Diff(test.failed, bad.Failed); diff != "" {
				t.Errorf("Failed-AVP (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMissing(t *testing.T) {
	want := []byte{0, 0, 1, 159, 64, 0, 0, 12, 0, 0, 0, 0}
	if got := packet.Missing(packet.CCRequestNumber); got.Result != 5005 || !bytes.Equal(got.Failed, want) {
		t.Errorf("got %d %x", got.Result, got.Failed)
	}
}

// read writes one attribute and reads it back.
func read(t *testing.T, write func(w *packet.Writer)) packet.AVP {
	t.Helper()
	var w packet.Writer
	w.Begin(0, 1, 2, 3, 4, 0)
	write(&w)
	m, err := w.Message()
	if err != nil || len(m)%4 != 0 {
		t.Fatalf("%x, %v", m, err)
	}
	a, rest, err := packet.Next(m.AVPs())
	if err != nil || len(rest) > 0 {
		t.Fatalf("%x: %v, %d octets left", m, err, len(rest))
	}
	return a
}

func TestTime(t *testing.T) {
	for name, seconds := range map[string]int64{
		"2026": 1_790_000_000, "last second of the era": 2_085_978_495, "first of the next": 2_085_978_496, "2100": 4_102_444_800,
	} {
		a := read(t, func(w *packet.Writer) { w.Time(packet.EventTimestamp, seconds) })
		if got, err := a.Time(); got != seconds || err != nil {
			t.Errorf("%s: %d comes back as %d, %v", name, seconds, got, err)
		}
	}
}

func TestAddress(t *testing.T) {
	for _, text := range []string{"10.45.0.2", "2001:db8::1"} {
		want := netip.MustParseAddr(text)
		a := read(t, func(w *packet.Writer) { w.Address(packet.PDPAddress, want) })
		if got, err := a.Address(); got != want || err != nil {
			t.Errorf("%s comes back as %s, %v", want, got, err)
		}
	}
	for name, data := range map[string][]byte{"empty": {}, "family only": {0, 1}, "IPv4 of five": {0, 1, 1, 2, 3, 4, 5}, "IPv6 of four": {0, 2, 1, 2, 3, 4}} {
		a := read(t, func(w *packet.Writer) { w.Bytes(packet.PDPAddress, data) })
		if got, err := a.Address(); err == nil {
			t.Errorf("%s: read as %s", name, got)
		}
	}
	e164 := read(t, func(w *packet.Writer) { w.Bytes(packet.PDPAddress, []byte{0, 8, '4', '9'}) })
	if got, err := e164.Address(); err != nil || got.IsValid() {
		t.Errorf("another family: %s, %v", got, err)
	}
}

func TestNumbersHaveTheirLength(t *testing.T) {
	for length := range 10 {
		a := read(t, func(w *packet.Writer) { w.Bytes(packet.CCTime, make([]byte, length)) })
		if _, err := a.Unsigned32(); (err == nil) != (length == 4) {
			t.Errorf("Unsigned32 of %d octets: %v", length, err)
		}
		if _, err := a.Unsigned64(); (err == nil) != (length == 8) {
			t.Errorf("Unsigned64 of %d octets: %v", length, err)
		}
	}
}
