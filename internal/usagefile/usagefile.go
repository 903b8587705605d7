// Package usagefile takes usage that comes in files into the flow: each line is a session that has ended, reported once. A line
// is taken once, however often its file is imported and wherever an import was cut short.
package usagefile

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/sheet"
	"github.com/simstead/simstead/internal/usage"
	"github.com/simstead/simstead/internal/value"
)

// Taker takes reports: the flow.
type Taker interface {
	Hand(r usage.Report, done func(kept bool, err error)) bool
}

// Importer imports usage files of an operator, for the SIMs that it has issued.
type Importer struct {
	DB           *db.DB
	Clock        clock.Clock
	Flow         Taker
	Organisation int64
}

// Result is what became of a file.
type Result struct {
	Taken    int      `json:"taken" doc:"Lines that became usage, or would with dry_run."`
	Repeated int      `json:"repeated" doc:"Lines that were taken before."`
	Rejected []Reject `json:"rejected"`
	Header   []string `json:"header" doc:"Of the file, for the fields of what was rejected."`
}

// Reject is a line that was not taken.
type Reject struct {
	Line   int      `json:"line"`
	Reason string   `json:"reason"`
	Fields []string `json:"fields" doc:"As they stand in the file."`
}

// chunk is how many lines are under way at a time: they share their commits.
const chunk = 200

// Import takes the lines of a file into the flow. name is what the file is known by: lines of the same number in a file of the
// same name are the same.
func (im *Importer) Import(ctx context.Context, name string, s *sheet.Sheet, dry bool) (*Result, error) {
	name = strings.TrimSpace(name)
	if name == "" || !fault.IsText(name, fault.MaxText) {
		return nil, fault.Invalid(fault.New(fault.Required, "name: the file's name is required, of at most 255 characters"))
	}
	file, err := im.file(ctx, name, dry)
	if err != nil {
		return nil, err
	}
	r := &reader{now: im.Clock.Micros()}
	if err := im.DB.Read(ctx, r.load); err != nil {
		return nil, fmt.Errorf("read networks: %w", err)
	}
	out := &Result{Rejected: []Reject{}, Header: s.Header}
	for from := 0; from < len(s.Rows); from += chunk {
		lines := make([]*line, 0, chunk)
		for _, row := range s.Rows[from:min(from+chunk, len(s.Rows))] {
			lines = append(lines, r.read(row, file))
		}
		err := im.judge(ctx, file, lines)
		if err == nil && !dry {
			err = im.take(ctx, file, lines)
		}
		if err != nil {
			return nil, err
		}
		out.add(lines)
	}
	return out, nil
}

func (out *Result) add(lines []*line) {
	for _, l := range lines {
		switch {
		case l.wrong != "":
			out.Rejected = append(out.Rejected, Reject{l.row.Line, l.wrong, l.row.Fields})
		case l.repeated:
			out.Repeated++
		default:
			out.Taken++
		}
	}
}

// file is the id of a file by its name; 0 for a new one that is not to be taken yet.
func (im *Importer) file(ctx context.Context, name string, dry bool) (id int64, err error) {
	err = im.DB.Read(ctx, func(q db.Queryer) error {
		id, err = db.One(q, db.Int, `SELECT id FROM usage_file WHERE organisation_id = $1 AND name = $2`, im.Organisation, name)
		return err
	})
	if errors.Is(err, db.ErrNone) {
		err = nil
	}
	if err != nil || dry {
		return id, err
	}
	fresh := id
	if id == 0 {
		if fresh, err = im.DB.NextID(ctx, "usage_file", im.Organisation); err != nil {
			return 0, err
		}
	}
	return id, im.DB.Write(ctx, []int64{im.Organisation}, func(tx *db.Tx) (err error) {
		id, err = db.One(tx, db.Int, `INSERT INTO usage_file (organisation_id, name, id, imported_at) VALUES ($1, $2, $3, $4)
			ON CONFLICT (organisation_id, name) DO UPDATE SET imported_at = excluded.imported_at RETURNING id`, im.Organisation, name, fresh, im.Clock.Micros())
		return err
	})
}

// Files lists what an operator has imported, the newest first.
func Files(q db.Queryer, organisation int64) ([]File, error) {
	return db.All(q, func(r *db.Row) File { return File{value.ID(r.Int()), r.Text(), value.EntityTime(r.Int()), r.Int()} },
		`SELECT f.id, f.name, f.imported_at, (SELECT COUNT(*) FROM usage_file_line l
		WHERE l.organisation_id = f.organisation_id AND l.usage_file_id = f.id AND SUBSTR(l.fingerprint, 1, 1) <> '`+underWay+`')
		FROM usage_file f WHERE f.organisation_id = $1 ORDER BY f.imported_at DESC, f.id DESC LIMIT 1000`, organisation)
}

// File is a file that was imported.
type File struct {
	ID       value.ID         `json:"id"`
	Name     string           `json:"name"`
	Imported value.EntityTime `json:"imported_at" doc:"Last."`
	Taken    int64            `json:"taken" doc:"Lines that became usage; of an import that was cut short, those that it heard of."`
}
