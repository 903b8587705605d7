package smsrouting

import (
	"fmt"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/value"
)

// Bind is an SMPP account that SMS can be handed to.
type Bind struct {
	SystemID string   `json:"system_id" doc:"The account's name in SMPP: 1 to 15 characters."`
	Status   value.ID `json:"smpp_bind_status_id" doc:"0: not bound."`
	ID       value.ID `json:"id"`
}

// GTConfig is how a global title leads to subscribers (SCCP, ITU-T Q.713).
type GTConfig struct {
	IMSIPrefix    string   `json:"imsi_prefix" doc:"Of the subscribers that it is for: up to 15 digits."`
	CallingParty  string   `json:"calling_party" doc:"Our own global title: up to 15 digits."`
	CalledPartyTT string   `json:"called_party_tt" doc:"Translation type of the called party: up to 3 digits."`
	ID            value.ID `json:"id"`
}

// MSISDNPool is a range of numbers that SMS are sent from.
type MSISDNPool struct {
	Provider    value.ID `json:"resource_provider_id" doc:"Whose numbers they are; 0: not told."`
	Description string   `json:"description"`
	ID          value.ID `json:"id"`
}

// CalledPartyPrefix is what is put before the called party's number.
type CalledPartyPrefix struct {
	Prefix string   `json:"prefix" doc:"1 to 15 digits."`
	TT     string   `json:"tt" doc:"Translation type: up to 3 digits."`
	ID     value.ID `json:"id"`
}

const (
	selectBind   = `SELECT id, system_id, smpp_bind_status_id FROM smpp_bind WHERE organisation_id = $1`
	selectGT     = `SELECT id, imsi_prefix, calling_party, called_party_tt FROM gt_config WHERE organisation_id = $1`
	selectPool   = `SELECT id, description, resource_provider_id FROM msisdn_pool WHERE organisation_id = $1`
	selectPrefix = `SELECT id, prefix, tt FROM sccp_called_party_prefix WHERE organisation_id = $1`
)

func scanBind(r *db.Row) Bind {
	return Bind{ID: value.ID(r.Int()), SystemID: r.Text(), Status: value.ID(r.Int())}
}

func scanGT(r *db.Row) GTConfig {
	return GTConfig{ID: value.ID(r.Int()), IMSIPrefix: r.Text(), CallingParty: r.Text(), CalledPartyTT: r.Text()}
}

func scanPool(r *db.Row) MSISDNPool {
	return MSISDNPool{ID: value.ID(r.Int()), Description: r.Text(), Provider: value.ID(r.Int())}
}

func scanPrefix(r *db.Row) CalledPartyPrefix {
	return CalledPartyPrefix{ID: value.ID(r.Int()), Prefix: r.Text(), TT: r.Text()}
}

// Binds lists an organisation's SMPP accounts by id; so the others.
func Binds(q db.Queryer, organisation int64) ([]Bind, error) {
	return db.All(q, scanBind, selectBind+` ORDER BY id`, organisation)
}

// GTConfigs lists an organisation's global titles.
func GTConfigs(q db.Queryer, organisation int64) ([]GTConfig, error) {
	return db.All(q, scanGT, selectGT+` ORDER BY id`, organisation)
}

// Pools lists an organisation's MSISDN pools.
func Pools(q db.Queryer, organisation int64) ([]MSISDNPool, error) {
	return db.All(q, scanPool, selectPool+` ORDER BY id`, organisation)
}

// Prefixes lists an organisation's called party prefixes.
func Prefixes(q db.Queryer, organisation int64) ([]CalledPartyPrefix, error) {
	return db.All(q, scanPrefix, selectPrefix+` ORDER BY id`, organisation)
}

const (
	maxNumber = 15 // digits of E.164 and of an IMSI
	maxTT     = 3
	maxSystem = 15 // characters of system_id (SMPP 3.4 section 5.2.1)
)

// CreateBind makes an SMPP account. The id comes from db.NextID of the kind "smpp_bind"; so the others, by their tables' names.
func CreateBind(tx *db.Tx, organisation, id int64, b Bind) error {
	wrong := fault.RequiredText("SMPP bind", "system_id", b.SystemID, fault.MaxText)
	if len(b.SystemID) > maxSystem {
		wrong = append(wrong, fault.New(fault.InvalidFormat, "SMPP bind - system_id: at most %d characters expected", maxSystem))
	}
	return insert(tx, wrong, `INSERT INTO smpp_bind (organisation_id, id, system_id, smpp_bind_status_id) VALUES ($1, $2, $3, 0)`, organisation, id, b.SystemID)
}

// CreateGTConfig makes a global title.
func CreateGTConfig(tx *db.Tx, organisation, id int64, g GTConfig) error {
	wrong := append(checkDigits("GT config", "imsi_prefix", g.IMSIPrefix, maxNumber), checkDigits("GT config", "calling_party", g.CallingParty, maxNumber)...)
	wrong = append(wrong, checkDigits("GT config", "called_party_tt", g.CalledPartyTT, maxTT)...)
	if g.CallingParty == "" {
		wrong = append(wrong, fault.New(fault.Required, "GT config - calling_party is required"))
	}
	return insert(tx, wrong, `INSERT INTO gt_config (organisation_id, id, imsi_prefix, calling_party, called_party_tt) VALUES ($1, $2, $3, $4, $5)`,
		organisation, id, g.IMSIPrefix, g.CallingParty, g.CalledPartyTT)
}

// CreatePool makes an MSISDN pool.
func CreatePool(tx *db.Tx, organisation, id int64, p MSISDNPool) error {
	return insert(tx, fault.RequiredText("MSISDN pool", "description", p.Description, fault.MaxText),
		`INSERT INTO msisdn_pool (organisation_id, id, description, resource_provider_id) VALUES ($1, $2, $3, $4)`, organisation, id, p.Description, int64(p.Provider))
}

// CreatePrefix makes a called party prefix.
func CreatePrefix(tx *db.Tx, organisation, id int64, p CalledPartyPrefix) error {
	wrong := append(checkDigits("SCCP called party prefix", "prefix", p.Prefix, maxNumber), checkDigits("SCCP called party prefix", "tt", p.TT, maxTT)...)
	if p.Prefix == "" {
		wrong = append(wrong, fault.New(fault.Required, "SCCP called party prefix - prefix is required"))
	}
	return insert(tx, wrong, `INSERT INTO sccp_called_party_prefix (organisation_id, id, prefix, tt) VALUES ($1, $2, $3, $4)`, organisation, id, p.Prefix, p.TT)
}

func insert(tx *db.Tx, wrong []*fault.Error, statement string, args ...any) error {
	if err := fault.Invalid(wrong...); err != nil {
		return err
	}
	if _, err := tx.Exec(statement, args...); err != nil {
		return fmt.Errorf("create a way of SMS: %w", err)
	}
	return nil
}
