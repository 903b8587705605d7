package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/intake"
)

// deviceImports are the imports of SIMs and endpoints.
func deviceImports(o *options) []*cobra.Command {
	im := &imports{options: o}
	sims, endpoints := im.simsCommand(), im.endpointsCommand()
	sims.Flags().Int64Var(&im.organisation, "organisation", 0, "the operator's id; not needed where there is but one")
	endpoints.Flags().Int64Var(&im.organisation, "organisation", 0, "id of the organisation that gets the endpoints")
	commands := []*cobra.Command{sims, endpoints}
	for _, c := range commands {
		c.Flags().BoolVar(&im.dry, "dry-run", false, "only say what would be made")
		c.Flags().StringToStringVar(&im.columns, "column", nil, "how a column is called in the file, such as iccid=\"Card number\"")
	}
	return commands
}

func (im *imports) simsCommand() *cobra.Command {
	defaults := map[string]string{}
	c := &cobra.Command{
		Use: "sims FILE.csv", Short: "Import SIMs into the inventory", Args: cobra.ExactArgs(1),
		Long: `Import SIMs into the inventory of an operator. What is there already is found, not made again; rows that are wrong are told and left
out, and the command then ends with status 1. A file that broke off goes on where it was when it is given again. It works beside a
running serve. docs/import.md describes the columns.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return im.take(cmd, args[0], defaults, func(ctx context.Context, i *intake.Importer, text string, o intake.Options) (*intake.Report, error) {
				if err := i.DB.Read(ctx, im.operator); err != nil {
					return nil, err
				}
				return i.SIMs(ctx, im.organisation, text, o)
			})
		},
	}
	addDefaults(c, &defaults)
	return c
}

func (im *imports) endpointsCommand() *cobra.Command {
	defaults := map[string]string{}
	c := &cobra.Command{
		Use: "endpoints FILE.csv", Short: "Make the endpoints of an organisation", Args: cobra.ExactArgs(1),
		Long: "Make the endpoints that a file names, as with SIMs. --organisation names whose they are.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if im.organisation == 0 {
				return errors.New("name the organisation that gets the endpoints with --organisation")
			}
			return im.take(cmd, args[0], defaults, func(ctx context.Context, i *intake.Importer, text string, o intake.Options) (*intake.Report, error) {
				return i.Endpoints(ctx, im.organisation, 0, text, o)
			})
		},
	}
	addDefaults(c, &defaults)
	return c
}

func addDefaults(c *cobra.Command, into *map[string]string) {
	c.Flags().StringToStringVar(into, "default", nil, "what rows have that say nothing, such as status=Activated")
}

// progressEvery is how often an import says how far it has come.
const progressEvery = time.Second

// take imports a file with progress.
func (im *imports) take(cmd *cobra.Command, path string, defaults map[string]string,
	take func(context.Context, *intake.Importer, string, intake.Options) (*intake.Report, error),
) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if len(data) > intake.MaxBytes {
		return fmt.Errorf("%s is larger than %d MB: take it in parts", path, intake.MaxBytes>>20)
	}
	out, shown := cmd.OutOrStdout(), time.Time{}
	o := intake.Options{Columns: im.columns, Defaults: defaults, DryRun: im.dry, Progress: func(r intake.Report) {
		if r.Done == r.Rows || time.Since(shown) >= progressEvery {
			shown = time.Now()
			fmt.Fprintf(out, "%d of %d rows: %d made, %d found, %d failed\n", r.Done, r.Rows, r.Made, r.Found, r.Failed)
		}
	}}
	return im.withDatabase(cmd.Context(), func(d *db.DB) error {
		report, err := take(cmd.Context(), &intake.Importer{DB: d, Clock: clock.System()}, string(data), o)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		for _, e := range report.Errors {
			fmt.Fprintf(cmd.ErrOrStderr(), "line %d: %s\n", e.Line, e.Message)
		}
		if report.DryRun {
			fmt.Fprintln(out, "nothing was changed")
		}
		if report.Failed > 0 {
			return exit{1, errors.New("some rows were not taken")}
		}
		return nil
	})
}
