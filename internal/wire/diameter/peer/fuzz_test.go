package peer

import (
	"errors"
	"testing"

	"github.com/simstead/simstead/internal/wire/diameter/packet"
)

// Whatever a peer says of itself, reading it ends without a panic, and what is kept of it is bounded.
func FuzzCapabilities(f *testing.F) {
	var w packet.Writer
	w.Begin(packet.FlagRequest, packet.CapabilitiesExchange, 0, 1, 2, 100)
	w.Text(packet.OriginHost, "peer.example")
	w.Text(packet.OriginRealm, "example")
	w.Unsigned32(packet.AuthApplicationID, 4)
	m, err := w.Message()
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(m))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := packet.Parse(b)
		if err != nil {
			return
		}
		c, err := decodeCapabilities(m)
		var bad *packet.Error
		if err != nil && !errors.As(err, &bad) {
			t.Errorf("error %v is no answer", err)
		}
		if len(c.OriginHost) > maxIdentity || len(c.OriginRealm) > maxIdentity || len(c.Applications) > maxApplications {
			t.Errorf("kept %+v", c)
		}
		if err == nil && (c.OriginHost == "" || c.OriginRealm == "") {
			t.Errorf("nobody: %+v", c)
		}
	})
}
