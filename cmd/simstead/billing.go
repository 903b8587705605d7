package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/simstead/simstead/internal/app"
	"github.com/simstead/simstead/internal/billing"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
)

func billingCommand(o *options) *cobra.Command {
	parent := &cobra.Command{Use: "billing", Short: "Statements of billing months"}
	var month string
	closing := &cobra.Command{
		Use: "close", Short: "Close a billing month of all organisations for which it has ended", Args: cobra.NoArgs,
		Long: `Close a billing month. What open sessions have counted in it becomes usage records, then the statements stand as they are;
months before that are still open are closed as well. Usage that comes later is on the next statement, marked. Closing again
changes nothing. It works beside a running serve, which closes months by itself.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			closes, err := monthOf(month)
			if err != nil {
				return err
			}
			c, log, err := o.load(app.Defaults())
			if err != nil {
				return err
			}
			return o.withDatabase(cmd.Context(), func(d *db.DB) error {
				flow, err := app.NewFlow(cmd.Context(), d, clock.System(), log, c)
				if err != nil {
					return err
				}
				closer := billing.Closer{DB: d, Clock: clock.System(), Sessions: flow}
				r, err := closer.Close(cmd.Context(), closes)
				if err == nil {
					fmt.Fprintf(cmd.OutOrStdout(), "%d statements of %d organisations were made; of %d the month has not ended yet.\n",
						r.Statements, r.Organisations, r.Waiting)
				}
				return err
			})
		},
	}
	closing.Flags().StringVar(&month, "month", "", "the month, such as 2026-11")
	parent.AddCommand(closing)
	return parent
}
