package egress

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"
)

const (
	connectTimeout = 10 * time.Second // resolving and connecting
	tlsTimeout     = 10 * time.Second
	idleTimeout    = 90 * time.Second
	idlePerHost    = 4
	maxHeader      = 64 << 10 // bytes of an answer's header
)

// Dialer returns a dialer that connects only to where the policy allows.
func (p Policy) Dialer() *net.Dialer {
	return &net.Dialer{Timeout: connectTimeout, Resolver: p.Resolver, ControlContext: p.checkConnect}
}

// Transport returns the part of Client that makes one exchange: callers bound its time with the request's context. It
// keeps connections: close them with CloseIdleConnections.
func (p Policy) Transport() *http.Transport {
	// HTTP/1.1 only: one request at a time per caller gains nothing from HTTP/2, whose connections hang unseen when
	// the far side goes away.
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	return &http.Transport{
		Proxy:                  nil, // a proxy would connect in our place, unchecked
		DialContext:            p.Dialer().DialContext,
		Protocols:              &protocols,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: p.Roots},
		TLSHandshakeTimeout:    tlsTimeout,
		MaxIdleConnsPerHost:    idlePerHost,
		IdleConnTimeout:        idleTimeout,
		DisableCompression:     true, // what comes back is not trusted to be small when unpacked
		MaxResponseHeaderBytes: maxHeader,
	}
}

// Client returns an HTTP client that connects only to where the policy allows. The timeout spans a whole exchange, from
// resolving the name to the end of the answer's body. A redirect is not followed: it is the answer.
func (p Policy) Client(timeout time.Duration) *http.Client {
	return &http.Client{
		Timeout:       timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport:     p.Transport(),
	}
}

// checkConnect runs between socket and connect, on the address that is about to be used.
func (p Policy) checkConnect(_ context.Context, network, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil || (network != "tcp4" && network != "tcp6") {
		return refuse("only TCP connections to an address are made")
	}
	if name := p.refusedBlock(to.Addr()); name != "" {
		// Which block it was would tell the customer what our resolver knows of the operator's own networks.
		return &Refused{Reason: "the host leads to an address that is not public", Addr: to.Addr(), Block: name}
	}
	return nil
}
