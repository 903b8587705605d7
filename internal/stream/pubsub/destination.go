package pubsub

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net"
	"sync"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/simstead/simstead/internal/egress"
	"github.com/simstead/simstead/internal/stream"
	"github.com/simstead/simstead/internal/stream/credential"
	"github.com/simstead/simstead/internal/stream/format"
)

// Address is where Google takes messages.
const Address = "pubsub.googleapis.com:443"

const (
	connectTimeout = 10 * time.Second
	maxPause       = 5 * time.Second // between connections; the engine's own pauses are longer
)

// Destination is the contract's connection type PubSub. Its streams share one connection, made when it is first needed
// and kept as long as the program runs.
type Destination struct {
	Policy  egress.Policy
	Account *Account // nil: the operator has none
	Address string   // host:port in place of Google's; "" for that
	Plain   bool     // without TLS and login, as emulators are

	once sync.Once
	conn *grpc.ClientConn
	err  error
}

var _ stream.Destination = (*Destination)(nil)

// Format implements stream.Destination.
func (d *Destination) Format() string { return "Json" }

// Encoding implements stream.Destination.
func (d *Destination) Encoding(generation int64) format.Encoding { return format.JSON(generation) }

// Pace implements stream.Destination.
func (d *Destination) Pace(json.RawMessage) stream.Pace { return stream.Pace{Most: 1000} }

// Open implements stream.Destination.
func (d *Destination) Open(s *stream.Stream) (stream.Sink, error) {
	if d.Account == nil && !d.Plain {
		return nil, stream.Permanent("this installation has no Google account to publish with", nil)
	}
	d.once.Do(d.connect)
	if d.err != nil {
		return nil, stream.Permanent("this installation cannot connect to Pub/Sub", d.err)
	}
	c := credential.Stored[Credentials](s.Credentials)
	return &sink{
		client: pubsubpb.NewPublisherClient(d.conn), topic: fmt.Sprintf("projects/%s/topics/%s", c.Project, c.Topic),
		kind: map[int64]string{stream.EventStream: "event", stream.UsageStream: "usage"},
	}, nil
}

func (d *Destination) connect() {
	to := Address
	if d.Address != "" {
		to = d.Address
	}
	pauses := backoff.DefaultConfig
	pauses.MaxDelay = maxPause
	options := []grpc.DialOption{
		grpc.WithConnectParams(grpc.ConnectParams{Backoff: pauses, MinConnectTimeout: connectTimeout}),
		grpc.WithUserAgent("DataStreamer/2.0"), grpc.WithNoProxy(), grpc.WithDisableServiceConfig(),
		grpc.WithContextDialer(func(ctx context.Context, address string) (net.Conn, error) {
			return d.Policy.Dialer().DialContext(ctx, "tcp", address)
		}),
	}
	if d.Plain {
		options = append(options, grpc.WithTransportCredentials(insecure.NewCredentials()))
	} else {
		secure := credentials.NewTLS(&tls.Config{MinVersion: tls.VersionTLS12, RootCAs: d.Policy.Roots})
		options = append(options, grpc.WithTransportCredentials(secure), grpc.WithPerRPCCredentials(d.Account))
	}
	// passthrough: the dialer resolves the name, and holds every address against the policy.
	d.conn, d.err = grpc.NewClient("passthrough:///"+to, options...)
}
