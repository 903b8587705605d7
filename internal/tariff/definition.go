package tariff

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/network"
	"github.com/simstead/simstead/internal/value"
)

// PDPContext is a PDP context definition as operators keep it: an APN and how well its sessions are served. The subscribed
// profiles are coded as in TS 24.008 section 10.5.6.5, in hexadecimal.
type PDPContext struct {
	ID           value.ID    `json:"id"`
	APN          string      `json:"apn"`
	Organisation value.Named `json:"organisation"`
	AutoAssign   value.Flag  `json:"auto_assign" doc:"1: it becomes part of every tariff that its organisation makes."`
	QoS          string      `json:"qos_subscribed" doc:"QoS-Subscribed, 3 bytes."`
	Ext          string      `json:"ext_qos_subscribed" doc:"Ext-QoS-Subscribed, up to 9 bytes."`
	Ext2         string      `json:"ext2_qos_subscribed" doc:"Ext2-QoS-Subscribed, up to 3 bytes."`
	Ext3         string      `json:"ext3_qos_subscribed" doc:"Ext3-QoS-Subscribed, up to 2 bytes."`
	Ext4         *string     `json:"ext4_qos_subscribed" doc:"Ext4-QoS-Subscribed, one byte, or null."`
	Limits       []QoS       `json:"qos_definition" doc:"The maximum bitrates by radio access type; without one there is no maximum."`
}

// PDPContextFields are what clients may say of a PDP context definition.
type PDPContextFields struct {
	APN          value.Opt[string]     `json:"apn" doc:"Network identifier of the APN (TS 23.003 section 9.1.1), up to 63 letters, digits, hyphens and dots. Case does not matter."`
	Organisation value.Opt[value.Ref]  `json:"organisation" doc:"Whose definition it is: you, or a reseller directly below you. You when it is not told."`
	AutoAssign   value.Opt[value.Flag] `json:"auto_assign" doc:"1: every tariff that its organisation makes from now on has it; 0: it is assigned with PUT /tariff/{tariff_id}/pdp_context_definition/{definition_id}."`
	QoS          value.Opt[string]     `json:"qos_subscribed" doc:"QoS-Subscribed of TS 29.002: delay, reliability, precedence, peak and mean throughput. 3 bytes in hexadecimal, 13911f by default."`
	Ext          value.Opt[string]     `json:"ext_qos_subscribed" doc:"Ext-QoS-Subscribed: allocation priority, traffic class, delivery order, largest unit, bitrates up to 8640 kbit/s, error ratios, delay. Up to 9 bytes, 037396fefe44fbfefe by default."`
	Ext2         value.Opt[string]     `json:"ext2_qos_subscribed" doc:"Ext2-QoS-Subscribed: downlink bitrates above 8640 kbit/s. Up to 3 bytes, 007a00 by default."`
	Ext3         value.Opt[string]     `json:"ext3_qos_subscribed" doc:"Ext3-QoS-Subscribed: uplink bitrates above 8640 kbit/s. Up to 2 bytes, 7a00 by default."`
	Ext4         value.Opt[string]     `json:"ext4_qos_subscribed" doc:"Ext4-QoS-Subscribed: evolved allocation and retention priority. One byte, or null for none, which is the default."`
}

const selectPDPContext = `SELECT d.id, d.apn, d.organisation_id, o.name, d.auto_assign, d.qos_subscribed, d.ext_qos_subscribed,
	d.ext2_qos_subscribed, d.ext3_qos_subscribed, d.ext4_qos_subscribed FROM pdp_context_definition d JOIN organisation o ON o.id = d.organisation_id
	WHERE (d.organisation_id = $1 OR o.parent_id = $1 AND o.type_id = 2)`

func scanPDPContext(r *db.Row) PDPContext {
	d := PDPContext{
		ID: value.ID(r.Int()), APN: r.Text(), Organisation: value.Named{ID: value.ID(r.Int()), Name: r.Text()}, AutoAssign: value.Flag(r.Bool()),
		QoS: r.Text(), Ext: r.Text(), Ext2: r.Text(), Ext3: r.Text(), Limits: []QoS{},
	}
	if ext4 := r.Text(); ext4 != "" {
		d.Ext4 = &ext4
	}
	return d
}

// PDPContexts lists the definitions of an organisation and of the resellers directly below it, by id.
func PDPContexts(q db.Queryer, organisation int64) ([]PDPContext, error) {
	list, err := db.All(q, scanPDPContext, selectPDPContext+` ORDER BY d.id`, organisation)
	for i := range list {
		if err == nil {
			list[i].Limits, err = limits(q, int64(list[i].ID))
		}
	}
	return list, err
}

// GetPDPContext reads one of these.
func GetPDPContext(q db.Queryer, organisation, id int64) (*PDPContext, error) {
	d, err := db.One(q, scanPDPContext, selectPDPContext+` AND d.id = $2`, organisation, id)
	if errors.Is(err, db.ErrNone) {
		return nil, fault.Missing("PDP context definition", id)
	}
	if err == nil {
		d.Limits, err = limits(q, id)
	}
	return &d, err
}

// CreatePDPContext makes a definition without maximum bitrates. The id comes from db.NextID of the kind "pdp_context_definition".
func CreatePDPContext(tx *db.Tx, organisation, id int64, f PDPContextFields) error {
	d := PDPContext{
		ID: value.ID(id), Organisation: value.Named{ID: value.ID(organisation)},
		QoS: "13911f", Ext: "037396fefe44fbfefe", Ext2: "007a00", Ext3: "7a00",
	}
	f.APN.Set = true
	if err := d.take(tx, organisation, f); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO pdp_context_definition (id, organisation_id, apn, auto_assign, qos_subscribed, ext_qos_subscribed,
		ext2_qos_subscribed, ext3_qos_subscribed, ext4_qos_subscribed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		id, int64(d.Organisation.ID), d.APN, bool(d.AutoAssign), d.QoS, d.Ext, d.Ext2, d.Ext3, d.ext4())
	if err != nil {
		return fmt.Errorf("create PDP context definition: %w", err)
	}
	return nil
}

// PatchPDPContext changes a definition, for all tariffs that have it.
func PatchPDPContext(tx *db.Tx, organisation, id int64, f PDPContextFields) error {
	d, err := GetPDPContext(tx, organisation, id)
	if err != nil {
		return err
	}
	owner := d.Organisation.ID
	if err := d.take(tx, organisation, f); err != nil {
		return err
	}
	if d.Organisation.ID != owner { // who has it in a tariff could neither see it any more nor take it out
		if err := partOfNone(tx, id); err != nil {
			return err
		}
	}
	_, err = tx.Exec(`UPDATE pdp_context_definition SET organisation_id = $1, apn = $2, auto_assign = $3, qos_subscribed = $4,
		ext_qos_subscribed = $5, ext2_qos_subscribed = $6, ext3_qos_subscribed = $7, ext4_qos_subscribed = $8 WHERE id = $9`,
		int64(d.Organisation.ID), d.APN, bool(d.AutoAssign), d.QoS, d.Ext, d.Ext2, d.Ext3, d.ext4(), id)
	if err != nil {
		return fmt.Errorf("change PDP context definition: %w", err)
	}
	return network.Changed(tx)
}

// DeletePDPContext removes a definition that no tariff has.
func DeletePDPContext(tx *db.Tx, organisation, id int64) error {
	if _, err := GetPDPContext(tx, organisation, id); err != nil {
		return err
	}
	if err := partOfNone(tx, id); err != nil {
		return err
	}
	for _, statement := range []string{`DELETE FROM qos_definition WHERE definition_id = $1`, `DELETE FROM pdp_context_definition WHERE id = $1`} {
		if _, err := tx.Exec(statement, id); err != nil {
			return fmt.Errorf("delete PDP context definition: %w", err)
		}
	}
	return nil
}

// partOfNone is the error of a definition that a tariff has.
func partOfNone(q db.Queryer, id int64) error {
	user, err := db.One(q, db.Int, `SELECT tariff_id FROM tariff_pdp_context_definition WHERE definition_id = $1 LIMIT 1`, id)
	switch {
	case err == nil:
		return fault.New(fault.NotAllowed, "PDP context definition %d is part of tariff %d", id, user)
	case errors.Is(err, db.ErrNone):
		return nil
	}
	return fmt.Errorf("look for tariffs of PDP context definition: %w", err)
}

func (d *PDPContext) ext4() string {
	if d.Ext4 == nil {
		return ""
	}
	return *d.Ext4
}

// take checks what clients say and brings it into the definition.
func (d *PDPContext) take(q db.Queryer, caller int64, f PDPContextFields) error {
	var wrong []*fault.Error
	if f.APN.Set {
		d.APN = f.APN.Value
		if what := checkAPN(d.APN); what != "" {
			wrong = append(wrong, fault.New(fault.InvalidFormat, "PDP context definition - apn: %s", what))
		}
	}
	if f.AutoAssign.Has() {
		d.AutoAssign = f.AutoAssign.Value
	}
	for _, p := range []struct {
		name        string
		told        value.Opt[string]
		into        *string
		least, most int // bytes
	}{
		{"qos_subscribed", f.QoS, &d.QoS, 3, 3},
		{"ext_qos_subscribed", f.Ext, &d.Ext, 1, 9},
		{"ext2_qos_subscribed", f.Ext2, &d.Ext2, 1, 3},
		{"ext3_qos_subscribed", f.Ext3, &d.Ext3, 1, 2},
	} {
		if p.told.Set {
			*p.into = strings.ToLower(p.told.Value)
			wrong = append(wrong, checkBytes(p.name, *p.into, p.least, p.most)...)
		}
	}
	if f.Ext4.Set {
		d.Ext4 = nil
		if f.Ext4.Value != "" {
			ext4 := strings.ToLower(f.Ext4.Value)
			d.Ext4 = &ext4
			wrong = append(wrong, checkBytes("ext4_qos_subscribed", ext4, 1, 1)...)
		}
	}
	if f.Organisation.Has() && int64(f.Organisation.Value.ID.Value) != int64(d.Organisation.ID) {
		d.Organisation.ID = f.Organisation.Value.ID.Value
		_, err := db.One(q, db.Int, `SELECT id FROM organisation WHERE id = $1 AND (id = $2 OR parent_id = $2 AND type_id = 2)`, int64(d.Organisation.ID), caller)
		if errors.Is(err, db.ErrNone) {
			wrong = append(wrong, fault.New(fault.InvalidReference, "PDP context definition - organisation: %d is neither you nor a reseller directly below you", d.Organisation.ID))
		} else if err != nil {
			return fmt.Errorf("look for organisation: %w", err)
		}
	}
	return fault.Invalid(wrong...)
}

// checkAPN says what is wrong with a network identifier (TS 23.003 section 9.1.1).
func checkAPN(apn string) string {
	lower := strings.ToLower(apn)
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789-"
	if apn == "" || len(apn) > 63 {
		return "1 to 63 characters expected"
	}
	for label := range strings.SplitSeq(lower, ".") {
		if label == "" || strings.Trim(label, letters) != "" || label[0] == '-' || label[len(label)-1] == '-' {
			return "labels of letters, digits and inner hyphens expected, parted by dots"
		}
	}
	for _, kept := range []string{"rac", "lac", "sgsn", "rnc"} {
		if strings.HasPrefix(lower, kept) {
			return "it must not begin with " + kept
		}
	}
	if strings.HasSuffix(lower, ".gprs") {
		return "it must not end in .gprs"
	}
	return ""
}

func checkBytes(name, text string, least, most int) []*fault.Error {
	bytes, err := hex.DecodeString(text)
	if err == nil && len(bytes) >= least && len(bytes) <= most {
		return nil
	}
	return []*fault.Error{fault.New(fault.InvalidFormat, "PDP context definition - %s: %d to %d bytes in hexadecimal expected", name, least, most)}
}
