package app

import (
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"strings"
	"time"

	"github.com/simstead/simstead/internal/usage"
	"github.com/simstead/simstead/internal/wire/diameter"
)

// DiameterPeer is a node that may speak Gy and Gx to us.
type DiameterPeer struct {
	OriginHost  string         `koanf:"origin_host"`  // its name, or * for any
	Realm       string         `koanf:"realm"`        // empty = any
	Address     string         `koanf:"address"`      // an address or a network that it connects from; empty = it is only known behind a relay
	Dialect     string         `koanf:"dialect"`      // open5gs or 3gpp
	Relay       bool           `koanf:"relay"`        // may speak for other nodes
	RejectDelay *time.Duration `koanf:"reject_delay"` // how long the refusal of a session waits; nil = the dialect's
}

// maxRejectDelay keeps a refusal within what gateways wait for an answer (Tx, RFC 8506 section 13).
const maxRejectDelay = 5 * time.Second

func (p DiameterPeer) peer() (diameter.Peer, error) {
	out := diameter.Peer{OriginHost: p.OriginHost, Realm: p.Realm, Relay: p.Relay}
	dialect, known := diameter.DialectNamed(p.Dialect)
	switch {
	case p.OriginHost == "":
		return out, errors.New("configuration: diameter_peers: a peer has no origin_host")
	case !known:
		return out, fmt.Errorf("configuration: diameter_peers: the dialect of %s is %q, not open5gs or 3gpp", p.OriginHost, p.Dialect)
	case p.Address == "" && p.OriginHost == diameter.Any:
		return out, errors.New("configuration: diameter_peers: the peer * has no address")
	case p.RejectDelay != nil && (*p.RejectDelay < 0 || *p.RejectDelay > maxRejectDelay):
		return out, fmt.Errorf("configuration: diameter_peers: the reject_delay of %s is not between 0s and %s", p.OriginHost, maxRejectDelay)
	}
	if p.RejectDelay != nil {
		dialect.RefusalDelay = *p.RejectDelay
	}
	out.Dialect = dialect
	if p.Address != "" {
		networks, err := prefixes("diameter_peers", []string{p.Address})
		if err != nil {
			return out, err
		}
		out.Source = networks[0]
	}
	return out, nil
}

func (c Config) peers() ([]diameter.Peer, error) {
	out := make([]diameter.Peer, 0, len(c.DiameterPeers))
	for _, one := range c.DiameterPeers {
		p, err := one.peer()
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

// peersFrom reads "smf.localdomain=10.20.0.4=open5gs,pgw.example=10.30.0.0/24=3gpp".
func peersFrom(text string) []any {
	var out []any
	for _, one := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' }) {
		host, rest, _ := strings.Cut(one, "=")
		address, dialect, _ := strings.Cut(rest, "=")
		out = append(out, map[string]any{"origin_host": host, "address": address, "dialect": dialect})
	}
	return out
}

// knownPeerKeys refuses a slip of the pen within diameter_peers, which is what the file has there.
func knownPeerKeys(list any) error {
	peers, _ := list.([]any)
	for _, peer := range peers {
		if err := knownFields("diameter_peers", peer, reflect.TypeFor[DiameterPeer]()); err != nil {
			return err
		}
	}
	return nil
}

// charge makes the server for Gy and Gx, which asks the flow and is told by it; none without an address to listen on.
func (a *App) charge() error {
	c := a.Config
	if c.DiameterAddr == "" {
		return nil
	}
	peers, err := c.peers()
	if err != nil {
		return err
	}
	decider := diameter.Decider{Flow: a.Flow, Log: a.Log}
	a.Diameter = &diameter.Server{
		Addrs: []string{c.DiameterAddr}, OriginHost: c.DiameterOriginHost, OriginRealm: c.DiameterOriginRealm, Peers: peers,
		Charging: decider, Policy: decider, Metrics: a.Metrics, Clock: a.Clock, Log: a.Log,
	}
	a.Flow.Networks[usage.Gy] = diameter.CreditNetwork{Server: a.Diameter}
	a.Flow.Networks[usage.Gx] = diameter.PolicyNetwork{Server: a.Diameter}
	return nil
}

// DiameterAddr is where Gy and Gx are served; invalid when they are not.
func (a *App) DiameterAddr() (at netip.AddrPort) {
	if a.Diameter != nil {
		at = a.Diameter.Bound()[0]
	}
	return at
}
