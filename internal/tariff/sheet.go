package tariff

import (
	"context"
	"fmt"
	"strings"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/money"
	"github.com/simstead/simstead/internal/network"
	"github.com/simstead/simstead/internal/sheet"
	"github.com/simstead/simstead/internal/value"
)

// Layout is what a tariff sheet holds: a line for each operator with its rate zone (its name; made where there is none), the operator
// in plmn, tapcode or operator (its id), and prices of the zone, which may stand in one of its lines or alike in all.
func Layout() sheet.Layout {
	return sheet.Layout{
		Columns:  []string{"ratezone", "plmn", "tapcode", "operator", "data_rate", "sms_mt_rate", "sms_mo_rate", "valid_from"},
		Required: []string{"ratezone"},
	}
}

// What becomes of a line.
const (
	Added   = "add"    // the operator comes into the tariff, or its zone is new
	Changed = "change" // it moves to another zone, or a price changes
	Same    = "same"
	Refused = "wrong" // nothing: see the reason
)

// Line is what a line of a tariff sheet means.
type Line struct {
	Line     int        `json:"line"`
	Result   string     `json:"result" enum:"add,change,same,wrong"`
	Reason   string     `json:"reason" doc:"What is wrong, else empty."`
	Ratezone string     `json:"ratezone"`
	NewZone  bool       `json:"new_ratezone" doc:"There is no such rate zone yet."`
	Operator string     `json:"operator" doc:"Empty in a line that has only prices."`
	Before   string     `json:"before" doc:"The rate zone where the operator is now; empty: none."`
	Prices   []Compared `json:"prices" doc:"Prices that change."`

	operator, was, from int64
	later               bool // its new rate zone is to come, and takes the operator over by itself
}

// Compared is a price as it was, null for none, and as it will be.
type Compared struct {
	Service   value.Described  `json:"service"`
	Before    *value.Cost      `json:"before"`
	After     value.Cost       `json:"after"`
	ValidFrom value.EntityTime `json:"valid_from"`
}

// Text is a comparison in words.
func (c Compared) Text() string {
	before := "none"
	if c.Before != nil {
		before = money.Format(int64(*c.Before), money.CostPlaces)
	}
	return fmt.Sprintf("%s %s -> %s from %s", c.Service.Description, before, money.Format(int64(c.After), money.CostPlaces),
		clock.FromMicros(int64(c.ValidFrom)).Format("2006-01-02T15:04:05Z"))
}

// Plan is what a tariff sheet would do.
type Plan struct {
	Lines []Line
	zones []*planned // in the order of the file
}

// planned is a rate zone as it will be.
type planned struct {
	id     int64 // 0 = new
	name   string
	from   int64 // of a new one
	prices map[int64]Compared
	rates  []Price
}

// Count counts the lines of a result.
func (p Plan) Count(result string) (n int) {
	for _, l := range p.Lines {
		if l.Result == result {
			n++
		}
	}
	return n
}

// Import reads a tariff sheet into a tariff that the organisation owns. With dry, and when a line is wrong, it only says what would
// be done. now is in µs.
func Import(ctx context.Context, d *db.DB, now, organisation, id int64, s *sheet.Sheet, dry bool) (p Plan, err error) {
	err = d.Read(ctx, func(q db.Queryer) (err error) { p, err = plan(q, now, organisation, id, s); return err })
	if err != nil || dry || p.Count(Refused) > 0 || len(p.zones) == 0 {
		return p, err
	}
	zones, err := d.NextIDs(ctx, "ratezone", organisation, int64(len(p.zones)))
	if err != nil {
		return p, err
	}
	rates, err := d.NextIDs(ctx, "ratezone_rate", organisation, int64(len(p.zones)*len(priced())))
	if err != nil {
		return p, err
	}
	return p, d.Write(ctx, []int64{organisation}, func(tx *db.Tx) error {
		now, err := plan(tx, now, organisation, id, s) // what is true under the head
		if err != nil {
			return err
		}
		if now.Count(Refused) > 0 || len(now.zones) != len(p.zones) {
			return fault.New(fault.NotAllowed, "The tariff has changed meanwhile: import again")
		}
		return now.apply(tx, organisation, id, zones, rates)
	})
}

// priced are the services that have a price, by the column of it.
func priced() map[string]int64 {
	return map[string]int64{"data_rate": Data, "sms_mt_rate": SMSMT, "sms_mo_rate": SMSMO}
}

func (p Plan) apply(tx *db.Tx, organisation, id, zoneID, rateID int64) error {
	byName := map[string]*planned{}
	for i, z := range p.zones {
		byName[strings.ToLower(z.name)] = z
		if z.id == 0 {
			z.id = zoneID + int64(i)
			_, err := tx.Exec(`INSERT INTO ratezone (tariff_id, id, name, valid_from, valid_until, status_id) VALUES ($1, $2, $3, $4, 0, $5)`,
				id, z.id, z.name, z.from, Active)
			if err != nil {
				return fmt.Errorf("add rate zone: %w", err)
			}
		}
		for _, c := range z.prices {
			err := AddRate(tx, int64(c.ValidFrom), organisation, id, z.id, rateID, PriceFields{
				Rate: value.Some(c.After), Service: value.Some(value.Ref{ID: value.Some(c.Service.ID)}), ValidFrom: value.Some(c.ValidFrom),
			})
			if err != nil {
				return err
			}
			rateID++
		}
	}
	for _, l := range p.Lines {
		z := byName[strings.ToLower(l.Ratezone)]
		if l.operator == 0 || l.was == z.id {
			continue
		}
		if l.was != 0 && !l.later {
			if _, err := tx.Exec(`DELETE FROM ratezone_operator WHERE tariff_id = $1 AND operator_id = $2 AND ratezone_id = $3`, id, l.operator, l.was); err != nil {
				return fmt.Errorf("line %d: move operator: %w", l.Line, err)
			}
		}
		if _, err := tx.Exec(`INSERT INTO ratezone_operator (tariff_id, operator_id, ratezone_id) VALUES ($1, $2, $3)
			ON CONFLICT (tariff_id, operator_id, ratezone_id) DO NOTHING`, id, l.operator, z.id); err != nil {
			return fmt.Errorf("line %d: put operator into rate zone: %w", l.Line, err)
		}
	}
	return network.Changed(tx)
}
