package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/simstead/simstead/internal/app"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/usage"
)

func rejectCommand(o *options) *cobra.Command {
	return &cobra.Command{
		Use: "rejects", Short: "List usage reports that could not be stored", Args: cobra.NoArgs,
		Long: "List usage reports that could not be stored. POST /api/v1/usage_reject/replay sends them through the flow again.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, log, err := o.load(app.Defaults())
			if err != nil {
				return err
			}
			d, err := app.Open(cmd.Context(), c, clock.System(), log)
			if err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			err = d.Read(cmd.Context(), func(q db.Queryer) error {
				rejects, err := usage.Rejects(q, 1000)
				for _, r := range rejects {
					fmt.Fprintf(out, "%d  %s  %s  imsi %s  nas %s\n", r.ID, clock.FromMicros(int64(r.Received)).Format(time.RFC3339), r.Reason, r.IMSI, r.NAS)
				}
				return err
			})
			return errors.Join(err, d.Close())
		},
	}
}
