package doctor

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
)

// Doctor checks the books of an installation.
type Doctor struct {
	DB           *db.DB
	Clock        clock.Clock
	Organisation int64          // the one to check, 0 = all
	Month        int64          // the billing month to check, 202611; 0 = everything that is kept
	Limit        int            // how many findings are kept, at least 1; when there are more, not all are sought
	Progress     func(Progress) // told about once a second; may be nil

	page   int64  // what is read at once, 0 = as much as is quick
	before func() // called before each read; may be nil
}

// Result is what a check came to.
type Result struct {
	Findings []Finding
	Found    int64    // how many there are
	More     bool     // there may be more: enough were found
	Notes    []string // what could not be checked, and why

	Organisations, Records, Endpoints, Sessions int64
	Took                                        time.Duration
	Parts                                       []Part // what took how long
}

// groupSize is how many organisations are read together, day by day: on PostgreSQL a day of all of them is one table.
const groupSize = 1000

// Run checks. An error says that it could not.
func (d *Doctor) Run(ctx context.Context) (*Result, error) {
	x := &examination{Doctor: d, began: d.Clock.Micros(), result: &Result{}, noted: map[string]bool{}}
	ids, err := x.organisations(ctx)
	if err != nil {
		return nil, err
	}
	for group := range slices.Chunk(ids, groupSize) {
		if err := x.examine(ctx, group); err != nil {
			return nil, err
		}
		x.result.Organisations += int64(len(group))
	}
	x.done()
	x.result.Took = time.Duration(d.Clock.Micros()-x.began) * time.Microsecond
	return x.result, nil
}

// examination is one run.
type examination struct {
	*Doctor
	began  int64
	result *Result
	noted  map[string]bool
	watch  watch
}

// organisations lists whose books are checked.
func (x *examination) organisations(ctx context.Context) (ids []int64, err error) {
	for last := int64(0); ; {
		var page []int64
		err := x.read(ctx, x.DB.ReadByKey, func(q db.Queryer) (err error) {
			page, err = db.All(q, db.Int, `SELECT organisation_id FROM organisation_head WHERE organisation_id > $1 AND (CAST($2 AS BIGINT) = 0 OR organisation_id = $2)
				ORDER BY organisation_id LIMIT 10000`, last, x.Organisation)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("read the organisations: %w", err)
		}
		if len(page) == 0 {
			break
		}
		ids, last = append(ids, page...), page[len(page)-1]
	}
	if x.Organisation != 0 && len(ids) == 0 {
		return nil, fmt.Errorf("there is no organisation %d", x.Organisation)
	}
	return ids, nil
}

// examine checks a group of organisations: once for all, then once more for what looked wrong.
func (x *examination) examine(ctx context.Context, ids []int64) error {
	first := x.round(ids, false)
	if err := first.run(ctx); err != nil {
		return err
	}
	for suspects := first.suspects(); !suspects.none(); {
		if x.result.Found >= int64(max(x.Limit, 1)) {
			x.result.More = true
			return nil
		}
		again := x.round(ids, true)
		suspects = again.narrow(suspects, first)
		if err := again.run(ctx); err != nil {
			return err
		}
		again.report()
	}
	return nil
}

// note says once that something could not be checked.
func (x *examination) note(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if !x.noted[text] {
		x.noted[text] = true
		x.result.Notes = append(x.result.Notes, text)
	}
}
