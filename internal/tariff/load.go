package tariff

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/network"
)

// Version reads the version that a Catalogue loaded now would have, or an older one: reload when it is newer than
// what is held.
func Version(q db.Queryer) (int64, error) {
	return db.One(q, db.Int, `SELECT version FROM catalogue WHERE id = 1`)
}

// Load reads the catalogue. The version comes first: what changes while the rest is read makes a newer version, and
// the next look at Version brings it in.
func Load(q db.Queryer) (*Catalogue, error) {
	c := &Catalogue{
		operators: map[int64]network.Operator{}, countries: map[int64]network.Country{}, currencies: map[int64]network.Currency{},
		tariffs: map[int64]*tariff{}, zones: map[place][]*zone{}, coverage: map[int64]map[int64]*entry{},
	}
	var err error
	if c.Version, err = Version(q); err != nil {
		return nil, fmt.Errorf("load catalogue: %w", err)
	}
	for _, read := range []func(db.Queryer) error{c.readNetworks, c.readTariffs, c.readZones, c.readDefinitions, c.readQoS, c.readCoverage} {
		if err := read(q); err != nil {
			return nil, fmt.Errorf("load catalogue: %w", err)
		}
	}
	return c, nil
}

func (c *Catalogue) readNetworks(q db.Queryer) (err error) {
	if c.plmns, err = network.LoadPLMNs(q); err != nil {
		return err
	}
	operators, err := network.Operators(q)
	if err != nil {
		return err
	}
	countries, err := network.Countries(q)
	if err != nil {
		return err
	}
	currencies, err := network.Currencies(q)
	if err != nil {
		return err
	}
	for _, o := range operators {
		c.operators[o.ID] = o
	}
	for _, n := range countries {
		c.countries[n.ID] = n
	}
	for _, n := range currencies {
		c.currencies[n.ID] = n
	}
	return nil
}

func (c *Catalogue) readTariffs(q db.Queryer) error {
	return q.Each(func(r *db.Row) {
		c.tariffs[r.Int()] = &tariff{
			name: r.Text(), currency: r.Int(), block: r.Int(), rounding: r.Int(), throttle: r.Int(), zones: map[int64]string{},
		}
	}, `SELECT id, name, currency_id, data_blocksize, rounding_scope, data_throttle FROM tariff`)
}

// readZones reads zones, then their rates, then their operators. Rows of a tariff or zone that was not there a moment
// ago are passed over: a newer version is on its way. Zones that are in staging or deleted have a name and no price.
func (c *Catalogue) readZones(q db.Queryer) error {
	type key struct{ tariff, zone int64 }
	byKey := map[key]*zone{}
	err := q.Each(func(r *db.Row) {
		k := key{r.Int(), r.Int()}
		name := r.Text()
		t, validity, status := c.tariffs[k.tariff], window{r.Int(), r.Int()}, r.Int()
		if t == nil {
			return
		}
		t.zones[k.zone] = name
		if status == Active || status == Deprecated {
			byKey[k] = &zone{id: k.zone, window: validity, rates: map[int64][]rate{}}
		}
	}, `SELECT tariff_id, id, name, valid_from, valid_until, status_id FROM ratezone`)
	if err != nil {
		return err
	}
	err = q.Each(func(r *db.Row) {
		if z := byKey[key{r.Int(), r.Int()}]; z != nil {
			service := r.Int()
			z.rates[service] = append(z.rates[service], rate{amount: r.Int(), window: window{r.Int(), r.Int()}})
		}
	}, `SELECT tariff_id, ratezone_id, service_id, rate, valid_from, valid_until FROM ratezone_rate ORDER BY valid_from DESC, id`)
	if err != nil {
		return err
	}
	err = q.Each(func(r *db.Row) {
		k := key{r.Int(), r.Int()}
		if z := byKey[k]; z != nil {
			at := place{k.tariff, r.Int()}
			c.zones[at] = append(c.zones[at], z)
		}
	}, `SELECT tariff_id, ratezone_id, operator_id FROM ratezone_operator`)
	for _, zones := range c.zones {
		slices.SortFunc(zones, func(a, b *zone) int { return cmp.Or(cmp.Compare(b.from, a.from), cmp.Compare(a.id, b.id)) })
	}
	return err
}

func (c *Catalogue) readDefinitions(q db.Queryer) error {
	return q.Each(func(r *db.Row) {
		t, apn := c.tariffs[r.Int()], strings.ToLower(r.Text())
		if t == nil {
			return
		}
		if t.apns == nil {
			t.apns = map[string]*definition{}
		}
		t.apns[apn] = &definition{id: r.Int(), bandwidths: map[int64]Bandwidth{}}
	}, `SELECT t.tariff_id, d.apn, d.id FROM tariff_pdp_context_definition t JOIN pdp_context_definition d ON d.id = t.definition_id`)
}
