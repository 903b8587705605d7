package balance

import (
	"errors"
	"fmt"
	"time"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/endpoint"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/network"
	"github.com/simstead/simstead/internal/value"
)

// View is an endpoint's balance as the API shows it.
type View struct {
	Amount      value.Amount     `json:"amount" doc:"At 0 and below the endpoint may use nothing. Late charges may bring it below."`
	Currency    network.Currency `json:"currency"`
	LastUpdated value.EntityTime `json:"last_updated"`
	ExpiryDate  value.EntityTime `json:"expiry_date" doc:"What is left lapses then."`
	AutoReset   bool             `json:"auto_reset" doc:"Whether each month begins with the last loaded amount."`
	LastLoaded  value.Amount     `json:"last_loaded_amount"`
}

// Fields are what clients say of a load.
type Fields struct {
	Amount     value.Opt[value.Amount]     `json:"amount" doc:"Is added to the balance; a negative one is taken from it. At most six decimal places."`
	ExpiryDate value.Opt[value.EntityTime] `json:"expiry_date" doc:"Of the whole balance, in the future."`
	AutoReset  value.Opt[bool]             `json:"auto_reset" doc:"Begin each month with the last loaded amount. By default as it was."`
	Currency   value.Opt[value.Ref]        `json:"currency" doc:"The organisation's, which is meant when it is not given." deprecated:"true"`
}

// Get reads the balance of an endpoint as it is stored; nil when it has none.
func Get(q db.Queryer, organisation, endpoint int64) (*Balance, error) {
	b, err := db.One(q, Scan, `SELECT `+columns+` FROM endpoint_balance WHERE organisation_id = $1 AND endpoint_id = $2`, organisation, endpoint)
	if errors.Is(err, db.ErrNone) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read balance: %w", err)
	}
	return &b, nil
}

// open reads an endpoint's balance for the rules; one that was never loaded is empty. zone is the organisation's.
func open(q db.Queryer, now, organisation, id int64) (b Balance, zone *time.Location, currency int64, err error) {
	if err := endpoint.Exists(q, organisation, id); err != nil {
		return b, nil, 0, err
	}
	o, err := account.Get(q, organisation)
	if err != nil {
		return b, nil, 0, err
	}
	if zone, err = account.Zone(q, organisation); err != nil {
		return b, nil, 0, err
	}
	stored, err := Get(q, organisation, id)
	if stored == nil {
		stored = &Balance{Organisation: organisation, Endpoint: id, Currency: o.Currency, Month: clock.MonthIn(zone, now)}
	}
	return *stored, zone, o.Currency, err
}

// Show reads the balance of an endpoint as it stands at a time (µs).
func Show(q db.Queryer, now, organisation, id int64) (*View, error) {
	b, zone, _, err := open(q, now, organisation, id)
	if err != nil {
		return nil, err
	}
	b, _ = b.At(zone, now)
	v := View{
		Amount: value.Amount(b.Amount), LastUpdated: value.EntityTime(b.Updated), ExpiryDate: value.EntityTime(b.Expiry),
		AutoReset: b.AutoReset, LastLoaded: value.Amount(b.LastLoad),
	}
	v.Currency, err = network.CurrencyByID(q, b.Currency)
	return &v, err
}

// Load adds to an endpoint's balance, or takes from it. tx holds the organisation's head; user is who does it, 0 for an
// application token.
func Load(tx *db.Tx, now, user, organisation, id int64, f Fields) error {
	b, zone, currency, err := open(tx, now, organisation, id)
	if err != nil {
		return err
	}
	if err := f.check(now, currency); err != nil {
		return err
	}
	if _, err := Settle(tx, &b, zone, now); err != nil {
		return err
	}
	amount := int64(f.Amount.Value)
	switch {
	case b.Currency != currency:
		return fault.New(fault.NotAllowed, "The balance is in another currency than the organisation's: it must be reset first")
	case !fits(b.Amount, amount), !fits(b.Credited, amount):
		return fault.Invalid(fault.New(fault.InvalidFormat, "Balance - amount: more than a balance can hold"))
	}
	b.Credit(amount, now)
	b.Expiry = int64(f.ExpiryDate.Value)
	b.Month = clock.MonthIn(zone, now) // what the months before it did is settled, however long it was expired
	if f.AutoReset.Has() {
		b.AutoReset = f.AutoReset.Value
	}
	if amount > 0 {
		b.LastLoad = amount
	}
	return b.put(tx, Entry{At: now, Kind: Loaded, Amount: amount, User: user})
}

func (f Fields) check(now, currency int64) error {
	var wrong []*fault.Error
	if !f.Amount.Has() {
		wrong = append(wrong, fault.New(fault.Required, "Balance - amount is required"))
	}
	switch {
	case !f.ExpiryDate.Has():
		wrong = append(wrong, fault.New(fault.Required, "Balance - expiry_date is required"))
	case int64(f.ExpiryDate.Value) <= now:
		wrong = append(wrong, fault.New(fault.InvalidFormat, "Balance - expiry_date: a time in the future expected"))
	}
	if id := f.Currency.Value.ID; id.Has() && int64(id.Value) != currency {
		wrong = append(wrong, fault.New(fault.InvalidReference, "Balance - currency %d is not the organisation's", id.Value))
	}
	return fault.Invalid(wrong...)
}

// ToZero empties an endpoint's balance, which is in the organisation's currency then and as it was at the very first. user
// is as with Load.
func ToZero(tx *db.Tx, now, user, organisation, id int64) error {
	b, zone, currency, err := open(tx, now, organisation, id)
	if err != nil || b.Updated == 0 { // it was never loaded
		return err
	}
	if _, err := Settle(tx, &b, zone, now); err != nil {
		return err
	}
	e := Entry{At: now, Kind: Reset, Amount: -b.Amount, User: user}
	b.Credit(-b.Amount, now)
	b.Currency, b.Expiry, b.AutoReset, b.LastLoad, b.Month = currency, 0, false, 0, clock.MonthIn(zone, now)
	return b.put(tx, e)
}

// put stores a balance and the entry of what was done to it.
func (b Balance) put(tx *db.Tx, e Entry) error {
	e.Organisation, e.Endpoint, e.Balance, e.Currency = b.Organisation, b.Endpoint, b.Amount, b.Currency
	if err := write(tx, e); err != nil {
		return err
	}
	if err := Store(tx, []Balance{b}); err != nil {
		return fmt.Errorf("store balance: %w", err)
	}
	return nil
}

// fits reports whether two sums can be added.
func fits(a, b int64) bool {
	sum := a + b
	return (sum > a) == (b > 0)
}
