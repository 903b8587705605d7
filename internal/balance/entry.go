package balance

import (
	"fmt"
	"time"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
)

// Kinds of entries. The texts are stored.
const (
	Loaded     = "load"
	Reset      = "reset"
	AutoReset  = "auto_reset" // the beginning of a month brings the last load back
	Lapsed     = "expiry"     // what was left when the balance expired
	CreditNote = "credit_note"
)

// Entry is one change of a balance that is no use: every credit has exactly one, so the entries of a balance add up to what
// was credited. It never changes.
type Entry struct {
	Organisation, Endpoint int64 // Endpoint 0: the organisation's own balance

	At            int64 // µs
	Kind          string
	Amount        int64 // 1e-10, signed
	Balance       int64 // after it
	Currency      int64
	User          int64  // who did it, 0 for an application token or nobody
	Reference     string // of a payment, as its maker names it
	PaymentOption int64
}

var insertEntry = db.NewInsert("balance_entry", `organisation_id bigint, endpoint_id bigint, id bigint, at bigint, kind text,
	amount bigint, balance bigint, currency_id bigint, user_id bigint, reference text, payment_option bigint`, "")

// write stores entries under the head of their organisation.
func write(tx *db.Tx, entries ...Entry) error {
	rows := insertEntry.New()
	for _, e := range entries {
		rows.Int(e.Organisation, e.Endpoint, tx.Head(e.Organisation).NextID(), e.At).Text(e.Kind).
			Int(e.Amount, e.Balance, e.Currency, e.User).Text(e.Reference).Int(e.PaymentOption)
	}
	if err := tx.Insert(rows); err != nil {
		return fmt.Errorf("write balance entries: %w", err)
	}
	return nil
}

// At is the balance as it stands at a time (µs) in the organisation's time zone, and the entries that bring it there: a new
// month brings the last load back, and what is left lapses when the balance expires. It stands the same however often it was
// looked at before; applied once more it changes nothing.
func (b Balance) At(zone *time.Location, now int64) (Balance, []Entry) {
	var entries []Entry
	credit := func(kind string, amount, at int64) {
		b.Credit(amount, at)
		entries = append(entries, Entry{
			Organisation: b.Organisation, Endpoint: b.Endpoint, At: at, Kind: kind, Amount: amount, Balance: b.Amount, Currency: b.Currency,
		})
	}
	if amount, month, due := b.ResetDue(zone, now); due {
		b.Month = month
		credit(AutoReset, amount, clock.MonthStart(zone, month))
	}
	if b.Expiry > 0 && now >= b.Expiry && b.Amount > 0 {
		credit(Lapsed, -b.Amount, b.Expiry)
	}
	return b, entries
}

// Settle makes a balance what At says and writes the entries of that. The caller stores the balance when it has changed. tx
// holds the organisation's head.
func Settle(tx *db.Tx, b *Balance, zone *time.Location, now int64) (changed bool, err error) {
	next, entries := b.At(zone, now)
	if len(entries) == 0 {
		return false, nil
	}
	*b = next
	return true, write(tx, entries...)
}
