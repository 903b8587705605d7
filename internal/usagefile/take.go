package usagefile

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
)

var (
	lookupOwner = db.NewLookup("k_imsi text", `SELECT s.issuer_org_id, r.organisation_id, s.endpoint_id FROM imsi_route r JOIN sim s ON s.id = r.sim_id WHERE r.imsi = $1`)
	insertLine  = db.NewInsert("usage_file_line", "organisation_id bigint, usage_file_id bigint, line bigint, fingerprint text",
		"ON CONFLICT (organisation_id, usage_file_id, line) DO UPDATE SET fingerprint = excluded.fingerprint")
)

// underWay marks the fingerprint of a line whose report was handed to the flow and not answered yet.
const underWay = "?"

// judge holds lines against what was taken before, and against whose SIMs they are about.
func (im *Importer) judge(ctx context.Context, file int64, lines []*line) error {
	byLine, imsis := map[int64]*line{}, lookupOwner.New()
	for _, l := range lines {
		byLine[int64(l.row.Line)] = l
		imsis.Text(l.report.IMSI)
	}
	err := im.DB.Lookup(ctx, db.Read{Bulk: lookupOwner, Keys: imsis, Each: func(i int, r *db.Row) {
		lines[i].owner = owner{r.Int(), r.Int(), r.Int()}
	}})
	if err != nil {
		return fmt.Errorf("look for SIMs: %w", err)
	}
	err = im.DB.Read(ctx, func(q db.Queryer) error {
		return q.Each(func(r *db.Row) {
			if l := byLine[r.Int()]; l != nil {
				l.held(r.Text())
			}
		}, `SELECT line, fingerprint FROM usage_file_line WHERE organisation_id = $1 AND usage_file_id = $2 AND line >= $3 AND line <= $4`,
			im.Organisation, file, lines[0].row.Line, lines[len(lines)-1].row.Line)
	})
	if err != nil {
		return fmt.Errorf("look for lines taken before: %w", err)
	}
	for _, l := range lines {
		if l.wrong != "" || l.repeated {
			continue
		}
		if l.owner.issuer != im.Organisation {
			l.wrong = "no SIM of yours has this IMSI"
		}
	}
	return im.resolve(ctx, lines)
}

const saidElse = "the line was taken before, and said something else"

// held compares a line with what is known of it.
func (l *line) held(print string) {
	before, pending := strings.CutPrefix(print, underWay)
	switch {
	case pending:
		l.pending, l.changed = true, before != l.print
	case before == l.print:
		l.repeated, l.wrong = true, ""
	default:
		l.wrong = saidElse
	}
}

// resolve finds out what became of lines that were under way when an import was cut short: their session is known, or, when
// that was long ago, a record of the same end and volume.
func (im *Importer) resolve(ctx context.Context, lines []*line) error {
	return im.DB.Read(ctx, func(q db.Queryer) error {
		for _, l := range lines {
			if !l.pending || l.wrong != "" {
				continue
			}
			u := l.report
			_, err := db.One(q, db.Int, `SELECT 1 FROM session WHERE organisation_id = $1 AND nas = $2 AND acct_session_id = $3
				UNION ALL SELECT 1 FROM usage_record WHERE organisation_id = $4 AND endpoint_id = $5 AND end_at = $6 AND volume_tx = $7 AND volume_rx = $8`,
				l.owner.organisation, NAS, u.SessionID, l.owner.organisation, l.owner.endpoint, u.EventTime, u.Uplink, u.Downlink)
			switch {
			case err == nil && l.changed:
				l.wrong = saidElse
			case err == nil:
				l.repeated = true
			}
			if err != nil && !errors.Is(err, db.ErrNone) {
				return fmt.Errorf("look for what became of line %d: %w", l.row.Line, err)
			}
		}
		return nil
	})
}

// take hands lines to the flow and waits for them. They are marked before and after, so that an import that is cut short
// anywhere takes none of them twice.
func (im *Importer) take(ctx context.Context, file int64, lines []*line) error {
	var some []*line
	for _, l := range lines {
		if l.wrong == "" && !l.repeated {
			some = append(some, l)
		}
	}
	if err := im.mark(ctx, file, some, underWay); err != nil {
		return err
	}
	type told struct {
		l    *line
		kept bool
		err  error
	}
	answers, waiting := make(chan told, len(some)), 0
	var failed error
	for _, l := range some {
		if !im.Flow.Hand(l.report, func(kept bool, err error) { answers <- told{l, kept, err} }) {
			failed = fault.New(fault.Unavailable, "too much usage is waiting: import the file again").WithStatus(503)
			break
		}
		waiting++
	}
	kept := make([]*line, 0, waiting)
	for ; waiting > 0; waiting-- {
		select {
		case a := <-answers:
			switch {
			case a.err != nil:
				failed = fmt.Errorf("line %d: %w", a.l.row.Line, a.err)
			case !a.kept:
				a.l.wrong = "the usage could not be stored: see the usage rejects"
			default:
				kept = append(kept, a.l)
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	for _, l := range lines {
		if l.pending && l.repeated {
			kept = append(kept, l)
		}
	}
	return errors.Join(failed, im.mark(ctx, file, kept, ""))
}

// mark writes down how far lines are.
func (im *Importer) mark(ctx context.Context, file int64, lines []*line, before string) error {
	rows := insertLine.New()
	for _, l := range lines {
		rows.Int(im.Organisation, file, int64(l.row.Line)).Text(before + l.print)
	}
	if rows.Len() == 0 {
		return nil
	}
	err := im.DB.Write(ctx, []int64{im.Organisation}, func(tx *db.Tx) error { return tx.Insert(rows) })
	if err != nil {
		return fmt.Errorf("mark lines: %w", err)
	}
	return nil
}
