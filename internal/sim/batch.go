package sim

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/event"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/value"
)

// Statuses of a batch.
const (
	batchNew        int64 = 0
	batchRegistered int64 = 1
)

// Batch is a box of SIMs as the API shows it. Some numbers are written as text.
type Batch struct {
	ID         value.ID         `json:"id"`
	StatusID   value.Text       `json:"sim_batch_status_id"`
	BSN        string           `json:"bsn" doc:"Serial number."`
	BIC        string           `json:"bic" doc:"The code that is printed on the box."`
	Quantity   value.Text       `json:"quantity" doc:"SIMs in it."`
	ModelID    *string          `json:"sim_model_id"`
	IssuerOrg  value.Text       `json:"issuer_org_id"`
	Customer   *value.ID        `json:"customer_org_id" nullable:"true"`
	Reseller   *value.ID        `json:"reseller_org_id" nullable:"true"`
	Activated  value.EntityTime `json:"activated" doc:"When it was registered."`
	Logistics  *string          `json:"logistic_center_id" doc:"Always null."`
	Article    *string          `json:"article_id" doc:"Always null."`
	Status     value.Described  `json:"status"`
	Model      *Model           `json:"model"`
	registered bool
}

func optional(id int64) *value.ID {
	if id == 0 {
		return nil
	}
	v := value.ID(id)
	return &v
}

// ReadBatch finds a box by the code on it, for an organisation that wants to register it. One that is registered already is a
// bad request; SIMs that are not for that organisation are invalid.
func ReadBatch(q db.Queryer, organisation int64, bic string) (*Batch, error) {
	b, err := loadBatch(q, bic)
	if err != nil {
		return nil, err
	}
	if b.registered {
		return nil, fault.New(fault.BadRequest, "SIM batch %s is registered already", bic)
	}
	_, err = b.plan(q, organisation)
	return b, err
}

func loadBatch(q db.Queryer, bic string) (*Batch, error) {
	b, err := db.One(q, func(r *db.Row) Batch {
		b := Batch{
			ID: value.ID(r.Int()), StatusID: value.Text(r.Int()), BSN: r.Text(), BIC: r.Text(), IssuerOrg: value.Text(r.Int()),
			Reseller: optional(r.Int()), Customer: optional(r.Int()), Activated: value.EntityTime(r.Int()), Model: model(r.Text()),
			Quantity: value.Text(r.Int()),
		}
		b.registered = int64(b.StatusID) == batchRegistered
		b.Status = value.Described{ID: value.ID(b.StatusID), Description: map[bool]string{false: "New", true: "Registered"}[b.registered]}
		if b.Model != nil {
			id := strconv.FormatInt(int64(b.Model.ID), 10)
			b.ModelID = &id
		}
		return b
	}, `SELECT b.id, b.status_id, b.bsn, b.bic, b.issuer_org_id, b.reseller_org_id, b.customer_org_id, b.activated, b.model,
		(SELECT COUNT(*) FROM sim s WHERE s.batch_id = b.id AND s.batch_id > 0) FROM sim_batch b WHERE b.bic = $1`, bic)
	if errors.Is(err, db.ErrNone) {
		return nil, fault.Missing("SIM batch", bic)
	}
	return &b, err
}

// parts are who holds SIMs.
type parts struct{ issuer, reseller, customer int64 }

// plan tells who holds the SIMs of the box once an organisation has registered it. They must be its seller's until then, or its
// own already.
func (b *Batch) plan(q db.Queryer, organisation int64) (parts, error) {
	kind, parent := int64(0), int64(0)
	err := q.Each(func(r *db.Row) { kind, parent = r.Int(), r.Int() }, `SELECT type_id, parent_id FROM organisation WHERE id = $1`, organisation)
	if err != nil {
		return parts{}, err
	}
	to := parts{issuer: int64(b.IssuerOrg)}
	switch {
	case kind == resellerType:
		to.reseller = organisation
	case kind == enterpriseType && parent == to.issuer:
		to.customer = organisation
	case kind == enterpriseType:
		to.reseller, to.customer = parent, organisation
	}
	foreign := fault.Invalid(fault.New(fault.NotAllowed, "SIM batch %s holds SIMs of another organisation", b.BIC))
	if b.Customer != nil && int64(*b.Customer) != organisation || b.Reseller != nil && int64(*b.Reseller) != to.reseller {
		return to, foreign
	}
	if to.reseller != 0 {
		_, err := db.One(q, db.Int, `SELECT id FROM organisation WHERE id = $1 AND parent_id = $2`, to.reseller, to.issuer)
		if errors.Is(err, db.ErrNone) {
			return to, foreign
		}
		if err != nil {
			return to, err
		}
	}
	_, err = db.One(q, db.Int, `SELECT id FROM sim WHERE batch_id = $1 AND batch_id > 0 AND (issuer_org_id <> $2 OR status_id = 3
		OR (reseller_org_id <> 0 AND reseller_org_id <> $3) OR (customer_org_id <> 0 AND customer_org_id <> $4)) LIMIT 1`,
		int64(b.ID), to.issuer, to.reseller, to.customer)
	if err == nil {
		return to, foreign
	}
	if errors.Is(err, db.ErrNone) {
		err = nil
	}
	return to, err
}

// BatchOwners lists who owns the SIMs of a box now.
func BatchOwners(q db.Queryer, bic string) ([]int64, error) {
	return db.All(q, db.Int, `SELECT DISTINCT s.owner_id FROM sim_batch b JOIN sim s ON s.batch_id = b.id AND s.batch_id > 0 WHERE b.bic = $1`, bic)
}

// ErrMoved says that SIMs have changed hands since the heads that a transaction holds were chosen.
var ErrMoved = errors.New("a SIM has changed hands")

// Register gives the SIMs of a box to an organisation and sets their status. tx holds the heads of their owners and of the
// organisation; moving is called before a SIM that may be in use leaves its owner. Whatever is wrong is an error of the input: the contract knows no other. It returns the ids of the SIMs.
func Register(tx *db.Tx, now, user, organisation int64, bic string, status value.Opt[value.Ref], moving Moving) ([]int64, error) {
	b, err := ReadBatch(tx, organisation, bic)
	if err != nil {
		return nil, unprocessable(err)
	}
	to, err := b.plan(tx, organisation)
	if err != nil {
		return nil, unprocessable(err)
	}
	ids, err := db.All(tx, db.Int, `SELECT id FROM sim WHERE batch_id = $1 AND batch_id > 0 ORDER BY id`, int64(b.ID))
	if err != nil {
		return nil, err
	}
	cards, err := LoadMany(tx, ids)
	if err != nil {
		return nil, err
	}
	list := make([]*Card, len(ids))
	for i, id := range ids {
		if list[i] = cards[id]; tx.Head(list[i].Owner()) == nil {
			return nil, ErrMoved
		}
		if from, to := list[i].Owner(), Owner(to.issuer, to.reseller, to.customer); from != to && list[i].Status != Issued {
			if err := moving(id, from, to); err != nil {
				return nil, err
			}
		}
	}
	if err := TransferMany(tx, now, user, list, to.issuer, to.reseller, to.customer); err != nil {
		return nil, err
	}
	m := NewMoves(now, user, organisation)
	m.Tell(b.registration(now, user, organisation, list))
	if status.Has() && status.Value.ID.Has() {
		for _, c := range list {
			if err := m.SetStatus(c, int64(status.Value.ID.Value)); err != nil {
				return nil, unprocessable(err)
			}
		}
	}
	if err := m.Store(tx, nil); err != nil {
		return nil, err
	}
	_, err = tx.Exec(`UPDATE sim_batch SET status_id = $1, activated = $2, reseller_org_id = $3, customer_org_id = $4 WHERE id = $5`,
		batchRegistered, now, to.reseller, to.customer, int64(b.ID))
	return ids, err
}

// registration is the event of the box as a whole. Only a box of one SIM names it.
func (b *Batch) registration(now, user, organisation int64, cards []*Card) event.Event {
	e := event.Event{
		Organisation: organisation, Time: now, Type: event.SIMRegistration, User: user,
		Description: fmt.Sprintf("SIM batch %s with %d SIMs was registered", b.BIC, len(cards)), Detail: b.detail(cards),
	}
	if len(cards) == 1 {
		e.SIM, e.IMSI = cards[0].ID, cards[0].IMSIID
	}
	return e
}

// detail is what the event of type 48 has: the box, and the first and the last of its SIMs by their ICCID.
func (b *Batch) detail(cards []*Card) string {
	var in struct {
		Batch struct {
			ID    value.ID   `json:"id"`
			Model *value.Ref `json:"sim_model"`
			Size  int        `json:"batch_size"`
			First *string    `json:"first_iccid"`
			Last  *string    `json:"last_iccid"`
		} `json:"sim_batch"`
	}
	in.Batch.ID, in.Batch.Size = b.ID, len(cards)
	if b.Model != nil {
		model := value.RefTo(b.Model.ID)
		in.Batch.Model = &model
	}
	for _, c := range cards {
		if in.Batch.First == nil || c.ICCID < *in.Batch.First {
			in.Batch.First = &c.ICCID
		}
		if in.Batch.Last == nil || c.ICCID > *in.Batch.Last {
			in.Batch.Last = &c.ICCID
		}
	}
	detail, err := json.Marshal(in)
	if err != nil { // numbers and texts
		return ""
	}
	return string(detail)
}

// unprocessable makes an input error of any fault.
func unprocessable(err error) error {
	var wrong *fault.Error
	if errors.As(err, &wrong) && wrong.Code != fault.InputValidationFailed {
		return fault.Invalid(wrong)
	}
	return err
}

// EnsureBatches makes the boxes of an issuer that are not there yet, by the codes on them, and fills in the ids of all. The ids
// of new ones count up from first, which comes from db.NextIDs of the kind "sim_batch". A code that another issuer uses is a
// conflict.
func EnsureBatches(tx *db.Tx, now, issuer, first int64, batches map[string]int64) error {
	for bic := range batches {
		id, owner := int64(0), int64(0)
		err := tx.Each(func(r *db.Row) { id, owner = r.Int(), r.Int() }, `SELECT id, issuer_org_id FROM sim_batch WHERE bic = $1`, bic)
		if err == nil && id != 0 && owner != issuer {
			err = fault.New(fault.Duplicated, "SIM batch %s is another issuer's", bic)
		}
		if err == nil && id == 0 {
			id = first
			first++
			_, err = tx.Exec(`INSERT INTO sim_batch (id, issuer_org_id, bic, bsn, status_id, reseller_org_id, customer_org_id, model, quantity, created, activated)
				VALUES ($1, $2, $3, '', $4, 0, 0, '', 0, $5, 0)`, id, issuer, bic, batchNew, now)
		}
		if err != nil {
			return err
		}
		batches[bic] = id
	}
	return nil
}
