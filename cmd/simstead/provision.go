package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/simstead/simstead/internal/app"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/provision"
	"github.com/simstead/simstead/internal/stream"
)

func provisionCommand(o *options) *cobra.Command {
	var dry bool
	c := &cobra.Command{
		Use: "provision FILE.yaml", Short: "Make the tariffs, organisations, SIMs and data streams that a file names", Args: cobra.ExactArgs(1),
		Long: `Make the tariffs, organisations, SIMs and data streams that a file names and that are not there yet. What is there stays as it is,
so a file can be applied again, and again with more in it. When anything in the file is wrong nothing is made. It works
beside a running serve, which takes notice within half a second, of data streams within seconds. docs/operations.md describes the file.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			file, err := provision.Open(args[0])
			if err != nil {
				return err
			}
			config, _, err := o.load(app.Defaults())
			if err != nil {
				return err
			}
			destinations, err := app.Destinations(config, clock.System())
			if err != nil {
				return err
			}
			keys, err := app.Keys(config)
			if err != nil {
				return err
			}
			return o.withDatabase(cmd.Context(), func(d *db.DB) error {
				p := provision.Provisioner{DB: d, Clock: clock.System(), Out: cmd.OutOrStdout(), DryRun: dry, Destinations: destinations, Streams: stream.Store{Keys: keys}}
				if err := p.Apply(cmd.Context(), file); err != nil {
					return fmt.Errorf("%s:\n%w", args[0], err)
				}
				return nil
			})
		},
	}
	c.Flags().BoolVar(&dry, "dry-run", false, "only say what would be made")
	return c
}
