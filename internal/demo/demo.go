// Package demo runs the platform with a life of its own: an operator, a reseller and two enterprises with their fleets,
// a packet core that speaks real RADIUS, Gy and Gx over loopback, and a receiver of the data streams.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"

	"github.com/simstead/simstead/internal/app"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/simulate"
)

// Secret is what the demo's gateways share with the server; it is no secret.
const Secret = "testing123"

// Options of a demo.
type Options struct {
	Simulate          bool   // false: a silent core, for a person to play the gateway
	TokenFile         string // where to write the first enterprise's application token
	OperatorTokenFile string // and the operator's
	Out               io.Writer
	Terminal          bool // Out is a terminal
}

// Defaults are the demo's own values of what nobody set: gateways on loopback, and destinations that a laptop has.
func Defaults() app.Config {
	c := app.Defaults()
	c.DataDir = "simstead-demo"
	c.LogLevel = "error"
	c.RADIUSClients = []app.RADIUSClient{{
		Address: "127.0.0.0/8", Secret: Secret, Name: "demo", QoS: app.NamedQoS("wispr"), Dynamic: []string{"disconnect", "rate", "interim"},
	}}
	c.DiameterPeers = []app.DiameterPeer{{OriginHost: "*", Address: "127.0.0.0/8", Dialect: "open5gs"}}
	c.StreamAllow = []string{"127.0.0.0/8", "::1/128"}
	c.StreamAllowHTTP, c.StreamAllowBareIP = true, true
	return c
}

// Run runs the demo until ctx ends.
func Run(ctx context.Context, c app.Config, o Options, log *slog.Logger) error {
	clk := clock.System()
	fmt.Fprintf(o.Out, "Simstead demo: preparing %s\n", where(c))
	a, err := app.New(ctx, c, clk, log)
	if err != nil {
		return err
	}
	s, t, r, err := prepare(ctx, a, c, clk)
	if err != nil {
		return errors.Join(err, a.DB.Close())
	}
	defer r.close()
	if err := a.Listen(); err != nil {
		return errors.Join(err, a.DB.Close())
	}
	if err := o.writeTokens(t); err != nil {
		return errors.Join(err, a.DB.Close())
	}
	o.welcome(a, c, t, r)

	var group sync.WaitGroup
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	result := make(chan error, 1)
	group.Go(r.serve)
	group.Go(func() { result <- a.Run(running) })
	a.Ready()

	core, err := newCore(a, s, clk, log)
	if err != nil {
		return err
	}
	var fleet sync.WaitGroup
	if o.Simulate {
		fleet.Go(func() { messages{a}.run(ctx) })
		fleet.Go(func() {
			if err := core.Run(ctx); err != nil {
				log.Error("the simulated packet core stopped", "error", err)
			}
		})
	}
	view := &view{app: a, core: core, receiver: r, out: o.Out, terminal: o.Terminal}
	fleet.Go(func() { view.run(ctx) })
	select {
	case <-ctx.Done():
		fleet.Wait() // the fleet says goodbye while the platform still listens
		stop()
		err = <-result
	case err = <-result:
	}
	r.close()
	group.Wait()
	fmt.Fprintln(o.Out, "\nStopped. The same data is there at the next start.")
	return err
}

func prepare(ctx context.Context, a *app.App, c app.Config, clk clock.Clock) (*seeded, tokens, *receiver, error) {
	s, err := seed(ctx, a.DB, clk)
	if err != nil {
		return nil, tokens{}, nil, err
	}
	t, err := loadTokens(ctx, a.DB, clk, a.Guard, c.DataDir, s)
	if err != nil {
		return nil, t, nil, err
	}
	r, err := newReceiver()
	if err != nil {
		return nil, t, nil, err
	}
	// The catalogue was read before the tariffs were made.
	return s, t, r, errors.Join(pointStreams(ctx, a.DB, a.Streams.Store, clk.Micros(), s, r.url()), a.Flow.Refresh(ctx))
}

func where(c app.Config) string {
	if c.DatabaseURL != "" {
		return "PostgreSQL"
	}
	return "SQLite in " + c.DataDir
}

func (o Options) writeTokens(t tokens) error {
	for path, text := range map[string]string{o.TokenFile: t.Customer, o.OperatorTokenFile: t.Operator} {
		if path != "" {
			if err := WriteFile(path, []byte(text+"\n")); err != nil {
				return fmt.Errorf("token file: %w", err)
			}
		}
	}
	return nil
}

func (o Options) welcome(a *app.App, c app.Config, t tokens, r *receiver) {
	auth, acct := a.RADIUS.Addrs()
	fmt.Fprintf(o.Out, `
  API reference      %s/api/doc
  Application token  %s
                     (administrator of Harbour Sensors; POST it to /api/v1/authenticate)
  What streams bring %s
  RADIUS             authentication %s, accounting %s, secret %s
%s  Data               %s

`, a.URL(), t.Customer, r.url(), auth, acct, Secret, diameterLine(a, c), where(c))
}

// diameterLine says where Gy and Gx are served, if they are.
func diameterLine(a *app.App, c app.Config) string {
	at := a.DiameterAddr()
	if !at.IsValid() {
		return ""
	}
	return fmt.Sprintf("  Diameter           Gy and Gx %s, host %s, realm %s\n", at, c.DiameterOriginHost, c.DiameterOriginRealm)
}

// newCore gives the simulator the demo's devices, but for those that are left alone.
func newCore(a *app.App, s *seeded, clk clock.Clock, log *slog.Logger) (*simulate.Core, error) {
	auth, acct := a.RADIUS.Addrs()
	core := &simulate.Core{AuthAddr: auth.String(), AcctAddr: acct.String(), Secret: Secret, Clock: clk, Log: log, Seed: 1}
	if at := a.DiameterAddr(); at.IsValid() {
		core.Diameter = at.String()
	}
	if len(s.Enterprises) != len(fleets) {
		return nil, errors.New("the demo's data is incomplete: delete its data directory")
	}
	for number, f := range fleets {
		for i := range f.size {
			if number == 0 && i < LeftAlone {
				continue
			}
			d := simulate.Device{
				IMSI: f.imsi(i), IMEISV: f.imeisv(i), MSISDN: f.msisdn(i), APN: APN, Home: home, Roams: []string{europe[i%len(europe)]},
				RATs: []int{6, 6, 8, 1}, Lively: number == 0 && i < LeftAlone+60,
			}
			if i%7 == 0 {
				d.Roams = append(d.Roams, world[i%len(world)])
			}
			d.Credit = !d.Lively && i%5 < 2 // a third of all
			core.Devices = append(core.Devices, d)
		}
	}
	return core, nil
}
