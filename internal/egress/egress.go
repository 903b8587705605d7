// Package egress is the one way out to addresses that customers name: webhooks and callbacks. It refuses URLs that no
// customer has a reason to give, and checks the address of every connection at the moment it is made, so that neither a
// name that changes its answer nor a redirect reaches a network that is not public. It uses no proxy.
package egress

import (
	"crypto/x509"
	"net"
	"net/netip"
)

// Policy says where customers may have us connect to. The zero value is the strict one: https to public host names.
type Policy struct {
	Allow       []netip.Prefix // networks the operator opens although they are not public, such as 10.20.0.0/16
	AllowHTTP   bool           // http beside https
	AllowBareIP bool           // an address in place of a host name

	Resolver *net.Resolver  // who resolves host names; nil is the machine's own
	Roots    *x509.CertPool // whose certificates are trusted; nil is the machine's own
}

// Refused says that the policy does not let us connect. Its text may be shown to the customer.
type Refused struct {
	Reason string     // for the customer; never tells what a name resolved to
	Addr   netip.Addr // the address that was refused, for the operator's log; invalid when the form was wrong
	Block  string     // the network that address is part of
}

// Error implements error.
func (r *Refused) Error() string { return r.Reason }

func refuse(reason string) error { return &Refused{Reason: reason} }
