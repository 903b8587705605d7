package egress

import "net/netip"

type block struct {
	prefix netip.Prefix
	name   string
}

// blocks are the IANA special-purpose address registries (RFC 6890 and updates), multicast, and the addresses at
// which clouds serve their machines' credentials. 6to4 and Teredo are refused whole: no receiver lives there, and an
// IPv4 address can hide inside.
var blocks = []block{
	v("0.0.0.0/8", "this network"),
	v("10.0.0.0/8", "private network"),
	v("100.64.0.0/10", "carrier-grade NAT"),
	v("127.0.0.0/8", "loopback"),
	v("168.63.129.16/32", "cloud metadata"),
	v("169.254.169.254/32", "cloud metadata"),
	v("169.254.0.0/16", "link-local"),
	v("172.16.0.0/12", "private network"),
	v("192.0.0.0/24", "protocol assignments"),
	v("192.0.2.0/24", "documentation"),
	v("192.31.196.0/24", "AS112"),
	v("192.52.193.0/24", "multicast tunnelling"),
	v("192.88.99.0/24", "6to4 relay"),
	v("192.168.0.0/16", "private network"),
	v("192.175.48.0/24", "AS112"),
	v("198.18.0.0/15", "benchmarking"),
	v("198.51.100.0/24", "documentation"),
	v("203.0.113.0/24", "documentation"),
	v("224.0.0.0/4", "multicast"),
	v("240.0.0.0/4", "reserved"),
	v("::/128", "unspecified"),
	v("::1/128", "loopback"),
	v("64:ff9b:1::/48", "local NAT64"),
	v("100::/64", "discard"),
	v("2001::/32", "Teredo"),
	v("2001::/23", "protocol assignments"),
	v("2001:db8::/32", "documentation"),
	v("2002::/16", "6to4"),
	v("2620:4f:8000::/48", "AS112"),
	v("3fff::/20", "documentation"),
	v("5f00::/16", "segment routing"),
	v("fd00:ec2::254/128", "cloud metadata"),
	v("fc00::/7", "private network"),
	v("fe80::/10", "link-local"),
	v("fec0::/10", "site-local"),
	v("ff00::/8", "multicast"),
}

var (
	// RFC 6052 2.1: the public form of an IPv4 address in an IPv6-only network. Public receivers are reached through
	// it there, so what counts is the address inside.
	nat64 = netip.MustParsePrefix("64:ff9b::/96")
	// RFC 4291 2.4: every other IPv6 unicast block is unassigned or special.
	global = netip.MustParsePrefix("2000::/3")
)

func v(prefix, name string) block { return block{netip.MustParsePrefix(prefix), name} }

// CheckAddr refuses an address that is not public, unless the operator opened its network. The error is a *Refused.
func (p Policy) CheckAddr(addr netip.Addr) error {
	name := p.refusedBlock(addr)
	if name == "" {
		return nil
	}
	return &Refused{Reason: "the address is not public (" + name + ")", Addr: addr, Block: name}
}

// refusedBlock names the network that makes the address a refused one; "" when it may be connected to.
func (p Policy) refusedBlock(addr netip.Addr) string {
	addr = addr.Unmap().WithZone("")
	for _, prefix := range p.Allow {
		if prefix.Contains(addr) {
			return ""
		}
	}
	if nat64.Contains(addr) {
		bytes := addr.As16()
		return p.refusedBlock(netip.AddrFrom4([4]byte(bytes[12:])))
	}
	for _, b := range blocks {
		if b.prefix.Contains(addr) {
			return b.name
		}
	}
	if !addr.Is4() && !global.Contains(addr) {
		return "unassigned"
	}
	return ""
}
