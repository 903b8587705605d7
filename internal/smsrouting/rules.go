package smsrouting

import (
	"errors"
	"fmt"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/value"
)

// take brings what clients say into the row and holds it against the rules: one of country and operator, one of SMPP account
// and global title, and only what is the organisation's own.
func (w *row) take(q db.Queryer, organisation int64, master bool, f DataFields) error {
	if !master {
		f.GTConfig, f.Pool, f.Prefix = value.Opt[value.Ref]{}, value.Opt[value.Ref]{}, value.Opt[value.Ref]{}
	}
	var wrong []*fault.Error
	bad := func(is bool, text string) {
		if is {
			wrong = append(wrong, fault.New(fault.NotAllowed, "SMS routing data - %s", text))
		}
	}
	bad(given(f.Country) && given(f.Operator), "either a country or an operator, not both")
	bad(given(f.Bind) && given(f.GTConfig), "either an smpp_bind or a gt_config, not both")
	switch {
	case given(f.Country):
		w.country, w.operator = idOf(f.Country), 0
	case given(f.Operator):
		w.country, w.operator = 0, idOf(f.Operator)
	case f.Operator.Set && w.operator != 0, f.Country.Set && w.operator == 0:
		w.country, w.operator = 0, 0
	}
	for _, p := range []struct {
		told        value.Opt[value.Ref]
		into, other *int64
	}{{f.Bind, &w.bind, &w.gt}, {f.GTConfig, &w.gt, &w.bind}, {f.Pool, &w.pool, new(int64)}, {f.Prefix, &w.prefix, new(int64)}} {
		if p.told.Set {
			*p.into = idOf(p.told)
		}
		if given(p.told) {
			*p.other = 0
		}
	}
	bad(w.country == 0 && w.operator == 0, "a country or an operator is required")
	bad(w.bind == 0 && w.gt == 0, "an smpp_bind or a gt_config is required")
	missing, err := w.find(q, organisation)
	if err != nil {
		return fmt.Errorf("check SMS routing data: %w", err)
	}
	return fault.Invalid(append(wrong, missing...)...)
}

func given(o value.Opt[value.Ref]) bool { return o.Has() && o.Value.ID.Has() }

func idOf(o value.Opt[value.Ref]) int64 {
	if !given(o) {
		return 0
	}
	return int64(o.Value.ID.Value)
}

// find looks for what the row names. The country of an operator is the operator's.
func (w *row) find(q db.Queryer, organisation int64) (wrong []*fault.Error, err error) {
	look := func(name string, id int64, query string, args ...any) int64 {
		if id == 0 || err != nil {
			return 0
		}
		found, missed := db.One(q, db.Int, query, args...)
		if errors.Is(missed, db.ErrNone) {
			wrong = append(wrong, fault.New(fault.InvalidReference, "SMS routing data - %s: there is none with id %d", name, id))
		} else {
			err = missed
		}
		return found
	}
	if w.operator != 0 {
		w.country = look("operator", w.operator, `SELECT country_id FROM operator WHERE id = $1`, w.operator)
	} else {
		look("country", w.country, `SELECT id FROM country WHERE id = $1`, w.country)
	}
	look("smpp_bind", w.bind, `SELECT id FROM smpp_bind WHERE organisation_id = $1 AND id = $2`, organisation, w.bind)
	look("gt_config", w.gt, `SELECT id FROM gt_config WHERE organisation_id = $1 AND id = $2`, organisation, w.gt)
	look("msisdn_pool", w.pool, `SELECT id FROM msisdn_pool WHERE organisation_id = $1 AND id = $2`, organisation, w.pool)
	look("sccp_called_party_prefix", w.prefix, `SELECT id FROM sccp_called_party_prefix WHERE organisation_id = $1 AND id = $2`, organisation, w.prefix)
	return wrong, err
}
