package balance

import (
	"fmt"
	"slices"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/network"
	"github.com/simstead/simstead/internal/value"
)

// AccountView is an organisation's balance as the API shows it.
type AccountView struct {
	Amount      value.Amount     `json:"amount" doc:"At 0 and below a prepaid organisation is blocked. Late charges may bring it below."`
	Currency    network.Currency `json:"currency"`
	LastUpdated value.EntityTime `json:"last_updated"`
	Prepaid     bool             `json:"prepaid" doc:"Whether the organisation pays from this balance."`
}

// Types of transactions of an organisation's balance. The contract names them and not their ids.
const (
	TypeTopUp      int64 = 1
	TypeReset      int64 = 2
	TypeCreditNote int64 = 3
)

// TransactionTypes is the look-up table of what changes an organisation's balance apart from use.
func TransactionTypes() []value.Described {
	return []value.Described{
		{ID: value.ID(TypeTopUp), Description: "Top-up"}, {ID: value.ID(TypeReset), Description: "Reset"}, {ID: value.ID(TypeCreditNote), Description: "Credit note"},
	}
}

// EndpointTransactionTypes is the look-up table of what changes an endpoint's balance apart from use.
func EndpointTransactionTypes() []value.Described {
	return append(TransactionTypes(), value.Described{ID: 4, Description: "Monthly reset"}, value.Described{ID: 5, Description: "Expiry"})
}

// Payment is what clients say of a change of an organisation's balance.
type Payment struct {
	Amount        value.Opt[value.Amount] `json:"amount" doc:"Is added to the balance; a negative one is taken from it. At most six decimal places. Not needed for a reset."`
	Reference     value.Opt[string]       `json:"external_payment_identifier" doc:"The payment, as whoever took it names it."`
	PaymentOption value.Opt[value.Ref]    `json:"payment_option"`
	Type          value.Opt[value.Ref]    `json:"type" doc:"1 Top-up, which is meant by default and makes the organisation prepaid, 2 Reset to zero, 3 Credit note."`
}

// ShowAccount reads an organisation's balance.
func ShowAccount(q db.Queryer, now, organisation int64) (*AccountView, error) {
	o, err := account.Get(q, organisation)
	if err != nil {
		return nil, err
	}
	a, err := LoadAccount(q, organisation, now)
	if err != nil {
		return nil, err
	}
	v := AccountView{Amount: value.Amount(a.Amount), LastUpdated: value.EntityTime(a.Updated), Prepaid: a.Prepaid}
	v.Currency, err = network.CurrencyByID(q, o.Currency)
	return &v, err
}

// Pay changes the balance of an organisation, whose head tx holds. user is who does it, 0 for an application token.
func Pay(tx *db.Tx, now, user, organisation int64, p Payment) error {
	if err := p.check(); err != nil {
		return err
	}
	a, err := LoadAccount(tx, organisation, now)
	if err != nil {
		return err
	}
	e := Entry{Kind: Loaded, Amount: int64(p.Amount.Value), User: user, Reference: p.Reference.Value, PaymentOption: int64(p.PaymentOption.Value.ID.Value)}
	switch p.kind() {
	case TypeTopUp:
		if err := a.makePrepaid(tx); err != nil {
			return err
		}
	case TypeCreditNote:
		e.Kind = CreditNote
	case TypeReset:
		e.Kind, e.Amount = Reset, -a.Amount
	}
	switch {
	case !a.Prepaid:
		return fault.New(fault.NotAllowed, "Organisation %d is not prepaid: a top-up makes it so", organisation)
	case !fits(a.Amount, e.Amount), !fits(a.Credited, e.Amount):
		return fault.Invalid(fault.New(fault.InvalidFormat, "Balance - amount: more than a balance can hold"))
	}
	return a.credit(tx, now, e)
}

func (p Payment) kind() int64 {
	if !p.Type.Value.ID.Has() {
		return TypeTopUp
	}
	return int64(p.Type.Value.ID.Value)
}

const maxReference = 255 // characters

func (p Payment) check() error {
	var wrong []*fault.Error
	switch kind := p.kind(); {
	case kind < TypeTopUp || kind > TypeCreditNote:
		wrong = append(wrong, fault.New(fault.InvalidReference, "Balance - type %d is none of 1 (Top-up), 2 (Reset) and 3 (Credit note)", kind))
	case kind == TypeReset && p.Amount.Value != 0:
		wrong = append(wrong, fault.New(fault.InvalidFormat, "Balance - amount: a reset has none"))
	case kind != TypeReset && !p.Amount.Has():
		wrong = append(wrong, fault.New(fault.Required, "Balance - amount is required"))
	}
	if id := p.PaymentOption.Value.ID; id.Has() && !slices.ContainsFunc(account.PaymentOptions(), func(o value.Described) bool { return o.ID == id.Value }) {
		wrong = append(wrong, fault.New(fault.InvalidReference, "Balance - payment_option: there is none with id %d", id.Value))
	}
	return fault.Invalid(append(wrong, fault.Text("Balance", "external_payment_identifier", p.Reference.Value, maxReference)...)...)
}

// credit adds the entry's amount to the account and stores both.
func (a Account) credit(tx *db.Tx, now int64, e Entry) error {
	o, err := account.Get(tx, a.Organisation)
	if err != nil {
		return err
	}
	a.Amount, a.Credited, a.Updated = a.Amount+e.Amount, a.Credited+e.Amount, max(a.Updated, now)
	e.Organisation, e.At, e.Balance, e.Currency = a.Organisation, now, a.Amount, o.Currency
	if err := write(tx, e); err != nil {
		return err
	}
	if err := StoreAccounts(tx, []Account{a}); err != nil {
		return fmt.Errorf("store account: %w", err)
	}
	return nil
}

// Transaction is a change of a balance apart from use.
type Transaction struct {
	ID            value.ID         `json:"id"`
	Date          value.EntityTime `json:"date"`
	Type          value.Described  `json:"type"`
	Amount        value.Amount     `json:"amount"`
	Balance       value.Amount     `json:"balance" doc:"After it."`
	Currency      network.Currency `json:"currency"`
	Reference     *string          `json:"external_payment_identifier"`
	PaymentOption *Option          `json:"payment_option"`
}

// Option names a way to pay.
type Option struct {
	ID value.ID `json:"id"`
}

// listed is how many transactions a list has at most.
const listed = 1000

// ListTransactions reads the newest changes of an organisation's balance, or of an endpoint's if that is not 0, newest first.
func ListTransactions(q db.Queryer, organisation, endpoint int64) ([]Transaction, error) {
	all := EndpointTransactionTypes()
	types := map[string]value.Described{Loaded: all[0], Reset: all[1], CreditNote: all[2], AutoReset: all[3], Lapsed: all[4]}
	list, err := db.All(q, func(r *db.Row) Transaction {
		t := Transaction{
			ID: value.ID(r.Int()), Date: value.EntityTime(r.Int()), Type: types[r.Text()], Amount: value.Amount(r.Int()), Balance: value.Amount(r.Int()),
			Currency: network.Currency{ID: r.Int(), Code: r.Text(), Symbol: r.Text()},
		}
		if text := r.Text(); text != "" {
			t.Reference = &text
		}
		if id := r.Int(); id != 0 {
			t.PaymentOption = &Option{value.ID(id)}
		}
		return t
	}, `SELECT b.id, b.at, b.kind, b.amount, b.balance, b.currency_id, c.code, c.symbol, b.reference, b.payment_option
		FROM balance_entry b LEFT JOIN currency c ON c.id = b.currency_id
		WHERE b.organisation_id = $1 AND b.endpoint_id = $2 ORDER BY b.id DESC LIMIT $3`, organisation, endpoint, listed)
	if err != nil {
		return nil, fmt.Errorf("list balance transactions: %w", err)
	}
	return list, nil
}
