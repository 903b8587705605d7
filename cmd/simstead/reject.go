package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/usage"
)

func rejectCommand(o *options) *cobra.Command {
	return &cobra.Command{
		Use: "rejects", Short: "List usage reports that could not be stored", Args: cobra.NoArgs,
		Long: "List usage reports that could not be stored. POST /api/v1/usage_reject/replay sends them through the flow again.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			out := cmd.OutOrStdout()
			return o.withDatabase(cmd.Context(), func(d *db.DB) error {
				return d.Read(cmd.Context(), func(q db.Queryer) error {
					rejects, err := usage.Rejects(q, 1000)
					for _, r := range rejects {
						fmt.Fprintf(out, "%d  %s  %s  imsi %s  nas %s\n", r.ID, clock.FromMicros(int64(r.Received)).Format(time.RFC3339), r.Reason, r.IMSI, r.NAS)
					}
					return err
				})
			})
		},
	}
}
