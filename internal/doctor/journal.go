package doctor

import (
	"context"
	"errors"
	"fmt"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/record"
)

// The traffic types of records.
const (
	dataTraffic = record.Data
	smsTraffic  = record.SMS
)

// row is a usage record with its place in the log.
type row struct {
	record.Record
	Position, ID int64
}

func (r *row) subject() string {
	return fmt.Sprintf("usage record %d (position %d, endpoint %d, session %d)", r.ID, r.Position, r.Endpoint, r.Session)
}

// journal reads the usage records of an organisation in the order of the log, as far as it is told.
type journal struct {
	organisation int64
	month        int64 // of billing, 0 = all
	day          int64 // that is being read
	position     int64 // up to which that day was read
	over         bool  // the day may be over: look where the log goes on
	pages        pace
}

const firstPage, largestPage = 4_000, 50_000 // positions

// seek finds the day on which the log goes on; false when nothing stands up to a position. What stands beyond the end of the
// log was never written by it: it is told, and passed by.
func (j *journal) seek(ctx context.Context, x *examination, until int64) (more bool, err error) {
	for from, after := j.day, j.position; ; after = 0 {
		var day, position, id, head int64
		err = x.read(ctx, x.DB.Read, func(q db.Queryer) error {
			_, err := db.One(q, func(r *db.Row) bool { day, position, id = r.Int(), r.Int(), r.Int(); return true }, `SELECT recorded_day,
				position, id FROM usage_record WHERE organisation_id = $1 AND recorded_day >= $2 AND (recorded_day, position) > ($3, $4)
				ORDER BY recorded_day, position LIMIT 1`, j.organisation, from, from, after)
			if err == nil && position > until { // the end is read after what may stand beyond it
				head, err = db.One(q, db.Int, selectPosition, j.organisation)
			}
			return err
		})
		switch {
		case errors.Is(err, db.ErrNone):
			return false, nil
		case err != nil:
			return false, fmt.Errorf("find the next usage record of organisation %d: %w", j.organisation, err)
		case position <= until:
			j.day, j.position = day, position-1
			return true, nil
		case position <= head:
			return false, nil
		}
		x.stray(j.organisation, id, position, head)
		from = day + 1
	}
}

// stray tells of a record beyond the end of the log, once.
func (x *examination) stray(organisation, id, position, head int64) {
	subject := fmt.Sprintf("usage record %d (position %d)", id, position)
	if known := fmt.Sprint(organisation, subject); !x.noted[known] {
		x.noted[known] = true
		x.find(organisation, Chain, subject, "stands beyond the end of the log, %d", head)
	}
}

// page gives to take what stands next on the day and not after a position, and returns how many records that were. A record is
// good only during the call.
func (j *journal) page(ctx context.Context, x *examination, until int64, take func(*row)) (n int64, err error) {
	if j.over = j.position >= until; j.over {
		return 0, nil
	}
	end := until
	var last row
	err = j.pages.read(ctx, x, x.DB.Read, func(q db.Queryer, size int64) error { // begun anew it goes on after what was taken
		end = min(j.position+size, until)
		return q.Each(func(r *db.Row) {
			j.scan(r, &last)
			j.position = last.Position
			n++
			take(&last)
		}, selectRecords, j.organisation, j.day, j.position, end, j.month)
	})
	if err != nil {
		return n, fmt.Errorf("read usage records of organisation %d: %w", j.organisation, err)
	}
	j.position, j.over = end, last.Position < end
	return n, nil
}

// A day of one organisation is met by its key. The position is bounded at both ends, so that even a plan that sorts reads no
// more than a page.
const selectRecords = `SELECT position, id, endpoint_id, sim_id, session_id, start_at, end_at, traffic_type_id, tariff_id, ratezone_id,
	currency_id, billing_month, volume_tx, volume_rx, cost, rated, rate, block, line_volume, line_cost, line_inclusive, inclusive,
	inclusive_volume_id, rounding_scope, debited, operator_id, statement_month FROM usage_record
	WHERE organisation_id = $1 AND recorded_day = $2 AND position > $3 AND position <= $4
	AND (CAST($5 AS BIGINT) = 0 OR billing_month = $5) ORDER BY position`

func (j *journal) scan(r *db.Row, to *row) {
	*to = row{
		Position: r.Int(), ID: r.Int(),
		Record: record.Record{
			Organisation: j.organisation, Endpoint: r.Int(), SIM: r.Int(), Session: r.Int(), Start: r.Int(), End: r.Int(),
			TrafficType: r.Int(), Tariff: r.Int(), Ratezone: r.Int(), Currency: r.Int(), BillingMonth: r.Int(), VolumeTx: r.Int(),
			VolumeRx: r.Int(), Cost: r.Int(), Rated: r.Bool(), Rate: r.Int(), Block: r.Int(), LineVolume: r.Int(), LineCost: r.Int(),
			LineInclusive: r.Int(), Inclusive: r.Int(), InclusiveID: r.Int(), Rounding: r.Int(), Debited: r.Int(), Operator: r.Int(), Statement: r.Int(),
		},
	}
}
