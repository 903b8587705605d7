package roaming

import (
	"errors"
	"fmt"
	"strings"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/value"
)

// Coverage is a list of the operators that SIMs of an issuer may use.
type Coverage struct {
	ID           value.ID    `json:"id"`
	Name         string      `json:"name"`
	Organisation value.Named `json:"organisation"`
	IMSIPool     *Pool       `json:"imsi_pool"` // null: of none
}

// Pool is a range of IMSIs with the same agreements.
type Pool struct {
	ID      value.ID     `json:"id"`
	Name    string       `json:"name"`
	Sponsor *value.Named `json:"imsi_sponsor" doc:"Whose agreements they are: inter-operator tariffs are the same in all coverages of a sponsor."`
}

// CoverageFields are what clients may say of a coverage.
type CoverageFields struct {
	Name     value.Opt[string]    `json:"name" doc:"1 to 255 characters."`
	IMSIPool value.Opt[value.Ref] `json:"imsi_pool" doc:"One of your IMSI pools; null for none."`
}

const selectCoverage = `SELECT n.id, n.name, n.organisation_id, o.name, COALESCE(p.id, 0), COALESCE(p.name, ''), COALESCE(s.id, 0), COALESCE(s.name, '')
	FROM network_coverage n JOIN organisation o ON o.id = n.organisation_id
	LEFT JOIN imsi_pool p ON p.organisation_id = n.organisation_id AND p.id = n.imsi_pool_id
	LEFT JOIN imsi_sponsor s ON s.organisation_id = p.organisation_id AND s.id = p.imsi_sponsor_id
	WHERE n.organisation_id = $1`

func scanCoverage(r *db.Row) Coverage {
	c := Coverage{ID: value.ID(r.Int()), Name: r.Text(), Organisation: value.Named{ID: value.ID(r.Int()), Name: r.Text()}}
	pool := Pool{ID: value.ID(r.Int()), Name: r.Text(), Sponsor: named(r)}
	if pool.ID != 0 {
		c.IMSIPool = &pool
	}
	return c
}

// named reads an id and a name; nil where the id is 0.
func named(r *db.Row) *value.Named {
	n := value.Named{ID: value.ID(r.Int()), Name: r.Text()}
	if n.ID == 0 {
		return nil
	}
	return &n
}

// Coverages lists an organisation's coverages by id.
func Coverages(q db.Queryer, organisation int64) ([]Coverage, error) {
	return db.All(q, scanCoverage, selectCoverage+` ORDER BY n.id`, organisation)
}

// GetCoverage reads one.
func GetCoverage(q db.Queryer, organisation, id int64) (*Coverage, error) {
	c, err := db.One(q, scanCoverage, selectCoverage+` AND n.id = $2`, organisation, id)
	if errors.Is(err, db.ErrNone) {
		return nil, fault.Missing("Network coverage", id)
	}
	return &c, err
}

// CreateCoverage makes a coverage without operators. The id comes from db.NextID of the kind "network_coverage".
func CreateCoverage(tx *db.Tx, organisation, id int64, f CoverageFields) error {
	f.Name.Set = true
	if err := f.check(tx, organisation); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO network_coverage (id, organisation_id, name, imsi_pool_id) VALUES ($1, $2, $3, $4)`,
		id, organisation, strings.TrimSpace(f.Name.Value), int64(f.IMSIPool.Value.ID.Value))
	if err != nil {
		return fmt.Errorf("create network coverage: %w", err)
	}
	return nil
}

// PatchCoverage changes a coverage.
func PatchCoverage(tx *db.Tx, organisation, id int64, f CoverageFields) error {
	was, err := GetCoverage(tx, organisation, id)
	if err == nil {
		err = f.check(tx, organisation)
	}
	if err != nil {
		return err
	}
	name, pool := was.Name, int64(0)
	if was.IMSIPool != nil {
		pool = int64(was.IMSIPool.ID)
	}
	if f.Name.Set {
		name = strings.TrimSpace(f.Name.Value)
	}
	if f.IMSIPool.Set {
		pool = int64(f.IMSIPool.Value.ID.Value)
	}
	_, err = tx.Exec(`UPDATE network_coverage SET name = $1, imsi_pool_id = $2 WHERE organisation_id = $3 AND id = $4`, name, pool, organisation, id)
	if err != nil {
		return fmt.Errorf("change network coverage: %w", err)
	}
	return nil
}

// DeleteCoverage removes a coverage that has no operators any more.
func DeleteCoverage(tx *db.Tx, organisation, id int64) error {
	if _, err := GetCoverage(tx, organisation, id); err != nil {
		return err
	}
	_, err := db.One(tx, db.Int, `SELECT operator_id FROM network_coverage_entry WHERE coverage_id = $1 LIMIT 1`, id)
	if err == nil {
		return fault.New(fault.NotAllowed, "network coverage %d has operators: remove them before", id)
	}
	if !errors.Is(err, db.ErrNone) {
		return fmt.Errorf("delete network coverage: %w", err)
	}
	if _, err = tx.Exec(`DELETE FROM network_coverage WHERE organisation_id = $1 AND id = $2`, organisation, id); err != nil {
		return fmt.Errorf("delete network coverage: %w", err)
	}
	return nil
}

func (f CoverageFields) check(q db.Queryer, organisation int64) error {
	var wrong []*fault.Error
	if f.Name.Set {
		wrong = append(wrong, fault.RequiredText("Network coverage", "name", f.Name.Value, fault.MaxText)...)
	}
	if f.IMSIPool.Has() && f.IMSIPool.Value.ID.Has() {
		id := int64(f.IMSIPool.Value.ID.Value)
		_, err := db.One(q, db.Int, `SELECT id FROM imsi_pool WHERE organisation_id = $1 AND id = $2`, organisation, id)
		if errors.Is(err, db.ErrNone) {
			wrong = append(wrong, fault.New(fault.InvalidReference, "Network coverage - imsi_pool: there is none with id %d", id))
		} else if err != nil {
			return fmt.Errorf("look for IMSI pool: %w", err)
		}
	}
	return fault.Invalid(wrong...)
}
