package eventhubs

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"net"
	"time"

	"github.com/simstead/simstead/internal/egress"
	"github.com/simstead/simstead/internal/stream"
	"github.com/simstead/simstead/internal/stream/credential"
	"github.com/simstead/simstead/internal/stream/format"
)

// port is where Event Hubs speaks Kafka, over TLS.
const port = "9093"

// Destination is the contract's connection type EventHubs.
type Destination struct {
	Policy  egress.Policy
	Address string // host:port that every connection goes to in place of the namespace; "" for the namespace
	Plain   bool   // without TLS
}

var _ stream.Destination = Destination{}

// Format implements stream.Destination.
func (d Destination) Format() string { return "Json" }

// Encoding implements stream.Destination.
func (d Destination) Encoding(generation int64) format.Encoding { return format.JSON(generation) }

// Pace implements stream.Destination.
func (d Destination) Pace(json.RawMessage) stream.Pace { return stream.Pace{Most: 1000} }

// Open implements stream.Destination. The policy is asked again: it may be stricter now than it was when the stream was
// made.
func (d Destination) Open(s *stream.Stream) (stream.Sink, error) {
	text := credential.Stored[Credentials](s.Credentials).ConnectionString
	c, problem := parse(text, d.Policy)
	if problem != "" {
		return nil, stream.Permanent("the connection string "+problem, nil)
	}
	return &sink{dial: d.dial, seed: net.JoinHostPort(c.host, port), hub: c.hub, login: text}, nil
}

const tlsTimeout = 10 * time.Second

// dial connects to a broker, which may be another host than the namespace: brokers say where the others are.
func (d Destination) dial(ctx context.Context, network, broker string) (net.Conn, error) {
	to := broker
	if d.Address != "" {
		to = d.Address
	}
	conn, err := d.Policy.Dialer().DialContext(ctx, network, to)
	if err != nil || d.Plain {
		return conn, err
	}
	host, _, err := net.SplitHostPort(to)
	if err != nil {
		return nil, err
	}
	limited, cancel := context.WithTimeout(ctx, tlsTimeout)
	defer cancel()
	secure := tls.Client(conn, &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12, RootCAs: d.Policy.Roots})
	if err := secure.HandshakeContext(limited); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return secure, nil
}
