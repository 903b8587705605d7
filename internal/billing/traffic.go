package billing

import (
	"cmp"
	"maps"
	"slices"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/money"
	"github.com/simstead/simstead/internal/record"
	"github.com/simstead/simstead/internal/tariff"
	"github.com/simstead/simstead/internal/value"
)

// use is what the statement tells of a row of org_month.
type use struct {
	late, profile, tariff, zone, country, currency, traffic, rate int64
	volume, inclusive, cost, debited, account                     int64
}

// line is what a use is told under: tariff, profile where that counts, currency, zone and country.
type line [5]int64

func (b *builder) lineOf(u use) line {
	l := line{u.tariff, 0, u.currency, u.zone, u.country}
	if b.split {
		l[1] = u.profile
	}
	return l
}

func compareLines(a, b line) int { return slices.Compare(a[:], b[:]) }

func (b *builder) traffic() error {
	rows, err := db.All(b.q, func(r *db.Row) use {
		return use{
			late: r.Int(), profile: r.Int(), tariff: r.Int(), zone: r.Int(), country: r.Int(), currency: r.Int(), traffic: r.Int(), rate: r.Int(),
			volume: r.Int(), inclusive: r.Int(), cost: r.Int(), debited: r.Int(), account: r.Int(),
		}
	}, `SELECT late_month, tariff_profile_id, tariff_id, ratezone_id, country_id, currency_id, traffic_type_id, rate, volume_tx + volume_rx,
		inclusive, cost, debited, account_debited FROM org_month WHERE organisation_id = $1 AND billing_month = $2`, b.o.ID, b.month)
	if err != nil {
		return err
	}
	slices.SortFunc(rows, func(x, y use) int {
		return cmp.Or(compareLines(b.lineOf(x), b.lineOf(y)), cmp.Compare(x.late, y.late), cmp.Compare(x.rate, y.rate))
	})
	var paid money.Sum
	for _, u := range rows {
		if u.currency == b.o.Currency {
			paid.Add(min(u.debited+u.account, u.cost)) // who pays from both pays once
		}
		var cost money.Sum
		cost.Add(u.cost)
		b.owe(u.currency, cost)
	}
	err = b.q.Each(func(r *db.Row) { paid.Add(-r.Int()) }, `SELECT cost FROM organisation_unpaid WHERE organisation_id = $1 AND billing_month = $2`,
		b.o.ID, b.month)
	if err != nil {
		return err
	}
	b.s.PaidFromBalance = b.amount(b.o.Currency, paid)
	b.s.Traffic = Traffic{Data: b.kind(rows, record.Data), SMS: b.kind(rows, record.SMS)}
	b.late(rows)
	return nil
}

// measure is a volume as it is told: bytes as MB, SMS as a plain number, which is what so many whole MB look like.
func measure(traffic, n int64) value.MB {
	if traffic == record.Data {
		return value.MB(n)
	}
	return value.MB(n * money.MB)
}

func (v *VolumeAmount) add(u use) {
	sum := money.Sum(v.Cost)
	sum.Add(u.cost)
	v.Cost = value.Sum(sum)
	v.Volume += measure(u.traffic, u.volume)
}

// kind tells the uses of one kind of traffic, which are in the order of their lines.
func (b *builder) kind(rows []use, traffic int64) TrafficKind {
	k := TrafficKind{Tariff: []TariffUse{}, Total: VolumeAmount{Amount: b.amount(b.o.Currency, money.Sum{})}}
	last := line{-1}
	rated := map[line]int64{} // the rate of zones and countries, -1 for many
	for _, u := range rows {
		if u.traffic != traffic {
			continue
		}
		l := b.lineOf(u)
		if l[0] != last[0] || l[1] != last[1] || l[2] != last[2] {
			k.Tariff = append(k.Tariff, b.tariffUse(u))
			last = line{l[0], l[1], l[2], -1, -1}
		}
		t := &k.Tariff[len(k.Tariff)-1]
		if l[3] != last[3] {
			t.Ratezone = append(t.Ratezone, b.zoneUse(u))
			last = line{l[0], l[1], l[2], l[3], -1}
		}
		z := &t.Ratezone[len(t.Ratezone)-1]
		if l[4] != last[4] {
			z.Countries = append(z.Countries, b.countryUse(u))
		}
		c := &z.Countries[len(z.Countries)-1]
		last = l
		t.add(u)
		z.add(u)
		c.add(u)
		z.InclusiveVolume += value.MB(u.inclusive)
		c.Inclusive += value.MB(u.inclusive)
		z.Rate, c.Rate = rateOf(rated, line{l[0], l[1], l[2], l[3], -1}, u), rateOf(rated, l, u)
		if all := u; all.currency == b.o.Currency || all.currency == 0 {
			k.Total.add(all)
		}
	}
	return k
}

// rateOf is the rate of all that was used under a line so far, nil where there was none or more than one.
func rateOf(seen map[line]int64, l line, u use) *value.Cost {
	before, known := seen[l]
	switch {
	case u.currency == 0:
		return nil
	case !known:
		seen[l] = u.rate
	case before != u.rate:
		seen[l] = -1
	}
	if seen[l] < 0 {
		return nil
	}
	rate := value.Cost(seen[l])
	return &rate
}

const unrated = "Not rated"

func (b *builder) tariffName(u use) string {
	if u.currency == 0 {
		return unrated
	}
	return b.tariffs[u.tariff]
}

func (b *builder) nothing(u use) VolumeAmount {
	return VolumeAmount{Amount: b.amount(u.currency, money.Sum{})}
}

func (b *builder) tariffUse(u use) TariffUse {
	t := TariffUse{ID: value.ID(u.tariff), Name: b.tariffName(u), VolumeAmount: b.nothing(u), Ratezone: []ZoneUse{}}
	if b.split {
		t.TariffProfile = &value.Named{ID: value.ID(u.profile), Name: b.profiles[u.profile]}
	}
	return t
}

func (b *builder) zoneUse(u use) ZoneUse {
	z := ZoneUse{ID: value.ID(u.zone), Name: b.zones[u.zone], Tariff: b.tariffName(u), VolumeAmount: b.nothing(u), Countries: []CountryUse{}}
	if u.traffic == record.Data {
		z.DataPackageVolume = value.MB(b.packages[u.zone])
	}
	return z
}

func (b *builder) countryUse(u use) CountryUse {
	return CountryUse{
		Country: CountryName{value.ID(u.country), b.countries[u.country]}, Ratezone: b.zones[u.zone], RatezoneID: value.Text(u.zone),
		Tariff: b.tariffName(u), TariffID: value.Text(u.tariff), VolumeAmount: b.nothing(u),
	}
}

// late tells what was used in months that were closed before it came.
func (b *builder) late(rows []use) {
	type key struct{ month, traffic, currency int64 }
	sums := map[key]*Late{}
	for _, u := range rows {
		if u.late == 0 {
			continue
		}
		k := key{u.late, u.traffic, u.currency}
		if sums[k] == nil {
			kind := tariff.DataTraffic()
			if u.traffic == record.SMS {
				kind = tariff.SMSTraffic()
			}
			sums[k] = &Late{Month: value.ID(u.late), TrafficType: value.Described{ID: value.ID(kind.ID), Description: kind.Description}, VolumeAmount: b.nothing(u)}
		}
		sums[k].add(u)
	}
	b.s.LateUsage = []Late{}
	for _, k := range slices.SortedFunc(maps.Keys(sums), func(x, y key) int {
		return cmp.Or(cmp.Compare(x.month, y.month), cmp.Compare(x.traffic, y.traffic), cmp.Compare(x.currency, y.currency))
	}) {
		b.s.LateUsage = append(b.s.LateUsage, *sums[k])
	}
}

func sortedKeys[V any](m map[int64]V) []int64 { return slices.Sorted(maps.Keys(m)) }
