package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/simulate"
)

func simulateCommand() *cobra.Command {
	l := simulate.Load{Clock: clock.System()}
	var endpoints int
	var first string
	c := &cobra.Command{
		Use: "simulate", Short: "Generate load: real RADIUS accounting of many devices", Args: cobra.NoArgs,
		Long: `Generate load: connect devices whose IMSIs follow each other and report their usage over real RADIUS, as fast as it is
answered or at a rate, then print a latency table. The defaults fit the demo, whose second fleet has the default IMSIs:
  simstead demo --simulate=false
  simstead simulate --endpoints 100 --rate 500 --for 10s`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if endpoints < 1 {
				return errors.New("--endpoints must be at least 1")
			}
			imsis, err := simulate.Sequence(first, endpoints)
			if err != nil {
				return err
			}
			l.IMSIs = imsis
			progress, done := simulate.Print(cmd.ErrOrStderr())
			l.Progress = progress
			result, err := l.Run(cmd.Context())
			done()
			if err != nil {
				return err
			}
			fmt.Fprint(cmd.OutOrStdout(), result.Table())
			return nil
		},
	}
	f := c.Flags()
	f.IntVar(&endpoints, "endpoints", 100, "number of devices")
	f.StringVar(&first, "first-imsi", "262019000001001", "IMSI of the first device; the others follow it")
	f.Float64Var(&l.Rate, "rate", 0, "reports per second, measured from when each should be sent; 0 = as fast as they are answered")
	f.DurationVar(&l.For, "for", 10*time.Second, "how long to measure")
	f.IntVar(&l.InFlight, "in-flight", 0, "most requests under way (default 256, or what the sockets carry when there is a rate)")
	f.StringVar(&l.AuthAddr, "auth", "127.0.0.1:1812", "RADIUS authentication address")
	f.StringVar(&l.AcctAddr, "acct", "127.0.0.1:1813", "RADIUS accounting address")
	f.StringVar(&l.Secret, "secret", "testing123", "shared secret")
	f.StringVar(&l.NAS, "nas", "load-1", "NAS-Identifier")
	f.StringVar(&l.APN, "apn", "internet", "APN")
	f.StringVar(&l.PLMN, "plmn", "26201", "visited network, MCC then MNC")
	f.Int64Var(&l.Bytes, "bytes", 120_000, "what each report adds")
	f.BoolVar(&l.RecordEvery, "record-every", true, "let session time run so that each report cuts a usage record")
	f.IntVar(&l.Sockets, "sockets", 4, "UDP sockets, 256 requests each")
	return c
}
