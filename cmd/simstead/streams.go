package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/stream"
)

func streamsCommand(o *options) *cobra.Command {
	parent := &cobra.Command{Use: "streams", Short: "Data streams"}
	parent.AddCommand(streamsMigrateCommand(o))
	return parent
}

func streamsMigrateCommand(o *options) *cobra.Command {
	var organisation, id int64
	var all bool
	c := &cobra.Command{
		Use: "migrate", Short: "Take data streams of the Old format to the Migrated one", Args: cobra.NoArgs,
		Long: `Take data streams from the format generation Old to Migrated, in place: they go on where they are, and nothing is lost or
sent twice. A running serve takes notice within seconds. No stream is taken to the New generation: its receiver would have
to read other records; make a new stream for that. docs/data-streams.md lists what differs.
  simstead streams migrate --organisation 3 --stream 17
  simstead streams migrate --all`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if all == (id != 0) {
				return errors.New("either --stream or --all is required")
			}
			if id != 0 && organisation == 0 {
				return errors.New("--stream needs its --organisation")
			}
			return o.withStreams(cmd.Context(), func(d *db.DB, store stream.Store) error {
				streams := []*stream.Stream{{Organisation: organisation, ID: id}}
				if all {
					err := d.Read(cmd.Context(), func(q db.Queryer) (err error) { streams, err = store.ToMigrate(q, organisation); return err })
					if err != nil {
						return err
					}
				}
				for _, s := range streams {
					if err := store.Migrate(cmd.Context(), d, s.Organisation, s.ID); err != nil {
						return err
					}
					fmt.Fprintf(cmd.OutOrStdout(), "migrated data stream %d of organisation %d\n", s.ID, s.Organisation)
				}
				if len(streams) == 0 {
					fmt.Fprintln(cmd.OutOrStdout(), "There is no data stream of the Old format.")
				}
				return nil
			})
		},
	}
	c.Flags().Int64Var(&organisation, "organisation", 0, "id of the organisation (with --all: only its streams)")
	c.Flags().Int64Var(&id, "stream", 0, "id of the stream")
	c.Flags().BoolVar(&all, "all", false, "every stream of the Old format")
	return c
}
