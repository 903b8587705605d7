package sim

import (
	"errors"
	"fmt"
	"strings"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
)

// New is a SIM to take into the inventory. 0 and "" stand for none.
type New struct {
	ICCID          string // 19 digits, or 20 with the check digit
	IMSI           string
	MSISDN         string
	EID            string
	Model          string
	Issuer         int64
	Reseller       int64
	Customer       int64
	Status         int64
	ProductionDate int64 // µs
	Batch          int64 // box it comes in
}

var (
	insertSIM = db.NewInsert("sim", `id bigint, owner_id bigint, issuer_org_id bigint, reseller_org_id bigint,
		customer_org_id bigint, iccid text, eid text, imsi_id bigint, imsi text, msisdn text, status_id bigint,
		endpoint_id bigint, model text, production_date bigint, activation_date bigint, batch_id bigint`, "")
	insertIdentity = db.NewInsert("sim_identity", `organisation_id bigint, sim_id bigint, iccid text, eid text, msisdn text,
		status_id bigint, imsi_id bigint, imsi text, import_date bigint, production_date bigint`, "")
	insertICCID = db.NewInsert("iccid_route", "iccid text, sim_id bigint, organisation_id bigint", "")
	insertIMSI  = db.NewInsert("imsi_route", "imsi text, imsi_id bigint, sim_id bigint, organisation_id bigint", "")
)

// Import takes SIMs into the inventory, all or none. Their ids count up from firstSIM and firstIMSI, which
// come from db.NextIDs of the kinds "sim" and "imsi"; tx holds the heads of all owners. Callers cut large files into
// chunks, so that nobody waits long for the heads.
func Import(tx *db.Tx, now, firstSIM, firstIMSI int64, sims []New) error {
	if err := clean(sims); err != nil {
		return err
	}
	if err := taken(tx, sims); err != nil {
		return err
	}
	return Store(tx, now, firstSIM, firstIMSI, sims)
}

// Store is Import for SIMs that were found right by Check and that the inventory does not have.
func Store(tx *db.Tx, now, firstSIM, firstIMSI int64, sims []New) error {
	owners := map[int64]*Activity{}
	cards, identities, iccids, imsis := insertSIM.New(), insertIdentity.New(), insertICCID.New(), insertIMSI.New()
	for i, s := range sims {
		id, imsi, owner := firstSIM+int64(i), firstIMSI+int64(i), Owner(s.Issuer, s.Reseller, s.Customer)
		var activated int64
		if s.Status == Activated || s.Status == Suspended {
			activated = now
		}
		cards.Int(id, owner, s.Issuer, s.Reseller, s.Customer).Text(s.ICCID, s.EID).Int(imsi).Text(s.IMSI, s.MSISDN).
			Int(s.Status, 0).Text(s.Model).Int(s.ProductionDate, activated, s.Batch)
		identities.Int(owner, id).Text(s.ICCID, s.EID, s.MSISDN).Int(s.Status, imsi).Text(s.IMSI).Int(now, s.ProductionDate)
		iccids.Text(s.ICCID).Int(id, owner)
		imsis.Text(s.IMSI).Int(imsi, id, owner)
		head := tx.Head(owner)
		if head == nil {
			return fault.New(fault.InvalidReference, "SIM %s - organisation %d does not exist", s.ICCID, owner)
		}
		head.Changed()
		if owners[owner] == nil {
			owners[owner] = &Activity{}
		}
		owners[owner].Becomes(Issued, s.Status, true)
	}
	for _, rows := range []*db.Rows{cards, identities, iccids, imsis} {
		if err := tx.Insert(rows); err != nil {
			return fmt.Errorf("import SIMs: %w", err)
		}
	}
	for owner, activity := range owners {
		if err := activity.Store(tx, now, owner); err != nil {
			return err
		}
	}
	return nil
}

// clean checks every SIM by itself and against the others, and drops check digits.
func clean(sims []New) error {
	var wrong []*fault.Error
	seen := make(map[string]bool, 2*len(sims))
	for i := range sims {
		s := &sims[i]
		if bad := s.Check(); bad != nil {
			wrong = append(wrong, bad)
		} else if seen["c"+s.ICCID] || seen["i"+s.IMSI] {
			wrong = append(wrong, fault.New(fault.Duplicated, "SIM %s - its ICCID or its IMSI %s comes twice", s.ICCID, s.IMSI))
		}
		seen["c"+s.ICCID], seen["i"+s.IMSI] = true, true
		if len(wrong) == maxWrong {
			break
		}
	}
	return fault.Invalid(wrong...)
}

// maxModel is the longest name of a model, bytes.
const maxModel = 255

// Check drops the check digit of the ICCID and says what is wrong with the SIM by itself, nil for nothing.
func (s *New) Check() *fault.Error {
	s.ICCID, _ = withoutLuhn(s.ICCID)
	switch {
	case len(s.ICCID) != iccidDigits || !digits(s.ICCID):
		return fault.New(fault.InvalidFormat, "SIM - ICCID %q: 19 digits, or 20 with the right check digit, expected", s.ICCID)
	case len(s.IMSI) < 6 || len(s.IMSI) > 15 || !digits(s.IMSI): // ITU-T E.212
		return fault.New(fault.InvalidFormat, "SIM %s - IMSI %q: at most 15 digits expected", s.ICCID, s.IMSI)
	case s.EID != "" && (len(s.EID) != 32 || !digits(s.EID)): // GSMA SGP.02
		return fault.New(fault.InvalidFormat, "SIM %s - EID %q: 32 digits expected", s.ICCID, s.EID)
	case s.MSISDN != "" && (len(s.MSISDN) > 15 || !digits(s.MSISDN)): // ITU-T E.164
		return fault.New(fault.InvalidFormat, "SIM %s - MSISDN %q: at most 15 digits expected", s.ICCID, s.MSISDN)
	case len(s.Model) > maxModel:
		return fault.New(fault.InvalidFormat, "SIM %s - model: at most %d bytes expected", s.ICCID, maxModel)
	case Status(s.Status).Description == "" || s.Status == Deleted:
		return fault.New(fault.InvalidReference, "SIM %s - status %d is not one to begin with", s.ICCID, s.Status)
	}
	return nil
}

// Holder tells which SIMs of the inventory have an ICCID and an IMSI; 0 for none.
type Holder struct{ ByICCID, ByIMSI int64 }

var (
	lookupICCID = db.NewLookup("k_iccid text", `SELECT sim_id FROM iccid_route WHERE iccid = $1`)
	lookupIMSI  = db.NewLookup("k_imsi text", `SELECT sim_id FROM imsi_route WHERE imsi = $1`)
)

// Known finds out which SIMs the inventory has, in their order.
func Known(tx *db.Tx, sims []New) ([]Holder, error) {
	holders, iccids, imsis := make([]Holder, len(sims)), lookupICCID.New(), lookupIMSI.New()
	for _, s := range sims {
		iccids.Text(s.ICCID)
		imsis.Text(s.IMSI)
	}
	err := tx.Lookup(db.Read{Bulk: lookupICCID, Keys: iccids, Each: func(i int, r *db.Row) { holders[i].ByICCID = r.Int() }})
	if err == nil {
		err = tx.Lookup(db.Read{Bulk: lookupIMSI, Keys: imsis, Each: func(i int, r *db.Row) { holders[i].ByIMSI = r.Int() }})
	}
	if err != nil {
		return nil, fmt.Errorf("look for SIMs: %w", err)
	}
	return holders, nil
}

// maxWrong is how many SIMs of an import one error names.
const maxWrong = 100

// taken finds the SIMs whose ICCID or IMSI the inventory has already.
func taken(tx *db.Tx, sims []New) error {
	var wrong []*fault.Error
	for first := 0; first < len(sims); first += chunk {
		some := sims[first:min(first+chunk, len(sims))]
		iccids, imsis := make([]any, len(some)), make([]any, len(some))
		for i, s := range some {
			iccids[i], imsis[i] = s.ICCID, s.IMSI
		}
		err := errors.Join(
			tx.Each(func(r *db.Row) {
				wrong = append(wrong, fault.New(fault.Duplicated, "SIM - ICCID %s is in the inventory already", r.Text()))
			}, `SELECT iccid FROM iccid_route WHERE iccid IN (`+placeholders+`)`, padded(iccids)...),
			tx.Each(func(r *db.Row) {
				wrong = append(wrong, fault.New(fault.Duplicated, "SIM - IMSI %s is in the inventory already", r.Text()))
			}, `SELECT imsi FROM imsi_route WHERE imsi IN (`+placeholders+`)`, padded(imsis)...))
		if err != nil {
			return fmt.Errorf("look for duplicates: %w", err)
		}
		if len(wrong) >= maxWrong {
			break
		}
	}
	return fault.Invalid(wrong...)
}

// chunk is how many keys one statement looks up. The number is fixed, so that there is one statement to prepare.
const chunk = 64

var placeholders = func() string {
	list := make([]string, chunk)
	for i := range list {
		list[i] = fmt.Sprintf("$%d", i+1)
	}
	return strings.Join(list, ", ")
}()

// padded fills a chunk up by repeating its first key.
func padded(keys []any) []any {
	for len(keys) < chunk {
		keys = append(keys, keys[0])
	}
	return keys
}
