package provision

import (
	"context"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/money"
	"github.com/simstead/simstead/internal/profile"
	"github.com/simstead/simstead/internal/tariff"
)

func (r *run) checkTariffs() {
	seen := map[string]bool{}
	for i, t := range r.file.Tariffs {
		at := place("tariffs", i, t.Name)
		if !isName(t.Name) {
			r.bad(at+".name", "a name of at most %d characters is required", maxName)
		}
		if seen[t.Name] {
			r.bad(at, "the name comes twice")
		}
		seen[t.Name] = true
		r.prices = append(r.prices, r.price(at, t))
	}
	for name := range seen {
		r.tariffs[name] += 0 // known from here on, though it may not be made yet
	}
}

func (r *run) price(at string, t Tariff) tariff.Tariff {
	out := tariff.Tariff{
		Organisation: r.operator.ID, Name: t.Name, Status: tariff.Active, Currency: r.currencies[t.Currency], Block: 1, Public: true,
		Created: r.Clock.Micros(),
	}
	if out.Currency == 0 {
		r.bad(at+".currency", "there is no currency %q", t.Currency)
	}
	if t.Block != nil {
		if out.Block = *t.Block; out.Block < 1 {
			r.bad(at+".block", "at least one byte expected")
		}
	}
	switch t.Rounding {
	case "", "session":
	case "day":
		out.Rounding = tariff.RoundDay
	case "record":
		out.Rounding = tariff.RoundRecord
	default:
		r.bad(at+".rounding", "%q is none of session, day and record", t.Rounding)
	}
	for i, apn := range t.APNs {
		if !isName(apn) {
			r.bad(at+".apns", "%q is not an APN", apn)
		}
		out.Definitions = append(out.Definitions, tariff.Definition{APN: apn, Default: i == 0})
	}
	if len(t.Zones) == 0 {
		r.bad(at+".zones", "a tariff without zones prices nothing")
	}
	taken, names := map[int64]string{}, map[string]bool{}
	for i, z := range t.Zones {
		zone := place(at+".zones", i, z.Name)
		if !isName(z.Name) || names[z.Name] {
			r.bad(zone+".name", "a name is required that no other zone has")
		}
		names[z.Name] = true
		out.Zones = append(out.Zones, r.zone(zone, z, taken))
	}
	return out
}

// zone turns networks into operators. Where two zones held the same one, it would be left to chance what it costs.
func (r *run) zone(at string, z Zone, taken map[int64]string) tariff.Zone {
	out := tariff.Zone{Name: z.Name, ValidFrom: clock.Day}
	if len(z.Networks) == 0 {
		r.bad(at+".networks", "at least one PLMN expected")
	}
	for _, plmn := range z.Networks {
		id, ok := r.plmns.Operator(plmn)
		zone, used := taken[id]
		switch {
		case !ok:
			r.bad(at+".networks", "there is no network %q", plmn)
		case used && zone != at:
			r.bad(at+".networks", "the operator of %s is in %s already", plmn, zone)
		case !used:
			taken[id] = at
			out.Operators = append(out.Operators, id)
		}
	}
	rate := func(key, text string, services ...int64) {
		n := r.amount(at+"."+key, text)
		for _, service := range services {
			out.Rates = append(out.Rates, tariff.ZoneRate{Service: service, Rate: n, ValidFrom: clock.Day})
		}
	}
	rate("data_rate", z.DataRate, profile.Data)
	if z.SMSRate != "" {
		rate("sms_rate", z.SMSRate, profile.SMSMT, profile.SMSMO)
	}
	return out
}

// amount reads a sum of money.
func (r *run) amount(at, text string) int64 {
	n, err := money.Parse(text, money.CostPlaces)
	if err != nil || n < 0 {
		r.bad(at, "%q is not a price; one looks like \"0.05\"", text)
	}
	return n
}

// makeTariffs makes those that are not there, all or none, and lets the operator use them.
func (r *run) makeTariffs(ctx context.Context) error {
	var missing []int
	for i := range r.prices {
		if t := &r.prices[i]; r.tariffs[t.Name] == 0 {
			missing = append(missing, i)
		}
	}
	if len(missing) > 0 && !r.DryRun {
		for _, i := range missing {
			if err := tariff.Number(ctx, r.DB, &r.prices[i]); err != nil {
				return err
			}
		}
		err := r.DB.Write(ctx, []int64{r.operator.ID}, func(tx *db.Tx) error { return r.storeTariffs(tx, missing) })
		if err != nil {
			return err
		}
	}
	for _, t := range r.prices {
		if r.tariffs[t.Name] != 0 {
			r.found("tariff %s", t.Name)
			continue
		}
		r.tariffs[t.Name] = t.ID
		r.made("tariff %s", t.Name)
	}
	return nil
}

// storeTariffs looks again under the operator's head: somebody else may have made one meanwhile.
func (r *run) storeTariffs(tx *db.Tx, missing []int) error {
	if err := r.loadTariffs(tx); err != nil {
		return err
	}
	for _, i := range missing {
		t := r.prices[i]
		if r.tariffs[t.Name] != 0 {
			continue
		}
		if err := tariff.Create(tx, t); err != nil {
			return err
		}
		if err := tariff.Assign(tx, r.operator.ID, t.ID); err != nil {
			return err
		}
	}
	return nil
}
