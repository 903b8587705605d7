package usage

import (
	"math/big"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/balance"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/endpoint"
	"github.com/simstead/simstead/internal/profile"
	"github.com/simstead/simstead/internal/quota"
	"github.com/simstead/simstead/internal/sim"
	"github.com/simstead/simstead/internal/tariff"
	"github.com/simstead/simstead/internal/value"
)

// world is one case: an organisation on a rig, the gateways in front of it, and the oracle that keeps its books.
type world struct {
	*rig
	book         *oracle
	t            *rapid.T
	organisation int64
	profiles     [2]int64 // service profiles
	prices       int64    // the tariff profile
	conditions   [2]*conditions

	sessions []*call   // as their gateways see them
	batch    []message // to be delivered in one transaction
	air      []message // sent and not delivered
	past     []message // delivered
	names    map[int64]string
	uuids    map[string]string
	serial   int
	// calm tells that only obedient gateways use what there is, that nobody takes it away, and that what was promised on one
	// line is used on it: then nothing may be overdrawn.
	calm bool

	sorted  [][2]int // parts of the log that may be in any order of sessions
	outages bool     // orders may have been lost, or given twice
	mayLack int      // refusals whose events may be lost
}

// begins are where cases begin: before the ends of days and months, with clocks that are put forward or back, everywhere.
var begins = []struct {
	zone string
	at   time.Time
}{
	{"Europe/Berlin", time.Date(2026, 10, 31, 22, 40, 0, 0, time.UTC)},
	{"Europe/Berlin", time.Date(2027, 3, 27, 22, 30, 0, 0, time.UTC)},
	{"America/New_York", time.Date(2027, 3, 31, 23, 30, 0, 0, time.UTC)},
	{"America/New_York", time.Date(2026, 11, 1, 3, 50, 0, 0, time.UTC)},
	{"Asia/Kolkata", time.Date(2026, 12, 31, 18, 0, 0, 0, time.UTC)},
	{"Australia/Lord_Howe", time.Date(2027, 3, 31, 12, 30, 0, 0, time.UTC)},
	{"Pacific/Apia", time.Date(2026, 11, 30, 9, 30, 0, 0, time.UTC)},
	{"UTC", time.Date(2028, 2, 29, 23, 0, 0, 0, time.UTC)},
}

// newWorld draws an organisation with its devices.
func newWorld(t *rapid.T, r *rig, begins int) *world {
	w := &world{rig: r, t: t, names: map[int64]string{}, uuids: map[string]string{}}
	r.failer = t
	w.calm = chance(t, 3, "calm")
	r.stop()
	w.place(begins)
	r.begin()
	w.organise()
	for range rapid.IntRange(1, 3).Draw(t, "devices") {
		w.addDevice()
	}
	w.orders.take()
	return w
}

func chance(t *rapid.T, one int, name string) bool {
	return rapid.IntRange(1, one).Draw(t, name) == one
}

// place sets zone and clock.
func (w *world) place(most int) {
	b := begins[rapid.IntRange(0, most-1).Draw(w.t, "place")]
	zone, err := time.LoadLocation(b.zone)
	if err != nil {
		w.t.Fatal(err)
	}
	w.clock.Advance(b.at.Sub(w.clock.Clock().Now()))
	w.settings = DefaultSettings()
	w.settings.Grants.Slice = rapid.SampledFrom([]int64{100_000, 1_000_000}).Draw(w.t, "slice")
	w.settings.Grants.Least = rapid.SampledFrom([]int64{1, 10_000}).Draw(w.t, "least")
	w.book = &oracle{
		failer: w.t, rules: w.settings, zone: zone, pools: map[poolName]*pool{}, given: map[string]givenAnswer{}, rejected: map[rejection]int64{},
		account: treasury{credited: new(big.Int), debited: new(big.Int), cost: new(big.Int)},
	}
	w.book.now = w.clock.Clock().Micros()
}

// volume and money draw amounts of the size of what is used.
func volume(t *rapid.T, name string) int64 {
	return rapid.OneOf(rapid.Int64Range(0, 3), rapid.Int64Range(0, 300_000), rapid.Int64Range(0, 5_000_000)).Draw(t, name)
}

func amount(t *rapid.T, name string) int64 {
	return rapid.OneOf(rapid.Int64Range(0, 1000), rapid.Int64Range(0, homeRate), rapid.Int64Range(0, 20*homeRate)).Draw(t, name)
}

// organise makes the organisation with its profiles.
func (w *world) organise() {
	id, err := account.CreateOrganisation(w.context(), w.db, w.clock.Clock(), account.Organisation{
		Name: "Case", Type: account.Enterprise, Parent: w.operator, TimeZone: w.book.zone.String(),
	})
	w.must(err)
	w.organisation = id
	w.book.tariff = &w.palette[rapid.IntRange(0, len(w.palette)-1).Draw(w.t, "tariff")]
	w.prices = w.id("tariff_profile", id)
	for i := range w.profiles {
		w.profiles[i] = w.id("service_profile", id)
	}
	w.write(func(tx *db.Tx) error {
		if err := tariff.Assign(tx, id, w.book.tariff.ID); err != nil {
			return err
		}
		for i := range w.profiles {
			if err := w.profile(tx, i); err != nil {
				return err
			}
		}
		return profile.CreateTariff(tx, id, w.prices, profile.TariffFields{
			Name: value.Some("Roam"), Tariff: value.Some(value.Ref{ID: value.Some(value.ID(w.book.tariff.ID))}),
		})
	}, id)
	w.drawOwnRate()
	w.drawAllowance()
	w.drawTreasury()
}

// profile draws a service profile.
func (w *world) profile(tx *db.Tx, i int) error {
	t := w.t
	c := &conditions{
		dataQuota: chance(t, 3, "data quota"), smsQuota: chance(t, 3, "SMS quota"), prepaid: chance(t, 3, "prepaid"),
		services: map[int64]bool{tariff.Data: true, tariff.SMSMO: true, tariff.SMSMT: true},
	}
	w.conditions[i] = c
	if err := profile.CreateService(tx, w.organisation, w.profiles[i], profile.ServiceFields{Name: value.Some("Case")}); err != nil {
		return err
	}
	for service := range c.services {
		if err := profile.AddService(tx, w.organisation, w.profiles[i], service); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(`UPDATE service_profile SET apply_data_quota = $1, apply_sms_quota = $2, prepaid = $3
		WHERE organisation_id = $4 AND id = $5`, c.dataQuota, c.smsQuota, c.prepaid, w.organisation, w.profiles[i]); err != nil {
		return err
	}
	for n, service := range []int64{tariff.Data, tariff.SMSMO} {
		if !chance(t, 4, "limit") {
			continue
		}
		l := monthly{service: service, volume: volume(t, "limit of a month"), warning: rapid.SampledFrom([]int64{0, 50, 80}).Draw(t, "warning")}
		if service != tariff.Data {
			l.volume %= 12
		}
		c.limits = append(c.limits, l)
		if _, err := tx.Exec(`INSERT INTO service_profile_limit (organisation_id, service_profile_id, id, service_id, volume, satellite_only,
			warning_percent, own) VALUES ($1, $2, $3, $4, $5, FALSE, $6, TRUE)`, w.organisation, w.profiles[i], n+1, l.service, l.volume, l.warning); err != nil {
			return err
		}
	}
	return nil
}

// drawOwnRate gives the tariff profile a price of its own that begins and ends in the course of the case.
func (w *world) drawOwnRate() {
	if w.calm || !chance(w.t, 3, "own rate") {
		return
	}
	own := ownRate{
		zone: w.book.tariff.Zones[rapid.IntRange(0, 1).Draw(w.t, "own zone")].ID, rate: amount(w.t, "own rate"),
		from: w.book.now + rapid.Int64Range(-1, 3600).Draw(w.t, "from")*clock.Second,
	}
	if chance(w.t, 2, "ends") {
		own.until = own.from + rapid.Int64Range(1, 7200).Draw(w.t, "for")*clock.Second
	}
	w.book.own = append(w.book.own, own)
	w.exec(w.organisation, `INSERT INTO custom_rate (organisation_id, tariff_profile_id, id, ratezone_id, service_id, rate, valid_from, valid_until)
		VALUES ($1, $2, 1, $3, $4, $5, $6, $7)`, w.organisation, w.prices, own.zone, tariff.Data, own.rate, own.from, own.until)
}

// drawAllowance gives the tariff profile an inclusive volume.
func (w *world) drawAllowance() {
	if !chance(w.t, 2, "inclusive") {
		return
	}
	v := &allowance{
		id: w.id("inclusive_volume", w.organisation), tariff: w.book.tariff.ID, zone: w.book.tariff.Zones[0].ID,
		bytes: volume(w.t, "bytes a SIM") + 1, first: monthIn(w.book.zone, w.book.now), pooled: rapid.Bool().Draw(w.t, "pooled"),
	}
	w.book.volume = v
	w.exec(w.organisation, `INSERT INTO inclusive_volume (organisation_id, id, tariff_id, ratezone_id, volume, rate, currency_id, pooled,
		first_month, last_month) VALUES ($1, $2, $3, $4, $5, 1, 1, $6, $7, 0)`, w.organisation, v.id, v.tariff, v.zone, v.bytes, v.pooled, v.first)
	w.exec(w.organisation, `UPDATE tariff_profile SET inclusive_volume_id = $1 WHERE organisation_id = $2`, v.id, w.organisation)
}

// drawTreasury says how the organisation pays.
func (w *world) drawTreasury() {
	a := &w.book.account
	a.month = monthIn(w.book.zone, w.book.now)
	if chance(w.t, 4, "cost limit") {
		w.limitCost(amount(w.t, "cost limit"))
	}
	if chance(w.t, 6, "organisation prepaid") {
		w.pay(amount(w.t, "organisation's balance"))
	}
}

// pay credits the organisation's balance. Payments have six decimal places at most.
func (w *world) pay(n int64) {
	n -= n % 10_000
	w.book.account.prepaid = true
	w.book.account.credited = plus(w.book.account.credited, big.NewInt(n))
	w.write(func(tx *db.Tx) error {
		return balance.Pay(tx, w.book.now, 0, w.organisation, balance.Payment{Amount: value.Some(value.Amount(n))})
	}, w.organisation)
}

func (w *world) limitCost(limit int64) {
	w.book.account.limit = big.NewInt(limit)
	w.exec(w.organisation, `UPDATE organisation SET monthly_cost_limit = $1 WHERE id = $2`, limit, w.organisation)
}

// addDevice draws a device.
func (w *world) addDevice() {
	t := w.t
	p := rapid.IntRange(0, 1).Draw(t, "profile")
	one := &owner{
		device:     device{imsi: w.imsi(), sim: w.id("sim", w.organisation), organisation: w.organisation},
		conditions: w.conditions[p], test: chance(t, 5, "factory test"), blacklist: map[int64]bool{}, quotas: map[int64]*allotment{},
		use: map[int64]*used1{},
	}
	status := sim.Activated
	if one.test {
		status = sim.FactoryTest
	}
	imsi := w.id("imsi", w.organisation)
	one.endpoint = w.id("endpoint", w.organisation)
	w.write(func(tx *db.Tx) error {
		now := w.book.now
		if err := sim.Import(tx, now, one.sim, imsi, []sim.New{{
			ICCID: "8949" + one.imsi, IMSI: one.imsi, Issuer: w.operator, Customer: w.organisation, Status: status,
		}}); err != nil {
			return err
		}
		return endpoint.CreateMany(tx, now, w.organisation, []endpoint.Row{{
			ID: one.endpoint, Name: "meter", SIM: one.sim, ServiceProfile: w.profiles[p], TariffProfile: w.prices,
		}})
	}, w.organisation)
	w.book.owners = append(w.book.owners, one)
	one.name = int64(len(w.book.owners))
	if !one.test {
		w.book.activate(one)
	}
	for _, traffic := range []int64{quota.Data, quota.SMS} {
		if !chance(t, 5, "no quota") {
			w.giveQuota(one, traffic)
		}
	}
	if !chance(t, 5, "no balance") {
		w.load(one, amount(t, "balance"), rapid.SampledFrom([]int64{3_000_000, 3_000_000, 1800}).Draw(t, "balance expires"))
	}
}

// giveQuota assigns a quota.
func (w *world) giveQuota(one *owner, traffic int64) {
	t := w.t
	given := volume(t, "quota")
	if traffic == quota.SMS {
		given %= 8
	}
	expiry := w.book.now + rapid.SampledFrom([]int64{600, 86_400, 10 * 86_400}).Draw(t, "expires")*clock.Second
	percentage := rapid.SampledFrom([]int64{-1, 0, 20, 50, 100}).Draw(t, "threshold")
	q := quota.New(w.organisation, one.endpoint, traffic, given, expiry, percentage, w.book.now)
	q.AutoRefill = chance(t, 3, "refill")
	if q.Action = rapid.SampledFrom([]int64{quota.Block, quota.Block, quota.Throttle}).Draw(t, "action"); q.Action == quota.Throttle {
		q.Throughput = rapid.SampledFrom([]int64{128_000, 64_000}).Draw(t, "throughput")
	}
	one.quotas[traffic] = &allotment{
		given: given, added: given, percentage: percentage, expiry: expiry, day: w.book.now / clock.Day, refill: q.AutoRefill,
		block: q.Action == quota.Block, rate: q.Throughput,
	}
	w.write(func(tx *db.Tx) error { return quota.Store(tx, []quota.Quota{q}) }, w.organisation)
}

// load credits a balance, which ends after so many seconds.
func (w *world) load(one *owner, amount, seconds int64) {
	p := one.purse
	if p == nil {
		p = &purse{credited: new(big.Int), debited: new(big.Int), loaded: new(big.Int)}
		one.purse = p
	}
	p.settle(w.book.zone, w.book.now)
	amount -= amount % 10_000
	p.credited, p.expiry, p.month = plus(p.credited, big.NewInt(amount)), w.book.now+seconds*clock.Second, monthIn(w.book.zone, w.book.now)
	if amount > 0 {
		p.loaded = big.NewInt(amount)
	}
	p.reset = chance(w.t, 3, "reset each month")
	w.write(func(tx *db.Tx) error {
		return balance.Load(tx, w.book.now, 0, w.organisation, one.endpoint, balance.Fields{
			Amount: value.Some(value.Amount(amount)), ExpiryDate: value.Some(value.EntityTime(p.expiry)), AutoReset: value.Some(p.reset),
		})
	}, w.organisation)
}

// onlyWild skips what does not happen in a calm case.
func (w *world) onlyWild() {
	if w.calm {
		w.t.Skip("it is calm")
	}
}

// running reports whether a session may still use what it was granted.
func (w *world) running() bool {
	return slices.ContainsFunc(w.sessions, func(c *call) bool { return !c.over || c.waiting > 0 })
}

// someone draws a device.
func (w *world) someone() *owner {
	return w.book.owners[rapid.IntRange(0, len(w.book.owners)-1).Draw(w.t, "device")]
}

// forget drops what is told of sessions that the flow has forgotten.
func (w *world) forget(ids []string) {
	about := func(m message) bool { return slices.Contains(ids, m.report.SessionID) }
	w.air, w.past = slices.DeleteFunc(w.air, about), slices.DeleteFunc(w.past, about)
	w.sessions = slices.DeleteFunc(w.sessions, func(c *call) bool { return slices.Contains(ids, c.id) })
}
