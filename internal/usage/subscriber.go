package usage

import (
	"context"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/simstead/simstead/internal/charging"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/profile"
	"github.com/simstead/simstead/internal/record"
	"github.com/simstead/simstead/internal/tariff"
)

// subscriber is all that admission and charging must know about the owner of an IMSI.
type subscriber struct {
	imsi           string
	imsiID         int64
	sim            int64
	simStatus      int64
	organisation   int64
	orgStatus      int64
	currency       int64 // the organisation's
	zone           *time.Location
	issuer         int64
	endpoint       int64 // 0 = the SIM is not assigned
	epStatus       int64
	imei           string // of the endpoint: the one it is locked to, or the one seen last; "" = none
	imeiLock       bool
	blacklist      []int64 // operators
	tariffProfile  int64
	tariff         int64
	serviceProfile int64
	address        string
	dns            []netip.Addr
	billing        record.Billing
	version        int64 // of the organisation's configuration when this was read
	terms          *charging.Terms
	prices         *profile.TariffTerms // nil for none
}

// One statement, so that the version belongs to what stands beside it.
var lookupSubscriber = db.NewLookup("k_imsi text", `SELECT r.imsi, r.imsi_id, r.sim_id, s.status_id, r.organisation_id,
		o.status_id, o.currency_id, o.time_zone, COALESCE(e.id, 0), COALESCE(e.status_id, 0), COALESCE(t.id, 0), COALESCE(t.tariff_id, 0),
		COALESCE(e.service_profile_id, 0), COALESCE(e.ip_address, ''), s.issuer_org_id, COALESCE(e.imei, ''), COALESCE(e.imei_lock, FALSE),
		(SELECT string_agg(CAST(b.operator_id AS TEXT), ',') FROM operator_blacklist b
			WHERE b.organisation_id = e.organisation_id AND b.endpoint_id = e.id),
		COALESCE(n.primary_server, ''), COALESCE(n.secondary_server, ''), `+record.BillingColumns+`, h.config_version
	FROM imsi_route r
	JOIN sim s ON s.id = r.sim_id
	JOIN organisation o ON o.id = r.organisation_id
	JOIN organisation_head h ON h.organisation_id = r.organisation_id`+record.JoinBilling+`
	LEFT JOIN endpoint e ON e.organisation_id = r.organisation_id AND e.id = s.endpoint_id AND s.endpoint_id > 0
	LEFT JOIN tariff_profile t ON t.organisation_id = e.organisation_id AND t.id = e.tariff_profile_id
	LEFT JOIN service_profile p ON p.organisation_id = e.organisation_id AND p.id = e.service_profile_id
	LEFT JOIN dns n ON n.organisation_id = p.organisation_id AND n.id = p.dns_id
	WHERE r.imsi = $1`)

const dataService = tariff.Data

func (c *subscribers) scan(r *db.Row) *subscriber {
	s := &subscriber{
		imsi: r.Text(), imsiID: r.Int(), sim: r.Int(), simStatus: r.Int(), organisation: r.Int(), orgStatus: r.Int(),
		currency: r.Int(), zone: c.location(r.Text()), endpoint: r.Int(), epStatus: r.Int(), tariffProfile: r.Int(), tariff: r.Int(),
		serviceProfile: r.Int(), address: r.Text(), issuer: r.Int(), imei: r.Text(), imeiLock: r.Bool(),
	}
	for _, text := range strings.FieldsFunc(r.Text(), func(c rune) bool { return c == ',' }) {
		operator, _ := strconv.ParseInt(text, 10, 64) // it was an integer
		s.blacklist = append(s.blacklist, operator)
	}
	for range 2 {
		if server, err := netip.ParseAddr(r.Text()); err == nil {
			s.dns = append(s.dns, server)
		}
	}
	s.billing = record.ScanBilling(r)
	s.version = r.Int()
	return s
}

// subscribers remembers them by IMSI. An entry is good while its organisation's configuration has not moved on: inside
// a transaction that is held against the locked head, outside against the newest version this process knows of.
type subscribers struct {
	mu       sync.RWMutex
	byIMSI   map[string]*subscriber
	versions map[int64]int64
	zones    map[string]*time.Location
	terms    map[int64]*orgTerms
}

const maxSubscribers = 200_000

func newSubscribers() *subscribers {
	return &subscribers{byIMSI: map[string]*subscriber{}, versions: map[int64]int64{}, zones: map[string]*time.Location{}, terms: map[int64]*orgTerms{}}
}

// get returns the remembered subscriber unless a newer configuration is known.
func (c *subscribers) get(imsi string) *subscriber {
	c.mu.RLock()
	defer c.mu.RUnlock()
	s := c.byIMSI[imsi]
	if s != nil && c.versions[s.organisation] > s.version {
		return nil
	}
	return s
}

func (c *subscribers) put(found map[string]*subscriber) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for imsi, s := range found {
		if len(c.byIMSI) >= maxSubscribers {
			for old := range c.byIMSI { // any half will do: what is used comes back
				if delete(c.byIMSI, old); len(c.byIMSI) <= maxSubscribers/2 {
					break
				}
			}
		}
		c.byIMSI[imsi] = s
		c.versions[s.organisation] = max(c.versions[s.organisation], s.version)
	}
}

// learn hears of committed heads.
func (c *subscribers) learn(heads []db.Head) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, h := range heads {
		if h.ConfigVersion > c.versions[h.Organisation] {
			c.versions[h.Organisation] = h.ConfigVersion
		}
	}
}

func (c *subscribers) location(name string) *time.Location {
	c.mu.RLock()
	zone := c.zones[name]
	c.mu.RUnlock()
	if zone != nil {
		return zone
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		zone = time.UTC
	}
	c.mu.Lock()
	c.zones[name] = zone
	c.mu.Unlock()
	return zone
}

// find returns the subscribers of the given IMSIs that exist, reading the database for those it does not remember.
func (f *Flow) find(ctx context.Context, imsis []string) (map[string]*subscriber, error) {
	found := make(map[string]*subscriber, len(imsis))
	missing := lookupSubscriber.New()
	for _, imsi := range imsis {
		if _, done := found[imsi]; done || imsi == "" {
			continue
		}
		s := f.subscribers.get(imsi)
		if found[imsi] = s; s == nil {
			missing.Text(imsi)
		}
	}
	if missing.Len() > 0 {
		fresh := map[string]*subscriber{}
		err := f.DB.Lookup(ctx, db.Read{Bulk: lookupSubscriber, Keys: missing, Each: func(_ int, r *db.Row) {
			s := f.subscribers.scan(r)
			fresh[s.imsi] = s
		}})
		if err == nil {
			err = f.subscribers.give(func(fn func(db.Queryer) error) error { return f.DB.Read(ctx, fn) }, fresh)
		}
		if err != nil {
			return nil, err
		}
		f.subscribers.put(fresh)
		for imsi, s := range fresh {
			found[imsi] = s
		}
	}
	for imsi, s := range found {
		if s == nil {
			delete(found, imsi)
		}
	}
	return found, nil
}

// watchVersions learns what other processes changed, nodes and tools: tariffs and the configuration of organisations.
func (f *Flow) watchVersions(ctx context.Context) {
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := f.DB.Read(ctx, func(q db.Queryer) error {
			if err := f.reloadCatalogue(q); err != nil {
				return err
			}
			if err := f.restarts.load(q); err != nil {
				return err
			}
			heads, err := db.All(q, func(r *db.Row) db.Head { return db.Head{Organisation: r.Int(), ConfigVersion: r.Int()} },
				`SELECT organisation_id, config_version FROM organisation_head`)
			f.subscribers.learn(heads)
			return err
		})
		if err != nil && ctx.Err() == nil {
			f.Log.Error("configuration could not be checked", "error", err)
		}
	}
}
