package tariff

import (
	"strings"

	"github.com/simstead/simstead/internal/network"
)

// Catalogue is all that rating must know of operators and tariffs, at one version. It never changes after Load, so any
// number of goroutines may read it.
type Catalogue struct {
	Version    int64
	plmns      network.PLMNs
	operators  map[int64]network.Operator
	countries  map[int64]network.Country
	currencies map[int64]network.Currency
	tariffs    map[int64]*tariff
	zones      map[place][]*zone          // by falling valid_from, then id: the first one that is valid counts
	coverage   map[int64]map[int64]*entry // of issuers: by operator
}

// tariff is what the catalogue keeps of a Tariff.
type tariff struct {
	name            string
	currency, block int64
	rounding        int64
	throttle        int64
	apns            map[string]*definition // in lower case; nil: every APN is allowed
	zones           map[int64]string       // names by id
}

// place is where a session is, in the eyes of a tariff.
type place struct{ tariff, operator int64 }

type zone struct {
	id int64
	window
	rates map[int64][]rate // by service, by falling valid_from, then id
}

type rate struct {
	window
	amount int64
}

// Rate is the price of a service at a place and time.
type Rate struct {
	Ratezone int64
	Rate     int64 // 1e-10 per MB, or per SMS
	Block    int64 // what is counted in: bytes, or 1 for SMS
	Rounding int64
	Currency int64
}

// Operator returns the operator of a PLMN as a packet core reports it.
func (c *Catalogue) Operator(plmn string) (id int64, ok bool) { return c.plmns.Operator(plmn) }

// Home finds the operator whose network an IMSI is of.
func (c *Catalogue) Home(imsi string) (id int64, ok bool) { return c.plmns.Home(imsi) }

// Rate returns what a service costs at a time in µs; false when the tariff does not cover it. Where zones or rates
// overlap in time, the one that became valid last counts.
func (c *Catalogue) Rate(tariff, operator, service, at int64) (Rate, bool) {
	for _, z := range c.zones[place{tariff, operator}] {
		if !z.holds(at) {
			continue
		}
		for _, r := range z.rates[service] {
			if r.holds(at) {
				t := c.tariffs[tariff]
				found := Rate{Ratezone: z.id, Rate: r.amount, Block: t.block, Rounding: t.rounding, Currency: t.currency}
				if service != Data {
					found.Block, found.Rounding = 1, RoundSession
				}
				return found, true
			}
		}
	}
	return Rate{}, false
}

// NextChange is when the price of a service at a place may change next after a time in µs; 0 for never.
func (c *Catalogue) NextChange(tariff, operator, service, at int64) (next int64) {
	take := func(w window) {
		for _, boundary := range []int64{w.from, w.until} {
			if boundary > at && (next == 0 || boundary < next) {
				next = boundary
			}
		}
	}
	for _, z := range c.zones[place{tariff, operator}] {
		take(z.window)
		for _, r := range z.rates[service] {
			take(r.window)
		}
	}
	return next
}

// AllowsAPN reports whether sessions under a tariff may use an APN. Case does not matter, nor does the operator
// identifier that a gateway may append to the network identifier (TS 23.003 9.1.2).
func (c *Catalogue) AllowsAPN(tariff int64, apn string) bool {
	t := c.tariffs[tariff]
	return t == nil || t.apns == nil || t.apns[networkIdentifier(apn)] != nil
}

// networkIdentifier is an APN in lower case without ".mnc012.mcc345.gprs".
func networkIdentifier(apn string) string {
	const pattern = ".mnc000.mcc000.gprs"
	apn = strings.ToLower(apn)
	cut := len(apn) - len(pattern)
	if cut < 1 {
		return apn
	}
	for i := range pattern {
		ch := apn[cut+i]
		if pattern[i] == '0' {
			if ch < '0' || ch > '9' {
				return apn
			}
		} else if ch != pattern[i] {
			return apn
		}
	}
	return apn[:cut]
}

// OperatorByID returns an operator with its networks and its country's codes as numbers.
func (c *Catalogue) OperatorByID(id int64) (network.Operator, bool) {
	o, ok := c.operators[id]
	return o, ok
}

// Country returns a country with its codes as text.
func (c *Catalogue) Country(id int64) (network.Country, bool) { n, ok := c.countries[id]; return n, ok }

// Currency returns a currency.
func (c *Catalogue) Currency(id int64) (network.Currency, bool) {
	n, ok := c.currencies[id]
	return n, ok
}

// TariffName returns the name of a tariff, "" when there is none.
func (c *Catalogue) TariffName(id int64) string {
	if t := c.tariffs[id]; t != nil {
		return t.name
	}
	return ""
}

// RatezoneName returns the name of a tariff's rate zone, "" when there is none.
func (c *Catalogue) RatezoneName(tariff, id int64) string {
	if t := c.tariffs[tariff]; t != nil {
		return t.zones[id]
	}
	return ""
}
