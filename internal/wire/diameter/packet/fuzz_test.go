package packet_test

import (
	"bytes"
	"testing"

	"github.com/simstead/simstead/internal/wire/diameter/packet"
)

// zeroPadded reports whether the padding of every attribute is zero, as senders have to make it.
func zeroPadded(m packet.Message) bool {
	for list := m.AVPs(); len(list) > 0; {
		a, rest, err := packet.Next(list)
		if err != nil {
			return false
		}
		for _, o := range list[len(a.Raw()) : len(list)-len(rest)] {
			if o != 0 {
				return false
			}
		}
		list = rest
	}
	return true
}

// Whatever comes, reading ends without a panic; what is well-formed is written as it was read.
func FuzzMessage(f *testing.F) {
	for _, m := range golden(f) {
		f.Add([]byte(m))
	}
	f.Add([]byte{1, 0, 0, 20, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := packet.Parse(b)
		if err != nil {
			return
		}
		for list := m.AVPs(); len(list) > 0; {
			a, rest, err := packet.Next(list)
			if err != nil {
				break
			}
			_, _ = a.Unsigned32()
			_, _ = a.Unsigned64()
			_, _ = a.Time()
			_, _ = a.Address()
			_ = a.Invalid()
			packet.Find(a.Data, a.ID)
			list = rest
		}
		out, err := again(m)
		if err == nil && zeroPadded(m) && !bytes.Equal(m, out) {
			t.Errorf("written as %x", out)
		}
	})
}
