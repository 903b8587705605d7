package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/simulate"
)

// generator holds the flags of simstead simulate.
type generator struct {
	protocol, first, mode string
	endpoints             int
	bytes                 int64
	load                  simulate.Load
	credit                simulate.CreditLoad
}

func simulateCommand() *cobra.Command {
	g := &generator{load: simulate.Load{Clock: clock.System()}, credit: simulate.CreditLoad{Clock: clock.System()}}
	c := &cobra.Command{
		Use: "simulate", Short: "Generate load: real RADIUS accounting or Diameter credit control of many devices", Args: cobra.NoArgs,
		Long: `Generate load: play a gateway of many devices whose IMSIs follow each other, over real RADIUS or Diameter, as fast as it
is answered or at a rate, then print a latency table. The defaults fit the demo, whose second fleet has the default IMSIs:
  simstead demo --simulate=false
  simstead simulate --endpoints 100 --rate 500 --for 10s
  simstead simulate --protocol gy --in-flight 16 --repeat 3
Over RADIUS each device has a session and reports its usage. Over Gy, in the way of Open5GS, a device has one session after
the other (--mode sessions), or direct debits without a session (--mode events).`,
		RunE: func(cmd *cobra.Command, _ []string) error { return g.run(cmd) },
	}
	g.flags(c)
	return c
}

func (g *generator) flags(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&g.protocol, "protocol", "radius", "radius or gy")
	f.IntVar(&g.endpoints, "endpoints", 100, "number of devices")
	f.StringVar(&g.first, "first-imsi", "262019000001001", "IMSI of the first device; the others follow it")
	f.Float64Var(&g.load.Rate, "rate", 0, "requests per second, measured from when each should be sent; 0 = as fast as they are answered")
	f.DurationVar(&g.load.For, "for", 10*time.Second, "how long to measure")
	f.IntVar(&g.load.InFlight, "in-flight", 0, "most requests under way (default 256; over radius with a rate, what the sockets carry)")
	f.Int64Var(&g.bytes, "bytes", 0, "what each report adds or each event asks for (default 120000, over gy 250500)")
	f.StringVar(&g.load.APN, "apn", "internet", "APN")
	f.StringVar(&g.load.PLMN, "plmn", "26201", "visited network, MCC then MNC")

	f.StringVar(&g.load.AuthAddr, "auth", "127.0.0.1:1812", "radius: authentication address")
	f.StringVar(&g.load.AcctAddr, "acct", "127.0.0.1:1813", "radius: accounting address")
	f.StringVar(&g.load.Secret, "secret", "testing123", "radius: shared secret")
	f.StringVar(&g.load.NAS, "nas", "load-1", "radius: NAS-Identifier")
	f.BoolVar(&g.load.RecordEvery, "record-every", true, "radius: let session time run so that each report cuts a usage record")
	f.IntVar(&g.load.Sockets, "sockets", 4, "radius: UDP sockets, 256 requests each")

	f.StringVar(&g.credit.Addr, "diameter", "127.0.0.1:3868", "gy: address")
	f.StringVar(&g.credit.Realm, "realm", "localdomain", "gy: Diameter realm of both sides")
	f.StringVar(&g.credit.Host, "host", "load", "gy: the gateways are called load-1.REALM, load-2.REALM, ...")
	f.IntVar(&g.credit.Peers, "peers", 1, "gy: connections, each of a gateway of its own")
	f.StringVar(&g.mode, "mode", "sessions", "gy: sessions or events")
	f.IntVar(&g.credit.Updates, "updates", 3, "gy: updates of each session, between its beginning and its end")
	f.BoolVar(&g.credit.Gx, "gx", false, "gy: open and close each session on Gx, too")
	f.IntVar(&g.credit.Repeat, "repeat", 1, "gy: how often each request is sent; the answers must be alike and nothing debited twice")
	f.BoolVar(&g.credit.Strict, "strict", false, "gy: speak by the standard, with a Rating-Group, instead of like Open5GS")
}

func (g *generator) run(cmd *cobra.Command) error {
	if g.endpoints < 1 {
		return errors.New("--endpoints must be at least 1")
	}
	modes := map[string]simulate.CreditMode{"sessions": simulate.Sessions, "events": simulate.Events}
	mode, known := modes[g.mode]
	if !known || g.protocol != "radius" && g.protocol != "gy" {
		return errors.New("--protocol is radius or gy, --mode is sessions or events")
	}
	imsis, err := simulate.Sequence(g.first, g.endpoints)
	if err != nil {
		return err
	}
	progress, done := simulate.Print(cmd.ErrOrStderr())
	var result interface{ Table() string }
	if g.protocol == "radius" {
		l := g.load
		l.IMSIs, l.Progress, l.Bytes = imsis, progress, g.bytes
		result, err = l.Run(cmd.Context())
	} else {
		l := g.credit
		l.IMSIs, l.Progress, l.Bytes, l.Mode = imsis, progress, g.bytes, mode
		l.Rate, l.For, l.InFlight, l.APN, l.PLMN = g.load.Rate, g.load.For, g.load.InFlight, g.load.APN, g.load.PLMN
		result, err = l.Run(cmd.Context())
	}
	done()
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(cmd.OutOrStdout(), result.Table())
	return err
}
