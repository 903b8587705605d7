package rest

import (
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/simstead/simstead/internal/value"
)

// origin is where a request came from and how its sender names this server. X-Forwarded-* headers are believed only
// from a trusted proxy: anybody else could write them.
type origin struct {
	scheme, host string
	client       netip.Addr
}

func (a *API) originOf(r *http.Request) origin {
	o := origin{scheme: "http", host: r.Host}
	if r.TLS != nil {
		o.scheme = "https"
	}
	if peer, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		o.client = peer.Addr().Unmap().WithZone("")
	}
	if !a.trusts(o.client) {
		return o
	}
	if proto := last(r.Header.Get("X-Forwarded-Proto")); proto == "http" || proto == "https" {
		o.scheme = proto
	}
	if host := last(r.Header.Get("X-Forwarded-Host")); isHost(host) {
		o.host = host
	}
	o.client = a.clientOf(strings.Join(r.Header.Values("X-Forwarded-For"), ","), o.client)
	return o
}

// clientOf walks X-Forwarded-For from its end, where the nearest proxy wrote, to the first address that is not a
// trusted proxy's.
func (a *API) clientOf(forwarded string, peer netip.Addr) netip.Addr {
	hops := strings.Split(forwarded, ",")
	for _, hop := range slices.Backward(hops) {
		addr, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			return peer
		}
		if peer = addr.Unmap().WithZone(""); !a.trusts(peer) {
			return peer
		}
	}
	return peer
}

func (a *API) trusts(addr netip.Addr) bool {
	return slices.ContainsFunc(a.TrustedProxies, func(p netip.Prefix) bool { return p.Contains(addr) })
}

func (o origin) url(path string) string { return o.scheme + "://" + o.host + path }

func (x *exchange) writeLocation(id value.ID, key string, here bool) {
	path := strings.TrimSuffix(x.r.URL.EscapedPath(), "/")
	switch {
	case key != "":
		path += "/" + url.PathEscape(key)
	case id != 0:
		path += "/" + strconv.FormatInt(int64(id), 10)
	case !here:
		return
	}
	if !x.op.Near {
		path = x.origin.url(path)
	}
	x.w.Header().Set("Location", path)
}

// isHost reports whether a text has only the characters of a host and port; it goes into headers and links.
func isHost(text string) bool {
	return text != "" && strings.Trim(strings.ToLower(text), "abcdefghijklmnopqrstuvwxyz0123456789.-_:[]") == ""
}

// last is the end of a comma-separated list: what the nearest proxy wrote.
func last(list string) string {
	return strings.TrimSpace(list[strings.LastIndexByte(list, ',')+1:])
}
