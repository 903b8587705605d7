package roaming

import (
	"context"
	"fmt"
	"strings"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/money"
	"github.com/simstead/simstead/internal/sheet"
	"github.com/simstead/simstead/internal/value"
)

func (b *book) readAmounts(row sheet.Row, l *Line) string {
	if l.price.Currency = b.currencies[strings.ToUpper(row.Get("currency"))]; l.price.Currency == 0 {
		return "currency: a code such as EUR expected"
	}
	var f IOTFields
	rate, err := money.Parse(row.Get("rate"), money.CostPlaces)
	if err != nil {
		return "rate: " + err.Error()
	}
	f.Rate = value.Some(value.Cost(rate))
	for _, field := range []struct {
		column string
		into   *value.Opt[value.ID]
	}{{"volume", &f.Volume}, {"blocksize", &f.Block}} {
		text := row.Get(field.column)
		if text == "" {
			continue
		}
		n, err := value.ParseID(text)
		if err != nil {
			return field.column + ": a whole number expected"
		}
		*field.into = value.Some(n)
	}
	if wrong := f.amounts(&l.price); len(wrong) > 0 {
		return wrong[0].Message
	}
	return ""
}

func (b *book) readTime(row sheet.Row, l *Line) string {
	text := row.Get("valid_from")
	if text == "" {
		return ""
	}
	at, err := value.ParseTime(text)
	if err != nil || at.UnixMicro() <= 0 {
		return "valid_from: a time such as 2026-12-01 or 2026-12-01T00:00:00Z expected"
	}
	l.price.ValidFrom = at.UnixMicro()
	return ""
}

func day(micros int64) string { return clock.FromMicros(micros).Format("2006-01-02T15:04:05Z") }

// importChunk is how many prices one transaction adds.
const importChunk = 200

// Apply adds the prices of a plan without wrong lines, some at a time, so that nobody waits long for the organisation's head.
// What others have done since it was planned may stop it in between; the same file can then be imported again.
func (p Plan) Apply(ctx context.Context, d *db.DB, organisation int64) error {
	var prices []Line
	for _, l := range p.Lines {
		switch l.Result {
		case Refused:
			return fault.New(fault.NotAllowed, "line %d: %s", l.Line, l.Reason)
		case Added:
			prices = append(prices, l)
		}
	}
	for len(prices) > 0 {
		some := prices[:min(importChunk, len(prices))]
		prices = prices[len(some):]
		first, err := d.NextIDs(ctx, "inter_operator_tariff", organisation, int64(len(some)*p.width))
		if err != nil {
			return err
		}
		err = d.Write(ctx, []int64{organisation}, func(tx *db.Tx) error {
			for i, l := range some {
				ids := make([]int64, p.width)
				for n := range ids {
					ids[n] = first + int64(i*p.width+n)
				}
				if err := Append(tx, organisation, ids, l.price); err != nil {
					return fmt.Errorf("line %d: %w", l.Line, err)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
