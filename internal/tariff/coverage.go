package tariff

import (
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/network"
)

// entry is an operator in an issuer's network coverage.
type entry struct {
	enabled bool
	rats    map[int64]bool // blacklisted
}

// Coverage is what an issuer's roaming agreements say of a visited network.
type Coverage uint8

// What they say.
const (
	Covered Coverage = iota
	NotCovered
	OperatorDisabled
	RATBlacklisted
)

// Coverage tells whether SIMs of an issuer may be in an operator's network with a RAT type. An issuer without any coverage
// has its SIMs everywhere.
func (c *Catalogue) Coverage(issuer, operator, rat int64) Coverage {
	entries := c.coverage[issuer]
	if entries == nil {
		return Covered
	}
	switch e := entries[operator]; {
	case e == nil:
		return NotCovered
	case !e.enabled:
		return OperatorDisabled
	case e.rats[network.RATRules(rat)]:
		return RATBlacklisted
	}
	return Covered
}

// readCoverage reads the coverages of all issuers. An operator that is in several of an issuer's is enabled if it is in one,
// and a RAT type is blacklisted only if it is in all that enable the operator.
func (c *Catalogue) readCoverage(q db.Queryer) error {
	type key struct{ coverage, operator int64 }
	type part struct {
		issuer  int64
		enabled bool
		rats    map[int64]bool
	}
	parts := map[key]*part{}
	err := q.Each(func(r *db.Row) {
		k, issuer, status := key{r.Int(), r.Int()}, r.Int(), r.Int()
		parts[k] = &part{issuer: issuer, enabled: status == 1, rats: map[int64]bool{}}
	}, `SELECT e.coverage_id, e.operator_id, n.organisation_id, e.status_id FROM network_coverage_entry e
		JOIN network_coverage n ON n.id = e.coverage_id`)
	if err != nil {
		return err
	}
	err = q.Each(func(r *db.Row) {
		if p := parts[key{r.Int(), r.Int()}]; p != nil {
			p.rats[r.Int()] = true
		}
	}, `SELECT coverage_id, operator_id, rat_type_id FROM network_coverage_rat`)
	for k, p := range parts {
		byOperator := c.coverage[p.issuer]
		if byOperator == nil {
			byOperator = map[int64]*entry{}
			c.coverage[p.issuer] = byOperator
		}
		switch e := byOperator[k.operator]; {
		case e == nil || p.enabled && !e.enabled:
			byOperator[k.operator] = &entry{enabled: p.enabled, rats: p.rats}
		case p.enabled && e.enabled:
			both := map[int64]bool{}
			for rat := range e.rats {
				if p.rats[rat] {
					both[rat] = true
				}
			}
			e.rats = both
		}
	}
	return err
}
