package balance

import (
	"github.com/simstead/simstead/internal/db"
)

// Payer is how an organisation pays.
type Payer struct {
	Currency  int64
	CostLimit *int64 // a month, 1e-10; nil = none
	Prepaid   bool   // from a balance of its own
}

// LoadPayer reads how an organisation pays.
func LoadPayer(q db.Queryer, organisation int64) (Payer, error) {
	return db.One(q, func(r *db.Row) Payer {
		return Payer{Currency: r.Int(), CostLimit: r.OptInt(), Prepaid: r.Bool()}
	}, `SELECT o.currency_id, o.monthly_cost_limit, COALESCE(a.prepaid, FALSE) FROM organisation o
		LEFT JOIN organisation_account a ON a.organisation_id = o.id WHERE o.id = $1`, organisation)
}
