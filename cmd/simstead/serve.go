package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/app"
	"github.com/simstead/simstead/internal/clock"
)

func serveCommand(o *options) *cobra.Command {
	return &cobra.Command{
		Use: "serve", Short: "Run the platform", Args: cobra.NoArgs,
		Long: `Run the platform from the configuration file and the environment; without either it serves on loopback with
SQLite in ./simstead-data. The first start makes the schema and prints a one-time token to set up the operator.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, log, err := o.load(app.Defaults())
			if err != nil {
				return err
			}
			ctx := cmd.Context()
			a, err := app.New(ctx, c, clock.System(), log)
			if err != nil {
				return err
			}
			setup, err := account.SetupToken(ctx, a.DB)
			if err == nil {
				err = a.Listen()
			}
			if err != nil {
				return errors.Join(err, a.DB.Close())
			}
			auth, acct := a.RADIUS.Addrs()
			out := cmd.OutOrStdout()
			fmt.Fprintf(out, "Simstead %s\n  API reference  %s/api/doc\n  RADIUS         authentication %s, accounting %s\n", app.Version, a.URL(), auth, acct)
			if len(c.RADIUSClients) == 0 {
				fmt.Fprintln(out, "  No radius_clients are configured: RADIUS packets are not answered.")
			}
			if at := a.DiameterAddr(); at.IsValid() {
				fmt.Fprintf(out, "  Diameter       Gy and Gx %s as %s\n", at, c.DiameterOriginHost)
				if len(c.DiameterPeers) == 0 {
					fmt.Fprintln(out, "  No diameter_peers are configured: nobody may connect for Gy and Gx.")
				}
			}
			if setup != "" {
				fmt.Fprintf(out, `
This database is empty. Make its operator, once, with the setup token:
  curl -s %s/api/v1/setup -H 'Content-Type: application/json' -d '{
    "setup_token": "%s",
    "organisation": {"name": "My operator"}, "username": "admin@example.com"}'
`, a.URL(), setup)
			}
			a.Ready()
			return a.Run(ctx)
		},
	}
}
