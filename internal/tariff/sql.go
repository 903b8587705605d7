package tariff

import (
	"errors"
	"fmt"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/network"
)

var (
	insertTariff = db.NewInsert("tariff", `id bigint, organisation_id bigint, name text, description text, status_id bigint,
		currency_id bigint, data_blocksize bigint, is_public boolean, created bigint, rounding_scope bigint,
		data_throttle bigint`, "")
	insertZone         = db.NewInsert("ratezone", `tariff_id bigint, id bigint, name text, valid_from bigint, valid_until bigint`, "")
	insertZoneOperator = db.NewInsert("ratezone_operator", `tariff_id bigint, operator_id bigint, ratezone_id bigint`, "")
	insertZoneRate     = db.NewInsert("ratezone_rate", `tariff_id bigint, ratezone_id bigint, id bigint, service_id bigint,
		rate bigint, valid_from bigint, valid_until bigint`, "")
	insertDefinition = db.NewInsert("pdp_context_definition", `id bigint, organisation_id bigint, apn text`,
		"ON CONFLICT (id) DO NOTHING")
	insertTariffDefinition = db.NewInsert("tariff_pdp_context_definition", `tariff_id bigint, definition_id bigint,
		is_default boolean`, "")
)

// Create stores a tariff that Number has numbered, with its zones, rates and definitions. A definition that exists
// already is left as it is.
func Create(tx *db.Tx, t Tariff) error {
	if err := t.check(); err != nil {
		return err
	}
	head := insertTariff.New().Int(t.ID, t.Organisation).Text(t.Name, t.Description).Int(t.Status, t.Currency, t.Block).
		Bool(t.Public).Int(t.Created, t.Rounding, t.Throttle)
	zones, operators, rates := insertZone.New(), insertZoneOperator.New(), insertZoneRate.New()
	definitions, links := insertDefinition.New(), insertTariffDefinition.New()
	for _, z := range t.Zones {
		zones.Int(t.ID, z.ID).Text(z.Name).Int(z.ValidFrom, z.ValidUntil)
		for _, operator := range z.Operators {
			operators.Int(t.ID, operator, z.ID)
		}
		for _, r := range z.Rates {
			rates.Int(t.ID, z.ID, r.ID, r.Service, r.Rate, r.ValidFrom, r.ValidUntil)
		}
	}
	for _, d := range t.Definitions {
		definitions.Int(d.ID, t.Organisation).Text(d.APN)
		links.Int(t.ID, d.ID).Bool(d.Default)
	}
	for _, rows := range []*db.Rows{head, zones, operators, rates, definitions, links} {
		if err := tx.Insert(rows); err != nil {
			return fmt.Errorf("create tariff: %w", err)
		}
	}
	return network.Changed(tx)
}

// Assign lets an organisation, whose head tx holds, use a tariff. Doing it twice changes nothing.
func Assign(tx *db.Tx, organisation, tariff int64) error {
	_, err := db.One(tx, db.Int, `SELECT id FROM tariff WHERE id = $1`, tariff)
	if errors.Is(err, db.ErrNone) {
		return fault.Missing("Tariff", tariff)
	}
	if err != nil {
		return fmt.Errorf("assign tariff: %w", err)
	}
	added, err := tx.Exec(`INSERT INTO organisation_tariff (organisation_id, tariff_id) VALUES ($1, $2)
		ON CONFLICT (organisation_id, tariff_id) DO NOTHING`, organisation, tariff)
	if err != nil {
		return fmt.Errorf("assign tariff: %w", err)
	}
	if added > 0 {
		tx.Head(organisation).Changed()
	}
	return nil
}
