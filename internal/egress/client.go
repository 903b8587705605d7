package egress

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
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

// Connect makes a connection to where a URL leads, with TLS unless its scheme is http.
func (p Policy) Connect(ctx context.Context, to *url.URL) (net.Conn, error) {
	port := to.Port()
	if port == "" {
		port = map[bool]string{true: "80", false: "443"}[to.Scheme == "http"]
	}
	conn, err := p.Dialer().DialContext(ctx, "tcp", net.JoinHostPort(to.Hostname(), port))
	if err != nil || to.Scheme == "http" {
		return conn, err
	}
	ctx, cancel := context.WithTimeout(ctx, tlsTimeout)
	defer cancel()
	secure := tls.Client(conn, p.tlsConfig(to.Hostname()))
	if err := secure.HandshakeContext(ctx); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return secure, nil
}

func (p Policy) tlsConfig(name string) *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: p.Roots, ServerName: strings.TrimSuffix(name, ".")}
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
		TLSClientConfig:        p.tlsConfig(""),
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
