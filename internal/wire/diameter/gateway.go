package diameter

import (
	"fmt"
	"net/netip"
	"strings"
)

// Any stands for every Origin-Host.
const Any = "*"

// Peer is a node that may connect. One named exactly comes before Any; among equals the first one counts.
type Peer struct {
	OriginHost string       // or Any
	Realm      string       // Origin-Realm; "" for every one
	Source     netip.Prefix // where it may connect from; the zero value: from no address, it is only known behind a relay
	Dialect    Dialect
	Relay      bool // may speak for other hosts, as a Diameter agent does
}

// gateways finds the configuration of a peer.
type gateways []Peer

func newGateways(peers []Peer) (gateways, error) {
	for _, p := range peers {
		switch {
		case p.OriginHost == "":
			return nil, fmt.Errorf("a Diameter peer has no Origin-Host")
		case p.OriginHost == Any && !p.Source.IsValid():
			return nil, fmt.Errorf("the Diameter peer %s has no source network", p.OriginHost)
		case p.Dialect.Name == "":
			return nil, fmt.Errorf("the Diameter peer %s has no dialect", p.OriginHost)
		}
	}
	return peers, nil
}

// admit returns nil for a peer that nobody configured. Names are compared as those of hosts are.
func (g gateways) admit(host, realm string, from netip.Addr) *Peer {
	var any *Peer
	for i := range g {
		p := &g[i]
		if !p.Source.IsValid() || !p.Source.Contains(from) || p.Realm != "" && !strings.EqualFold(p.Realm, realm) {
			continue
		}
		if strings.EqualFold(p.OriginHost, host) {
			return p
		}
		if p.OriginHost == Any && any == nil {
			any = p
		}
	}
	return any
}

// spoken finds the dialect of a host that speaks by way of a peer: the peer's own, or behind a relay its own if it is
// configured, else the relay's.
func (g gateways) spoken(by *Peer, name, host string) *Dialect {
	if strings.EqualFold(name, host) {
		return &by.Dialect
	}
	for i := range g {
		if strings.EqualFold(g[i].OriginHost, host) {
			return &g[i].Dialect
		}
	}
	return &by.Dialect
}
