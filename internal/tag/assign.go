package tag

import (
	"fmt"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
)

// MaxBulk is how many pairs of endpoint and tag one request may name.
const MaxBulk = 2000

// Pair is an endpoint and a tag.
type Pair struct{ Endpoint, Tag int64 }

var (
	lookupPair = db.NewLookup("k_organisation bigint, k_endpoint bigint, k_tag bigint", `SELECT
		(SELECT COUNT(*) FROM endpoint e WHERE e.organisation_id = $1 AND e.id = $2 AND e.status_id <> 2),
		(SELECT COUNT(*) FROM tag t WHERE t.organisation_id = $1 AND t.id = $3),
		(SELECT COUNT(*) FROM endpoint_tag p WHERE p.organisation_id = $1 AND p.endpoint_id = $2 AND p.tag_id = $3)`)
	insertPair = db.NewInsert("endpoint_tag", "organisation_id bigint, endpoint_id bigint, tag_id bigint", "")
)

// known is what is there of a pair.
type known struct{ endpoint, tag, assigned bool }

func lookUp(tx *db.Tx, organisation int64, pairs []Pair) ([]known, error) {
	found, keys := make([]known, len(pairs)), lookupPair.New()
	for _, p := range pairs {
		keys.Int(organisation, p.Endpoint, p.Tag)
	}
	err := tx.Lookup(db.Read{Bulk: lookupPair, Keys: keys, Each: func(i int, r *db.Row) { found[i] = known{r.Int() > 0, r.Int() > 0, r.Int() > 0} }})
	if err != nil {
		return nil, fmt.Errorf("look for tags of endpoints: %w", err)
	}
	return found, nil
}

// strangers are the faults of what the organisation does not have.
func strangers(pairs []Pair, found []known) (wrong []*fault.Error) {
	for i, p := range pairs {
		if !found[i].endpoint {
			wrong = append(wrong, fault.New(fault.InvalidReference, "Endpoint %d does not exist", p.Endpoint))
		}
		if !found[i].tag {
			wrong = append(wrong, fault.New(fault.InvalidReference, "Tag %d does not exist", p.Tag))
		}
	}
	return wrong[:min(len(wrong), maxTold)]
}

const maxTold = 100 // errors of one request

// Assign gives tags to endpoints, all or none. A tag that an endpoint has already is a conflict. tx holds the organisation's
// head.
func Assign(tx *db.Tx, organisation int64, pairs []Pair) error {
	found, err := lookUp(tx, organisation, pairs)
	if err != nil {
		return err
	}
	if err := fault.Invalid(strangers(pairs, found)...); err != nil {
		return err
	}
	rows, seen := insertPair.New(), map[Pair]bool{}
	for i, p := range pairs {
		if found[i].assigned {
			return fault.New(fault.Duplicated, "Endpoint %d has tag %d already", p.Endpoint, p.Tag)
		}
		if !seen[p] {
			seen[p] = true
			rows.Int(organisation, p.Endpoint, p.Tag)
		}
	}
	return tx.Insert(rows)
}

// Unassign takes tags from endpoints, all or none; an endpoint that has not the tag stays as it is, unless all must have it.
func Unassign(tx *db.Tx, organisation int64, pairs []Pair, must bool) error {
	found, err := lookUp(tx, organisation, pairs)
	if err != nil {
		return err
	}
	if err := fault.Invalid(strangers(pairs, found)...); err != nil && !must {
		return err
	}
	for i, p := range pairs {
		switch {
		case !found[i].endpoint && must:
			return fault.Missing("Endpoint", p.Endpoint)
		case !found[i].assigned && must:
			return fault.Missing("Tag", p.Tag)
		}
		_, err := tx.Exec(`DELETE FROM endpoint_tag WHERE organisation_id = $1 AND endpoint_id = $2 AND tag_id = $3`, organisation, p.Endpoint, p.Tag)
		if err != nil {
			return fmt.Errorf("take tag from endpoint: %w", err)
		}
	}
	return nil
}
