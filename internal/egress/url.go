package egress

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

const (
	maxURL   = 2048 // characters; what common servers and proxies take
	maxName  = 253  // RFC 1035 2.3.4, without the final dot
	maxLabel = 63
)

// CheckURL reads a URL that a customer gave and refuses one that we would not connect to. It looks at the form alone:
// nothing is resolved or contacted. The error is a *Refused and never repeats the URL, which may hold a secret.
func (p Policy) CheckURL(raw string) (*url.URL, error) {
	if raw == "" {
		return nil, refuse("the URL is empty")
	}
	if len(raw) > maxURL {
		return nil, refuse("the URL is longer than 2048 characters")
	}
	u, err := url.Parse(raw)
	if err != nil {
		return nil, refuse("the URL cannot be read")
	}
	if err := p.checkScheme(u.Scheme); err != nil {
		return nil, err
	}
	switch {
	case u.User != nil:
		return nil, refuse("the URL must not hold a user name or password; use a header")
	case strings.Contains(raw, "#"):
		return nil, refuse("the URL must not hold a fragment (#)")
	case u.Hostname() == "":
		return nil, refuse("the URL has no host")
	}
	if err := checkPort(u); err != nil {
		return nil, err
	}
	if err := p.checkHost(u.Hostname(), strings.HasPrefix(u.Host, "[")); err != nil {
		return nil, err
	}
	return u, nil
}

func (p Policy) checkScheme(scheme string) error {
	switch {
	case scheme == "https", scheme == "http" && p.AllowHTTP:
		return nil
	case p.AllowHTTP:
		return refuse("the URL must begin with https:// or http://")
	}
	return refuse("the URL must begin with https://")
}

func checkPort(u *url.URL) error {
	port := u.Port()
	if port == "" {
		if strings.HasSuffix(u.Host, ":") {
			return refuse("the URL has a colon but no port")
		}
		return nil
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		return refuse("the port must be between 1 and 65535")
	}
	return nil
}

func (p Policy) checkHost(host string, bracketed bool) error {
	name := strings.TrimSuffix(host, ".")
	addr, err := netip.ParseAddr(name)
	switch {
	case err == nil && bracketed != addr.Is6():
		return refuse("the host is not a valid host name")
	case err == nil:
		return p.checkLiteral(addr)
	case bracketed:
		return refuse("the address in brackets is not an IPv6 address")
	case looksNumeric(name):
		return p.refuseNotation()
	case !validName(name):
		return refuse("the host is not a valid host name; write an international name in its xn-- form")
	case isLocalhost(name):
		return p.CheckAddr(netip.AddrFrom4([4]byte{127, 0, 0, 1}))
	}
	return nil
}

func (p Policy) checkLiteral(addr netip.Addr) error {
	switch {
	case !p.AllowBareIP:
		return refuse("the host must be a name, not an IP address")
	case addr.Zone() != "" || addr.Is4In6():
		return p.refuseNotation()
	}
	return p.CheckAddr(addr)
}

func (p Policy) refuseNotation() error {
	if p.AllowBareIP {
		return refuse("the IP address is not in its usual notation")
	}
	return refuse("the host must be a name, not an IP address")
}

// looksNumeric reports whether some resolver would read the host as an IPv4 address: 127.1, 2130706433, 0177.0.0.1 or
// 0x7f.1. As in the WHATWG URL standard the last label decides: no top-level domain is a number.
func looksNumeric(name string) bool {
	last := strings.ToLower(name[strings.LastIndexByte(name, '.')+1:])
	if hex, ok := strings.CutPrefix(last, "0x"); ok {
		return strings.Trim(hex, "0123456789abcdef") == ""
	}
	return last != "" && strings.Trim(last, "0123456789") == ""
}

// validName checks the letters and lengths of a host name (RFC 1123 2.1). The underscore is let through, since names
// with it are in use.
func validName(name string) bool {
	if len(name) > maxName {
		return false
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > maxLabel || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for i := range len(label) {
			c := label[i] | 0x20
			if (c < 'a' || c > 'z') && (label[i] < '0' || label[i] > '9') && label[i] != '-' && label[i] != '_' {
				return false
			}
		}
	}
	return true
}

// isLocalhost reports whether the name is loopback by definition (RFC 6761 6.3), whatever a resolver says.
func isLocalhost(name string) bool {
	name = strings.ToLower(name)
	return name == "localhost" || strings.HasSuffix(name, ".localhost")
}
