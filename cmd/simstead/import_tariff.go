package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/sheet"
	"github.com/simstead/simstead/internal/tariff"
)

func (im *imports) tariffCommand() *cobra.Command {
	var id int64
	c := &cobra.Command{
		Use: "tariff FILE.csv --tariff ID", Short: "Import a tariff sheet: rate zones, their operators and prices", Args: cobra.ExactArgs(1),
		Long: `Import a tariff sheet, and show how it differs from what is there. When a line is wrong nothing is changed; what the file does not name stays.
It works beside a running serve, which charges by it from the next report of each session on. docs/tariffs.md describes the file.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := im.open(args[0], tariff.Layout())
			if err != nil {
				return err
			}
			return im.withDatabase(cmd.Context(), func(d *db.DB) error { return im.tariff(cmd.Context(), cmd.OutOrStdout(), d, id, s) })
		},
	}
	c.Flags().Int64Var(&id, "tariff", 0, "the tariff's id")
	_ = c.MarkFlagRequired("tariff") // fails only for a flag that is not there
	return c
}

func (im *imports) tariff(ctx context.Context, out io.Writer, d *db.DB, id int64, s *sheet.Sheet) error {
	var owners []int64
	err := d.Read(ctx, func(q db.Queryer) (err error) {
		owners, err = db.All(q, db.Int, `SELECT organisation_id FROM tariff WHERE id = $1`, id)
		return err
	})
	if err == nil && len(owners) == 0 {
		err = fault.Missing("Tariff", id)
	}
	if err != nil {
		return err
	}
	plan, err := tariff.Import(ctx, d, clock.System().Micros(), owners[0], id, s, im.dry)
	if err != nil {
		return err
	}
	for _, l := range plan.Lines {
		printTariffLine(out, l)
	}
	wrong := plan.Count(tariff.Refused)
	fmt.Fprintf(out, "%d to add, %d to change, %d the same, %d wrong\n", plan.Count(tariff.Added), plan.Count(tariff.Changed), plan.Count(tariff.Same), wrong)
	switch {
	case wrong > 0:
		return errors.New("lines are wrong: nothing was changed")
	case im.dry:
		fmt.Fprintln(out, "nothing was changed")
	}
	return nil
}

// printTariffLine prints what a line changes; nothing for one that changes nothing.
func printTariffLine(out io.Writer, l tariff.Line) {
	if l.Result == tariff.Refused {
		fmt.Fprintf(out, "line %d  wrong: %s\n", l.Line, l.Reason)
		return
	}
	if l.Result == tariff.Same {
		return
	}
	parts := []string{fmt.Sprintf("line %d  %s", l.Line, l.Ratezone)}
	if l.NewZone {
		parts[0] += " (new)"
	}
	if l.Operator != "" && !strings.EqualFold(l.Before, l.Ratezone) {
		before := l.Before
		if before == "" {
			before = "nowhere"
		}
		parts = append(parts, fmt.Sprintf("%s from %s", l.Operator, before))
	}
	for _, p := range l.Prices {
		parts = append(parts, p.Text())
	}
	fmt.Fprintln(out, strings.Join(parts, "  "))
}
