package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/spf13/cobra"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/app"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/roaming"
	"github.com/simstead/simstead/internal/sheet"
	"github.com/simstead/simstead/internal/usagefile"
)

// importCommand gathers what comes in by file.
func importCommand(o *options) *cobra.Command {
	c := &cobra.Command{Use: "import", Short: "Take SIMs, endpoints, prices and usage out of files of comma-separated values"}
	c.AddCommand(append(deviceImports(o), networkImports(o)...)...)
	return c
}

// imports are the flags of an operator's imports.
type imports struct {
	*options
	dry          bool
	organisation int64
	columns      map[string]string
}

// networkImports are the imports of prices and of usage.
func networkImports(o *options) []*cobra.Command {
	im := &imports{options: o}
	commands := []*cobra.Command{im.iotCommand(), im.usageCommand(), im.tariffCommand()}
	for _, c := range commands {
		c.Flags().BoolVar(&im.dry, "dry-run", false, "only say what would be done")
		c.Flags().Int64Var(&im.organisation, "organisation", 0, "the operator's id; not needed where there is but one")
		c.Flags().StringToStringVar(&im.columns, "column", nil, "how a column is called in the file, such as rate=Price")
	}
	return commands
}

func (im *imports) iotCommand() *cobra.Command {
	return &cobra.Command{
		Use: "iot FILE.csv", Short: "Import inter-operator tariffs", Args: cobra.ExactArgs(1),
		Long: "Import inter-operator tariffs, and show how they differ from what is there. When a line is wrong nothing is changed. docs/network.md describes the file.",
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := im.open(args[0], roaming.Layout())
			if err != nil {
				return err
			}
			return im.withDatabase(cmd.Context(), func(d *db.DB) error { return im.iot(cmd.Context(), cmd.OutOrStdout(), d, s) })
		},
	}
}

func (im *imports) open(path string, layout sheet.Layout) (*sheet.Sheet, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	s, err := sheet.Read(string(text), layout, im.columns)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

func (im *imports) iot(ctx context.Context, out io.Writer, d *db.DB, s *sheet.Sheet) error {
	var plan roaming.Plan
	err := d.Read(ctx, func(q db.Queryer) error {
		if err := im.operator(q); err != nil {
			return err
		}
		var err error
		plan, err = roaming.PlanImport(q, im.organisation, clock.System().Micros(), s)
		return err
	})
	if err != nil {
		return err
	}
	for _, l := range plan.Lines {
		switch l.Result {
		case roaming.Added:
			fmt.Fprintf(out, "line %d  %s  %s  %s\n  - %s\n  + %s\n", l.Line, l.Coverage, l.Operator, l.Traffic.Description, l.Before.Text(), l.After.Text())
		case roaming.Refused:
			fmt.Fprintf(out, "line %d  wrong: %s\n", l.Line, l.Reason)
		}
	}
	fmt.Fprintf(out, "%d to add, %d the same, %d wrong\n", plan.Count(roaming.Added), plan.Count(roaming.Same), plan.Count(roaming.Refused))
	switch {
	case plan.Count(roaming.Refused) > 0:
		return errors.New("lines are wrong: nothing was changed")
	case im.dry:
		fmt.Fprintln(out, "nothing was changed")
		return nil
	}
	return plan.Apply(ctx, d, im.organisation)
}

// operator finds the operator that is meant.
func (im *imports) operator(q db.Queryer) error {
	ids, err := db.All(q, db.Int, `SELECT id FROM organisation WHERE type_id = $1 AND ($2 = 0 OR id = $2) ORDER BY id`, account.Operator, im.organisation)
	switch {
	case err != nil:
		return err
	case len(ids) != 1:
		return fmt.Errorf("there are %d operators that may be meant: name one with --organisation", len(ids))
	}
	im.organisation = ids[0]
	return nil
}

func (im *imports) usageCommand() *cobra.Command {
	var name, rejects string
	c := &cobra.Command{
		Use: "usage FILE.csv", Short: "Import usage", Args: cobra.ExactArgs(1),
		Long: `Import usage: each line is a session that has ended. A line that was taken once is not taken again, so a file can be imported again,
with its wrong lines corrected. It works beside a running serve. docs/network.md describes the file.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := im.open(args[0], usagefile.Layout())
			if err != nil {
				return err
			}
			if name == "" {
				name = filepath.Base(args[0])
			}
			return im.usage(cmd.Context(), cmd.OutOrStdout(), s, name, rejects)
		},
	}
	c.Flags().StringVar(&name, "name", "", "what the file is known by (default its name)")
	c.Flags().StringVar(&rejects, "rejects", "", "file to write the lines to that were not taken, with the reason")
	return c
}

func (im *imports) usage(ctx context.Context, out io.Writer, s *sheet.Sheet, name, rejects string) error {
	config, log, err := im.load(app.Defaults())
	if err != nil {
		return err
	}
	a, err := app.New(ctx, config, clock.System(), log)
	if err != nil {
		return err
	}
	flowCtx, stop := context.WithCancel(context.WithoutCancel(ctx))
	var flow sync.WaitGroup
	flow.Go(func() { a.Flow.Run(flowCtx) })
	var result *usagefile.Result
	if err = a.DB.Read(ctx, im.operator); err == nil {
		importer := usagefile.Importer{DB: a.DB, Clock: clock.System(), Flow: a.Flow, Organisation: im.organisation}
		result, err = importer.Import(ctx, name, s, im.dry)
	}
	stop()
	flow.Wait()
	if err = errors.Join(err, a.DB.Close()); err != nil {
		return err
	}
	for _, r := range result.Rejected {
		fmt.Fprintf(out, "line %d  %s\n", r.Line, r.Reason)
	}
	fmt.Fprintf(out, "%d taken, %d taken before, %d rejected\n", result.Taken, result.Repeated, len(result.Rejected))
	if im.dry {
		fmt.Fprintln(out, "nothing was changed")
	}
	if rejects == "" || len(result.Rejected) == 0 {
		return nil
	}
	return writeRejects(rejects, result)
}

// writeRejects writes the lines that were not taken as a file of the same columns, with one for the reason.
func writeRejects(path string, result *usagefile.Result) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	var rows [][]string
	for _, r := range result.Rejected {
		fields := make([]string, len(result.Header))
		copy(fields, r.Fields)
		rows = append(rows, append(fields, fmt.Sprint(r.Line), r.Reason))
	}
	return errors.Join(sheet.Write(f, append(append([]string(nil), result.Header...), "line", "reason"), rows), f.Close())
}
