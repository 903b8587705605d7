package pubsub_test

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"cloud.google.com/go/pubsub/v2/pstest"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/simstead/simstead/internal/egress"
	"github.com/simstead/simstead/internal/stream/pubsub"
	"github.com/simstead/simstead/internal/stream/streamtest"
)

const (
	project = "harbour-sensors"
	topic   = "sim-events"
)

// google is the fake of Google's own tests with what it does not mind: limits, rights and trouble.
type google struct {
	pubsubpb.UnimplementedPublisherServer
	fake     *pstest.Server
	addr     string
	how      atomic.Value // streamtest.Trouble
	mu       sync.Mutex
	open     []net.Conn
	requests []*pubsubpb.PublishRequest
}

func newGoogle(t *testing.T, options ...grpc.ServerOption) *google {
	t.Helper()
	g := &google{fake: pstest.NewServer()}
	t.Cleanup(func() { _ = g.fake.Close() })
	g.how.Store(streamtest.None)
	if _, err := g.fake.GServer.CreateTopic(t.Context(), &pubsubpb.Topic{Name: "projects/" + project + "/topics/" + topic}); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g.addr = listener.Addr().String()
	server := grpc.NewServer(append(options, grpc.MaxRecvMsgSize(32<<20))...)
	pubsubpb.RegisterPublisherServer(server, g)
	go func() { _ = server.Serve(listening{listener, g}) }()
	t.Cleanup(server.Stop)
	return g
}

// listening remembers the connections, so that they can be broken.
type listening struct {
	net.Listener
	g *google
}

func (l listening) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err == nil {
		l.g.mu.Lock()
		l.g.open = append(l.g.open, conn)
		l.g.mu.Unlock()
	}
	return conn, err
}

func (g *google) hangUp() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, conn := range g.open {
		_ = conn.Close()
	}
	g.open = nil
}

// Publish implements pubsubpb.PublisherServer.
func (g *google) Publish(ctx context.Context, r *pubsubpb.PublishRequest) (*pubsubpb.PublishResponse, error) {
	how := g.how.Load()
	switch how {
	case streamtest.Refused:
		return nil, status.Error(codes.Internal, "in detail")
	case streamtest.Throttle:
		s, err := status.New(codes.ResourceExhausted, "quota").WithDetails(&errdetails.RetryInfo{RetryDelay: durationpb.New(time.Minute)})
		if err != nil {
			return nil, err
		}
		return nil, s.Err()
	case streamtest.Slow:
		<-ctx.Done()
		return nil, ctx.Err()
	case streamtest.Reset:
		g.hangUp()
		return nil, status.Error(codes.Aborted, "nobody hears this")
	case streamtest.Partial:
		if r.Messages[0].OrderingKey == "1" {
			return nil, status.Error(codes.Aborted, "that key")
		}
	}
	if err := g.check(r); err != nil {
		return nil, err
	}
	g.mu.Lock()
	g.requests = append(g.requests, r)
	g.mu.Unlock()
	answer, err := g.fake.GServer.Publish(ctx, r)
	if how == streamtest.Lost {
		g.hangUp()
	}
	return answer, err
}

func (g *google) check(r *pubsubpb.PublishRequest) error {
	size := 0
	for _, m := range r.Messages {
		if size += len(m.Data); m.OrderingKey != r.Messages[0].OrderingKey {
			return status.Error(codes.InvalidArgument, "messages of two keys")
		}
	}
	switch {
	case len(r.Messages) == 0 || len(r.Messages) > 1000 || size > 10_000_000:
		return status.Error(codes.InvalidArgument, "too many or too large")
	case r.Topic == "projects/another-project/topics/"+topic:
		return status.Error(codes.PermissionDenied, "in detail")
	}
	return nil
}

func (g *google) received(*testing.T) (all []string) {
	for _, m := range g.fake.Messages() {
		all = append(all, string(m.Data))
	}
	return all
}

func (g *google) behave(_ *testing.T, how streamtest.Trouble) bool { g.how.Store(how); return true }

func destination(g *google) *pubsub.Destination {
	return &pubsub.Destination{
		Policy: egress.Policy{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}, Address: g.addr, Plain: true,
	}
}

func given(project, topic string) []byte {
	return fmt.Appendf(nil, `{"cps_topic":"%s","cps_project":"%s"}`, topic, project)
}
