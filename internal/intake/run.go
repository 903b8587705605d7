package intake

import (
	"context"
	"errors"
	"fmt"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/sheet"
)

const (
	chunk   = 200  // rows of a transaction
	maxTold = 1000 // rows whose errors are told
)

// MaxBytes is how large a file may be, in a body with escapes.
const MaxBytes = 64 << 20

// Report is what became of a file, or of its beginning so far.
type Report struct {
	Rows   int64      `json:"rows" doc:"Rows of the file."`
	Done   int64      `json:"done" doc:"Rows that were looked at, those of an earlier run that broke off included."`
	Made   int64      `json:"made" doc:"SIMs or endpoints that were made, or would be."`
	Found  int64      `json:"found" doc:"That were there already."`
	Failed int64      `json:"failed"`
	DryRun bool       `json:"dry_run"`
	Errors []RowError `json:"errors" nullable:"false" doc:"What is wrong with the first 1000 rows that failed."`
}

// RowError is what is wrong with a row.
type RowError struct {
	Line    int    `json:"line" doc:"Of the file, from 1."`
	Message string `json:"message"`
}

// Importer takes files in.
type Importer struct {
	DB    *db.DB
	Clock clock.Clock
}

// run is one file on its way.
type run struct {
	*Importer
	kind         string
	organisation int64 // who imports
	table        *table
	report       Report
}

// outcome is what a row is to become.
type outcome struct {
	found bool
	err   error // of the row alone
}

// errUndone ends the transaction of a dry run.
var errUndone = errors.New("nothing is to be changed")

// each takes the rows in, chunk by chunk; heads tells whose heads a chunk needs, take takes it in.
func (r *run) each(ctx context.Context, heads func(first, end int) []int64, take func(tx *db.Tx, first, end int) ([]outcome, error)) (*Report, error) {
	r.report = Report{Rows: int64(len(r.table.Rows)), DryRun: r.table.options.DryRun, Errors: []RowError{}}
	if err := r.resume(ctx); err != nil {
		return nil, err
	}
	tell := r.table.options.Progress
	if tell != nil && r.report.Done > 0 {
		tell(r.report) // it goes on from there
	}
	if tell != nil && r.report.Rows == 0 {
		tell(r.report) // there is nothing in it
	}
	for first := int(r.report.Done); first < len(r.table.Rows); {
		end := min(first+chunk, len(r.table.Rows))
		var next Report
		err := r.DB.Write(ctx, append(heads(first, end), r.organisation), func(tx *db.Tx) error {
			outcomes, err := take(tx, first, end)
			if err != nil {
				return err
			}
			next = r.report.after(outcomes, r.table.Rows[first:end])
			if r.table.options.DryRun {
				return errUndone
			}
			return r.save(tx, next)
		})
		if err != nil && !errors.Is(err, errUndone) {
			return nil, fmt.Errorf("after %d of %d rows: %w", first, len(r.table.Rows), err)
		}
		r.report, first = next, end
		if tell != nil {
			tell(r.report)
		}
	}
	return &r.report, nil
}

// after is the report once a chunk is taken in.
func (r Report) after(outcomes []outcome, rows []sheet.Row) Report {
	r.Done += int64(len(outcomes))
	for i, o := range outcomes {
		switch {
		case o.err != nil:
			r.Failed++
			if len(r.Errors) < maxTold {
				r.Errors = append(r.Errors[:len(r.Errors):len(r.Errors)], RowError{rows[i].Line, told(o.err)})
			}
		case o.found:
			r.Found++
		default:
			r.Made++
		}
	}
	return r
}

// told is what a person is told of a row's error.
func told(err error) string {
	var f *fault.Error
	if errors.As(err, &f) && len(f.Errors) == 1 {
		return f.Errors[0].Message
	}
	return err.Error()
}

// resume finds how far an earlier run of the same file came that broke off.
func (r *run) resume(ctx context.Context) error {
	if r.table.options.DryRun {
		return nil
	}
	return r.DB.Read(ctx, func(q db.Queryer) error {
		return q.Each(func(row *db.Row) {
			r.report.Done, r.report.Made, r.report.Found, r.report.Failed = row.Int(), row.Int(), row.Int(), row.Int()
			r.report.Done = min(r.report.Done, r.report.Rows)
		}, `SELECT done, made, found, failed FROM import_file WHERE organisation_id = $1 AND digest = $2 AND done > 0`, r.organisation, r.table.digest)
	})
}

// save writes down how far the file has come, with the chunk. At its end it begins anew: what is there is found then.
func (r *run) save(tx *db.Tx, next Report) error {
	done, now := next.Done, r.Clock.Micros()
	if done == next.Rows {
		done = 0
	}
	_, err := tx.Exec(`INSERT INTO import_file (organisation_id, digest, kind, done, made, found, failed, started, updated)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8) ON CONFLICT (organisation_id, digest) DO UPDATE SET done = excluded.done,
		made = excluded.made, found = excluded.found, failed = excluded.failed, updated = excluded.updated`,
		r.organisation, r.table.digest, r.kind, done, next.Made, next.Found, next.Failed, now)
	return err
}
