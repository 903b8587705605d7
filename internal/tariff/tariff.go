// Package tariff is what usage costs and where it is allowed: tariffs with their rate zones, rates and PDP context
// definitions. A stored tariff never changes, so a cached one never lies; what changes a price is a new tariff or a new
// window of validity.
package tariff

import (
	"context"
	"fmt"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
)

// Tariff is a price list. Ids are 0 until Number gives them.
type Tariff struct {
	ID           int64
	Organisation int64 // the owner
	Name         string
	Description  string
	Status       int64 // Staging to Deleted
	Currency     int64
	Block        int64 // bytes that data is charged in; 1 = exact
	Rounding     int64 // what use is rounded up to blocks over: RoundSession to RoundRecord
	Throttle     int64 // bit/s that its sessions are kept to, 0 = none
	Public       bool  // child organisations of the owner may use it
	Created      int64 // µs
	Zones        []Zone
	Definitions  []Definition // none: every APN is allowed
}

// The states of a tariff.
const (
	Staging int64 = iota
	Active
	Deprecated
	Deleted
)

// What the use of data is rounded up to whole blocks over.
const (
	RoundSession int64 = iota // a session in one rate zone and month
	RoundDay                  // the same, each day of the organisation's by itself
	RoundRecord               // each usage record by itself
)

// Zone is a set of operators that cost the same.
type Zone struct {
	ID         int64
	Name       string
	ValidFrom  int64 // µs
	ValidUntil int64 // µs, exclusive, 0 = open
	Operators  []int64
	Rates      []ZoneRate
}

// ZoneRate is the price of a service in a zone.
type ZoneRate struct {
	ID         int64
	Service    int64
	Rate       int64 // 1e-10 per MB, or per SMS
	ValidFrom  int64 // µs
	ValidUntil int64 // µs, exclusive, 0 = open
}

// Definition is a PDP context definition: an APN that the tariff's sessions may use. One with an ID exists already and
// may serve several tariffs.
type Definition struct {
	ID      int64
	APN     string
	Default bool
}

// Number gives a tariff and its parts the ids that they lack. It comes before the transaction of Create.
func Number(ctx context.Context, d *db.DB, t *Tariff) error {
	type need struct {
		kind string
		id   *int64
	}
	needs := []need{{"tariff", &t.ID}}
	for z := range t.Zones {
		needs = append(needs, need{"ratezone", &t.Zones[z].ID})
		for r := range t.Zones[z].Rates {
			needs = append(needs, need{"ratezone_rate", &t.Zones[z].Rates[r].ID})
		}
	}
	for i := range t.Definitions {
		needs = append(needs, need{"pdp_context_definition", &t.Definitions[i].ID})
	}
	for _, n := range needs {
		if *n.id != 0 {
			continue
		}
		id, err := d.NextID(ctx, n.kind, t.Organisation)
		if err != nil {
			return fmt.Errorf("number tariff: %w", err)
		}
		*n.id = id
	}
	return nil
}

// check says what is wrong with a tariff in itself.
func (t Tariff) check() error {
	var wrong []*fault.Error
	bad := func(is bool, code fault.Code, text string) {
		if is {
			wrong = append(wrong, fault.New(code, "%s", text))
		}
	}
	bad(t.Name == "", fault.Required, "Tariff - name is required")
	bad(t.Currency == 0, fault.Required, "Tariff - currency is required")
	bad(t.Block < 1, fault.InvalidFormat, "Tariff - data_blocksize must be at least one byte")
	for _, z := range t.Zones {
		bad(z.Name == "", fault.Required, "Ratezone - name is required")
		bad(!window{z.ValidFrom, z.ValidUntil}.sound(), fault.InvalidFormat, "Ratezone - valid_until must be after valid_from")
		for _, r := range z.Rates {
			bad(r.Rate < 0, fault.InvalidFormat, "Rate - rate must not be negative")
			bad(!window{r.ValidFrom, r.ValidUntil}.sound(), fault.InvalidFormat, "Rate - valid_until must be after valid_from")
		}
	}
	for _, d := range t.Definitions {
		bad(d.APN == "", fault.Required, "PDP context definition - apn is required")
	}
	return fault.Invalid(wrong...)
}

// window is a time of validity in µs; until is exclusive and 0 when it is open.
type window struct{ from, until int64 }

func (w window) sound() bool { return w.until == 0 || w.until > w.from }
func (w window) holds(micros int64) bool {
	return micros >= w.from && (w.until == 0 || micros < w.until)
}
