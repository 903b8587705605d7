// Package app joins the parts: configuration in, a running platform out. It is the only place that knows them all.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/api"
	"github.com/simstead/simstead/internal/charging"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/mail"
	"github.com/simstead/simstead/internal/network"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/smscall"
	"github.com/simstead/simstead/internal/stream"
	"github.com/simstead/simstead/internal/usage"
	"github.com/simstead/simstead/internal/wire/diameter"
	"github.com/simstead/simstead/internal/wire/radius"
)

// Version of the program, set when it is built.
var Version = "dev"

// App is one node.
type App struct {
	Config   Config
	Log      *slog.Logger
	Clock    clock.Clock
	DB       *db.DB
	Flow     *usage.Flow
	Streams  *stream.Engine
	RADIUS   *radius.Server
	Diameter *diameter.Server // nil when nothing is served there
	Control  *radius.Control
	Metrics  *prometheus.Registry
	Guard    *account.Guard
	Office   *mail.Office
	Calls    *smscall.Caller

	http     *http.Server
	listener net.Listener
	latency  *latencies
	requests *account.Requests
	ready    atomic.Bool
}

// Open opens the database of a configuration, up to date and with its reference data.
func Open(ctx context.Context, c Config, clk clock.Clock, log *slog.Logger) (*db.DB, error) {
	d, err := db.Open(ctx, db.Config{URL: c.DatabaseURL, DataDir: c.DataDir, MaxConns: c.DatabaseConns, Clock: clk, Log: log})
	if err != nil {
		return nil, err
	}
	err = d.Migrate(ctx)
	if err == nil {
		var data network.Data
		if data, err = network.Reference(); err == nil {
			err = network.Load(ctx, d, data)
		}
	}
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// New opens the database and makes every part; nothing listens yet.
func New(ctx context.Context, c Config, clk clock.Clock, log *slog.Logger) (*App, error) {
	a := &App{Config: c, Log: log, Clock: clk, Metrics: prometheus.NewRegistry()}
	var err error
	if a.DB, err = Open(ctx, c, clk, log); err != nil {
		return nil, err
	}
	if err = a.join(ctx); err != nil {
		return nil, errors.Join(err, a.DB.Close())
	}
	return a, nil
}

func (a *App) join(ctx context.Context) (err error) {
	c := a.Config
	if a.Flow, err = usage.New(ctx, a.DB, a.Clock, a.Log, c.flow()); err != nil {
		return fmt.Errorf("usage: %w", err)
	}

	a.latency = newLatencies()
	destinations, err := destinations(c, a.Clock, func(records int) { a.latency.late.Add(int64(records)) })
	if err != nil {
		return err
	}
	delivery := stream.DefaultSettings()
	delivery.RetryFor, delivery.Memory = c.StreamRetry, c.StreamMemory
	keys, err := Keys(c)
	if err != nil {
		return err
	}
	a.Streams = &stream.Engine{
		Store: stream.Store{Keys: keys},
		DB:    a.DB, Clock: a.Clock, Log: a.Log, Settings: delivery, Catalogue: a.Flow.Catalogue, Observe: a.latency.observe,
		Destinations: destinations,
	}

	if a.Guard, err = account.NewGuard(ctx, a.DB, a.Clock); err != nil {
		return fmt.Errorf("accounts: %w", err)
	}
	if a.Office, err = c.office(a.Clock, a.Log); err != nil {
		return err
	}
	a.Guard.Keys, a.Guard.Office = keys, a.Office
	a.requests = &account.Requests{DB: a.DB}
	if err := a.requests.Load(ctx, a.month()); err != nil {
		return err
	}
	policy, err := c.egress()
	if err != nil {
		return err
	}
	a.Calls = &smscall.Caller{DB: a.DB, Clock: a.Clock, Log: a.Log, Keys: keys, Policy: policy}
	gateways, err := c.gateways()
	if err != nil {
		return err
	}
	key, err := storedKey(ctx, a.DB, "radius_class_key")
	if err != nil {
		return err
	}
	a.RADIUS = &radius.Server{
		AuthAddr: c.RADIUSAuthAddr, AcctAddr: c.RADIUSAcctAddr, NAS: gateways, ClassKey: key, Metrics: a.Metrics,
		Flow: a.Flow, Clock: a.Clock, Log: a.Log,
	}
	a.Control = &radius.Control{Addr: controlAddr(c.RADIUSAcctAddr), NAS: gateways, Metrics: a.Metrics, Clock: a.Clock, Log: a.Log}
	a.Flow.Networks = map[usage.Protocol]usage.Network{usage.RADIUS: a.Control}
	if err = a.charge(); err != nil {
		return err
	}
	proxies, err := prefixes("trusted_proxies", c.TrustedProxies)
	if err != nil {
		return err
	}
	a.registerMetrics()
	a.http = a.server(a.routes(proxies))
	return nil
}

// flow is what the configuration says of counting and granting.
func (c Config) flow() usage.Settings {
	s := usage.DefaultSettings()
	s.Record = charging.Rules{Interval: c.RecordInterval.Microseconds(), MinBytes: c.RecordMinBytes}
	s.Interim, s.Idle, s.Reject = int64(c.Interim.Seconds()), c.SessionIdle, c.RejectInterval
	s.ShortInterim, s.Spread = int64(c.ShortInterim.Seconds()), c.CalendarSpread
	s.Grants = charging.GrantRules{Slice: c.CreditSlice, Least: min(s.Grants.Least, c.CreditSlice)}
	s.Validity, s.BlindValidity = int64(c.CreditValidity.Seconds()), int64(c.CreditBlindValidity.Seconds())
	return s
}

func (a *App) routes(proxies []netip.Prefix) http.Handler {
	r := rest.New(rest.Config{
		Title: "Simstead", Version: Version, Authenticator: api.Authenticator{Guard: a.Guard}, Log: a.Log, Clock: a.Clock,
		TrustedProxies: proxies, Metrics: a.Metrics, Limits: a.Config.Limits.limits(a.requests),
	})
	(&api.API{
		DB: a.DB, Clock: a.Clock, Log: a.Log, Guard: a.Guard, Sessions: a.Flow, Control: a.Flow, Rejects: a.Flow, Usage: a.Flow, Streams: a.Streams,
		Office: a.Office, UserCredentials: a.Config.UserCredentials, Months: a.Flow,
	}).Register(r)
	mux := http.NewServeMux()
	a.health(mux)
	mux.Handle("/", r.Handler())
	return mux
}

func (a *App) server(handler http.Handler) *http.Server {
	return &http.Server{
		Handler: handler, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, WriteTimeout: 2 * time.Minute,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10, ErrorLog: slog.NewLogLogger(a.Log.Handler(), slog.LevelDebug),
	}
}

// Listen binds every socket.
func (a *App) Listen() (err error) {
	if a.listener, err = net.Listen("tcp", a.Config.HTTPAddr); err != nil {
		return fmt.Errorf("listen for HTTP: %w", err)
	}
	if err = a.RADIUS.Listen(); err == nil {
		err = a.Control.Listen()
	}
	if err == nil && a.Diameter != nil {
		err = a.Diameter.Listen(context.Background())
	}
	if err != nil {
		return errors.Join(err, a.listener.Close())
	}
	return nil
}

// controlAddr is where gateways are told from: the address that they send their accounting to, which they know.
func controlAddr(accounting string) string {
	host, _, err := net.SplitHostPort(accounting)
	if err != nil {
		return accounting // Listen says what is wrong with it
	}
	return net.JoinHostPort(host, "0")
}

// URL is where the API is served.
func (a *App) URL() string { return "http://" + a.listener.Addr().String() }

// Ready makes /readyz say so. Everything must be bound by then.
func (a *App) Ready() { a.ready.Store(true) }

// Run serves until ctx ends and then stops in order: no new work in, what was taken is stored, what is stored stays.
func (a *App) Run(ctx context.Context) error {
	flowCtx, stopFlow := context.WithCancel(context.WithoutCancel(ctx))
	defer stopFlow()
	streamCtx, stopStreams := context.WithCancel(context.WithoutCancel(ctx))
	defer stopStreams()
	if err := a.Streams.Start(streamCtx); err != nil {
		return err
	}
	var flow, edges sync.WaitGroup
	failed := make(chan error, 4)
	flow.Go(func() { a.Flow.Run(flowCtx) })
	flow.Go(func() { a.forgetLoop(flowCtx) })
	flow.Go(func() { a.tellLoop(flowCtx) })
	flow.Go(func() { a.Office.Run(flowCtx) })
	flow.Go(func() { a.closeLoop(flowCtx) })
	flow.Go(func() { a.requestLoop(flowCtx) })
	flow.Go(func() { a.Calls.Run(flowCtx) })
	edgeCtx, stopEdges := context.WithCancel(ctx)
	defer stopEdges()
	edges.Go(func() { failed <- a.RADIUS.Serve(edgeCtx) })
	if a.Diameter != nil {
		edges.Go(func() { failed <- a.Diameter.Serve(edgeCtx) })
	}
	flow.Go(func() { failed <- a.Control.Run(flowCtx) })
	edges.Go(func() {
		if err := a.http.Serve(a.listener); !errors.Is(err, http.ErrServerClosed) {
			failed <- fmt.Errorf("serve HTTP: %w", err)
		}
	})
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	a.ready.Store(false)
	stopEdges()
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
	defer cancel()
	if a.http.Shutdown(grace) != nil {
		err = errors.Join(err, a.http.Close())
	}
	edges.Wait()
	stopFlow()
	flow.Wait()
	stopStreams()
	a.Streams.Done()
	return errors.Join(err, a.DB.Close())
}
