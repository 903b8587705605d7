package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/doctor"
)

// The statuses that doctor ends with, beside 0 for books in order.
const (
	differs   = 1
	unchecked = 2 // it could not be checked
)

func doctorCommand(o *options) *cobra.Command {
	d := doctor.Doctor{Clock: clock.System()}
	var month string
	var verbose bool
	could := func(err error) error {
		if err != nil {
			err = exit{unchecked, err}
		}
		return err
	}
	c := &cobra.Command{
		Use: "doctor", Short: "Check the books: the price of every usage record, and everything that records add up to",
		Args: func(cmd *cobra.Command, args []string) error { return could(cobra.NoArgs(cmd, args)) },
		Long: `Check the books. The price of every usage record is computed again from the record alone; daily statistics, sessions,
inclusive volumes, balances, quotas, limits, reservations and what organisations spend are held against the records. It only
reads, and works beside a running serve. What differs is printed, a line each, with the ids it is about.
The status is 0 when nothing differs, 1 when something does, 2 when it could not be checked. docs/operations.md says more.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if month != "" {
				var err error
				if d.Month, err = monthOf(month); err != nil {
					return could(err)
				}
			}
			if d.Limit < 1 {
				return could(fmt.Errorf("--limit must be at least 1, not %d", d.Limit))
			}
			progress, done := watching(cmd.ErrOrStderr())
			d.Progress = progress
			var result *doctor.Result
			err := o.withDatabase(cmd.Context(), func(open *db.DB) (err error) {
				d.DB = open
				result, err = d.Run(cmd.Context())
				return err
			})
			if done(); err != nil {
				return could(err)
			}
			tell(cmd.OutOrStdout(), result, verbose)
			if result.Found > 0 {
				return exit{differs, nil}
			}
			return nil
		},
	}
	c.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return could(err) })
	f := c.Flags()
	f.Int64Var(&d.Organisation, "organisation", 0, "id of the organisation to check (default all)")
	f.StringVar(&month, "month", "", "billing month to check, such as 2026-11 (default all that is kept)")
	f.IntVar(&d.Limit, "limit", 100, "most findings to print")
	f.BoolVar(&verbose, "verbose", false, "say what took how long")
	return c
}

// tell prints what a check came to.
func tell(out io.Writer, r *doctor.Result, verbose bool) {
	for _, f := range r.Findings {
		fmt.Fprintln(out, f)
	}
	for _, note := range r.Notes {
		fmt.Fprintln(out, "Note:", note)
	}
	if verbose {
		for _, p := range r.Parts {
			rate := ""
			if took := p.Took.Microseconds(); took > 0 {
				rate = fmt.Sprintf(" (%s/s)", doctor.Grouped(p.Done*clock.Second/took))
			}
			fmt.Fprintf(out, "%s: %s in %s%s\n", p.Doing, doctor.Grouped(p.Done), p.Took.Round(time.Millisecond), rate)
		}
	}
	fmt.Fprintf(out, "%s usage records, %s endpoints and %s sessions of %s organisations checked in %s: ", doctor.Grouped(r.Records),
		doctor.Grouped(r.Endpoints), doctor.Grouped(r.Sessions), doctor.Grouped(r.Organisations), r.Took.Round(time.Millisecond))
	more := ""
	if r.More || r.Found > int64(len(r.Findings)) {
		more = fmt.Sprintf(", %d of them shown; there may be more", len(r.Findings))
	}
	if r.Found == 0 {
		fmt.Fprintln(out, "nothing differs.")
		return
	}
	fmt.Fprintf(out, "%s findings%s.\n", doctor.Grouped(r.Found), more)
}

// watching shows progress on a terminal in one line that changes, elsewhere as a line every five seconds. done ends it.
func watching(w io.Writer) (progress func(doctor.Progress), done func()) {
	if f, ok := w.(*os.File); ok && isTerminal(f) {
		end := ""
		return func(p doctor.Progress) {
				end = "\r\x1b[K"
				fmt.Fprintf(w, "\r%s\x1b[K", p)
			}, func() {
				fmt.Fprint(w, end)
			}
	}
	last := clock.System().Now()
	return func(p doctor.Progress) {
		if now := clock.System().Now(); now.Sub(last) >= 5*time.Second {
			last = now
			fmt.Fprintln(w, p)
		}
	}, func() {}
}
