package radius

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/simstead/simstead/internal/wire/radius/packet"
	"github.com/simstead/simstead/internal/wire/radius/qos"
)

// NAS is a gateway, or a network of them, that may speak to the server. The longest prefix wins.
type NAS struct {
	Prefix netip.Prefix
	Secret string
	Name   string // for the log only

	// OptionalMessageAuthenticator admits Access-Requests that are not signed, for gateways which cannot. Whoever can
	// send packets in their name may then forge requests (CVE-2024-3596).
	OptionalMessageAuthenticator bool

	Dynamic    Dynamic        // what it can be told in mid-session
	QoS        []qos.Template // how it is told a maximum bitrate, in an Access-Accept and in a CoA-Request
	FramedPool string         // where it takes the address of a session that we give none; "" leaves it to the gateway
}

// Check says what is wrong with a NAS.
func (n NAS) Check() error {
	switch {
	case !n.Prefix.IsValid():
		return fmt.Errorf("NAS %q has no valid address", n.Name)
	case n.Secret == "":
		return fmt.Errorf("NAS %s has no secret", n.Prefix)
	case len(n.FramedPool) > packet.MaxValue:
		return fmt.Errorf("NAS %s: the name of the pool has more than %d octets", n.Prefix, packet.MaxValue)
	}
	if err := n.Dynamic.check(len(n.QoS) > 0); err != nil {
		return fmt.Errorf("NAS %s: %w", n.Prefix, err)
	}
	return nil
}

// gateway is a NAS as looked up for each packet.
type gateway struct {
	NAS
	secret        []byte
	dynamicSecret []byte
}

// gateways finds the NAS of a source address. There may be none: then nobody is answered.
type gateways struct {
	lengths []int // prefix lengths in use, longest first
	byNet   map[netip.Prefix]*gateway
}

func newGateways(list []NAS) (gateways, error) {
	c := gateways{byNet: make(map[netip.Prefix]*gateway, len(list))}
	for _, n := range list {
		if err := n.Check(); err != nil {
			return gateways{}, err
		}
		at := n.Prefix.Masked()
		if c.byNet[at] != nil {
			return gateways{}, fmt.Errorf("NAS %s is configured twice", at)
		}
		n.Dynamic = n.Dynamic.filled(n.Secret)
		c.byNet[at] = &gateway{NAS: n, secret: []byte(n.Secret), dynamicSecret: []byte(n.Dynamic.Secret)}
		if !slices.Contains(c.lengths, at.Bits()) {
			c.lengths = append(c.lengths, at.Bits())
		}
	}
	slices.Sort(c.lengths)
	slices.Reverse(c.lengths)
	return c, nil
}

// find returns nil for an address nobody configured.
func (c gateways) find(address netip.Addr) *gateway {
	address = address.Unmap().WithZone("")
	for _, bits := range c.lengths {
		if at, err := address.Prefix(bits); err == nil {
			if found := c.byNet[at]; found != nil {
				return found
			}
		}
	}
	return nil
}
