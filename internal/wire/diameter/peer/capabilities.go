package peer

import (
	"net/netip"
	"slices"

	"github.com/simstead/simstead/internal/wire/diameter/packet"
)

// Capabilities is what a peer has told of itself.
type Capabilities struct {
	OriginHost    string
	OriginRealm   string
	ProductName   string
	OriginStateID uint32
	Applications  []uint32 // in any form; packet.ApplicationRelay stands for all
	Result        uint32   // of an answer
}

// The longest identity, and how many applications are listened to.
const (
	maxIdentity     = 255
	maxApplications = 64
)

// decodeCapabilities reads a Capabilities-Exchange-Request or -Answer.
func decodeCapabilities(m packet.Message) (c Capabilities, err error) {
	for list := m.AVPs(); len(list) > 0; {
		a, rest, err := packet.Next(list)
		if err == nil {
			err = c.take(a)
		}
		if err != nil {
			return c, err
		}
		list = rest
	}
	switch {
	case c.OriginHost == "":
		return c, packet.Missing(packet.OriginHost)
	case c.OriginRealm == "":
		return c, packet.Missing(packet.OriginRealm)
	}
	return c, nil
}

func (c *Capabilities) take(a packet.AVP) (err error) {
	switch a.ID {
	case packet.OriginHost:
		c.OriginHost, err = identity(a)
	case packet.OriginRealm:
		c.OriginRealm, err = identity(a)
	case packet.ProductName:
		if isText(a.Data) {
			c.ProductName = string(a.Data)
		}
	case packet.OriginStateID:
		c.OriginStateID, err = a.Unsigned32()
	case packet.ResultCode:
		c.Result, err = a.Unsigned32()
	case packet.AuthApplicationID, packet.AcctApplicationID:
		var id uint32
		if id, err = a.Unsigned32(); err == nil && len(c.Applications) < maxApplications {
			c.Applications = append(c.Applications, id)
		}
	case packet.VendorSpecificApplicationID:
		for list := a.Data; len(list) > 0; {
			inner, rest, err := packet.Next(list)
			if err == nil && inner.ID != packet.VendorSpecificApplicationID {
				err = c.take(inner)
			}
			if err != nil {
				return err
			}
			list = rest
		}
	}
	return err
}

// identity reads a DiameterIdentity: the characters of a domain name.
func identity(a packet.AVP) (string, error) {
	if len(a.Data) == 0 || !isText(a.Data) {
		return "", a.Invalid()
	}
	return string(a.Data), nil
}

// isText reports whether octets are printable ASCII of a bearable length.
func isText(b []byte) bool {
	for _, c := range b {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return len(b) <= maxIdentity
}

// common reports whether a peer and the node share an application.
func (n *Node) common(c Capabilities) bool {
	return slices.Contains(c.Applications, packet.ApplicationRelay) ||
		slices.ContainsFunc(c.Applications, n.advertises)
}

// capabilities writes what the node tells of itself behind what the message began with.
func (n *Node) capabilities(w *packet.Writer, local netip.Addr) {
	w.Text(packet.OriginHost, n.Identity.OriginHost)
	w.Text(packet.OriginRealm, n.Identity.OriginRealm)
	addresses := n.Identity.Addresses
	if len(addresses) == 0 {
		addresses = []netip.Addr{local}
	}
	for _, a := range addresses {
		w.Address(packet.HostIPAddress, a)
	}
	w.Unsigned32(packet.VendorID, 0) // no IANA enterprise number
	w.Text(packet.ProductName, n.Identity.ProductName)
	if n.Identity.OriginStateID != 0 {
		w.Unsigned32(packet.OriginStateID, n.Identity.OriginStateID)
	}
	var vendors []uint32
	for _, a := range n.Identity.Applications {
		if a.Vendor != 0 && !slices.Contains(vendors, a.Vendor) {
			vendors = append(vendors, a.Vendor)
		}
	}
	for _, v := range vendors {
		w.Unsigned32(packet.SupportedVendorID, v)
	}
	for _, a := range n.Identity.Applications {
		if a.Vendor == 0 {
			w.Unsigned32(packet.AuthApplicationID, a.ID)
			continue
		}
		at := w.Open(packet.VendorSpecificApplicationID)
		w.Unsigned32(packet.VendorID, a.Vendor)
		w.Unsigned32(packet.AuthApplicationID, a.ID)
		w.Close(at)
	}
}
