package roaming

import (
	"errors"
	"fmt"
	"strings"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/value"
)

// SponsorFields are what clients may say of an IMSI sponsor.
type SponsorFields struct {
	Name string `json:"name" doc:"1 to 255 characters."`
}

// PoolFields are what clients may say of an IMSI pool.
type PoolFields struct {
	Name    string               `json:"name" doc:"1 to 255 characters."`
	Sponsor value.Opt[value.Ref] `json:"imsi_sponsor" doc:"One of your IMSI sponsors."`
}

// Sponsors lists an organisation's IMSI sponsors by id.
func Sponsors(q db.Queryer, organisation int64) ([]value.Named, error) {
	return db.All(q, func(r *db.Row) value.Named { return value.Named{ID: value.ID(r.Int()), Name: r.Text()} },
		`SELECT id, name FROM imsi_sponsor WHERE organisation_id = $1 ORDER BY id`, organisation)
}

// CreateSponsor makes an IMSI sponsor. The id comes from db.NextID of the kind "imsi_sponsor".
func CreateSponsor(tx *db.Tx, organisation, id int64, f SponsorFields) error {
	if err := fault.Invalid(fault.RequiredText("IMSI sponsor", "name", f.Name, fault.MaxText)...); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO imsi_sponsor (organisation_id, id, name) VALUES ($1, $2, $3)`, organisation, id, strings.TrimSpace(f.Name))
	if err != nil {
		return fmt.Errorf("create IMSI sponsor: %w", err)
	}
	return nil
}

// Pools lists an organisation's IMSI pools by id.
func Pools(q db.Queryer, organisation int64) ([]Pool, error) {
	return db.All(q, func(r *db.Row) Pool { return Pool{value.ID(r.Int()), r.Text(), named(r)} },
		`SELECT p.id, p.name, COALESCE(s.id, 0), COALESCE(s.name, '') FROM imsi_pool p
		LEFT JOIN imsi_sponsor s ON s.organisation_id = p.organisation_id AND s.id = p.imsi_sponsor_id
		WHERE p.organisation_id = $1 ORDER BY p.id`, organisation)
}

// CreatePool makes an IMSI pool. The id comes from db.NextID of the kind "imsi_pool".
func CreatePool(tx *db.Tx, organisation, id int64, f PoolFields) error {
	wrong := fault.RequiredText("IMSI pool", "name", f.Name, fault.MaxText)
	sponsor := int64(f.Sponsor.Value.ID.Value)
	if f.Sponsor.Has() {
		_, err := db.One(tx, db.Int, `SELECT id FROM imsi_sponsor WHERE organisation_id = $1 AND id = $2`, organisation, sponsor)
		if errors.Is(err, db.ErrNone) {
			wrong = append(wrong, fault.New(fault.InvalidReference, "IMSI pool - imsi_sponsor: there is none with id %d", sponsor))
		} else if err != nil {
			return fmt.Errorf("create IMSI pool: %w", err)
		}
	}
	if err := fault.Invalid(wrong...); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO imsi_pool (organisation_id, id, name, imsi_sponsor_id) VALUES ($1, $2, $3, $4)`,
		organisation, id, strings.TrimSpace(f.Name), sponsor)
	if err != nil {
		return fmt.Errorf("create IMSI pool: %w", err)
	}
	return nil
}
