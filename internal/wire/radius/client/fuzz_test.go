package client

import (
	"testing"

	"github.com/simstead/simstead/internal/wire/radius/packet"
)

// Whatever a server answers, reading it ends without a panic, and holds no more than was sent.
func FuzzAnswer(f *testing.F) {
	f.Add([]byte{2, 7, 0, 26, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 8, 6, 10, 0, 0, 1})
	f.Add([]byte{2, 7, 0, 32, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 26, 12, 0, 0, 1, 55, 28, 6, 1, 1, 1, 1})
	f.Fuzz(func(t *testing.T, datagram []byte) {
		p, err := packet.Parse(datagram)
		if err != nil {
			return
		}
		a := decode(p)
		if len(a.Reason)+len(a.Class)+4*len(a.DNS) > len(datagram) || a.Interim < 0 {
			t.Errorf("%d octets are read as %+v", len(datagram), a)
		}
		_ = authentic(p, datagram, []byte("secret"))
	})
}
