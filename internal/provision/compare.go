package provision

import (
	"context"
	"errors"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/endpoint"
	"github.com/simstead/simstead/internal/fault"
)

// compare finds what of the file is there already, and what stands against the rest.
func (r *run) compare(ctx context.Context) error {
	for _, o := range r.planned {
		err := r.DB.Read(ctx, func(q db.Queryer) error { return errors.Join(r.find(q, o), r.compareVolumes(q, o)) })
		if err != nil {
			return err
		}
		if o.enterprise() && o.has.space == 0 {
			if err := r.tryAddressSpace(ctx, o); err != nil {
				return err
			}
		}
		if err := r.compareCards(ctx, o); err != nil {
			return err
		}
	}
	return nil
}

// find looks for an organisation by its parent and name, and for what belongs to it.
func (r *run) find(q db.Queryer, o *planned) error {
	parent := r.operator.ID
	if o.parent != nil {
		parent = o.parent.id
	}
	if parent == 0 {
		return nil
	}
	var kinds []int64
	err := q.Each(func(row *db.Row) { o.id = row.Int(); kinds = append(kinds, row.Int()) },
		`SELECT id, type_id FROM organisation WHERE parent_id = $1 AND name = $2`, parent, o.Name)
	if err != nil || len(kinds) == 0 {
		return err
	}
	if len(kinds) > 1 {
		r.bad(o.at, "there are %d organisations of this name: which is meant cannot be told", len(kinds))
		return nil
	}
	if kinds[0] != o.kind {
		r.bad(o.at+".type", "the organisation exists and is no %s", o.Type)
		return nil
	}
	if err = r.findStreams(q, o); err != nil {
		return err
	}
	if o.has, err = lookAt(q, o); err != nil || o.Administrator == "" {
		return err
	}
	o.user, err = first(q, `SELECT id FROM account_user WHERE organisation_id = $1 AND username = $2 ORDER BY id LIMIT 1`, o.id, o.Administrator)
	return err
}

var errTried = errors.New("tried")

// tryAddressSpace holds a space that is to be made against its rules, in a transaction that is taken back.
func (r *run) tryAddressSpace(ctx context.Context, o *planned) error {
	err := r.DB.Write(ctx, nil, func(tx *db.Tx) error {
		if err := endpoint.CreateSpace(tx, o.id, 0, o.network); err != nil {
			return err
		}
		return errTried
	})
	var broken *fault.Error
	switch {
	case errors.Is(err, errTried):
		return nil
	case errors.As(err, &broken):
		r.bad(o.at+".address_space", "%w", err)
		return nil
	}
	return err
}

// first is the id that a query finds, 0 when it finds none.
func first(q db.Queryer, query string, args ...any) (int64, error) {
	ids, err := db.All(q, db.Int, query, args...)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	return ids[0], nil
}

var (
	lookupICCID = db.NewLookup("k_iccid text", `SELECT i.organisation_id, s.imsi FROM iccid_route i JOIN sim s ON s.id = i.sim_id WHERE i.iccid = $1`)
	lookupIMSI  = db.NewLookup("k_imsi text", `SELECT s.iccid FROM imsi_route i JOIN sim s ON s.id = i.sim_id WHERE i.imsi = $1`)
)

// compareCards tells the SIMs that are to be made from those of the organisation's that are there.
func (r *run) compareCards(ctx context.Context, o *planned) error {
	const chunk = 1000
	var wrong []error
	for from := 0; from < len(o.cards) && len(wrong) < maxWrong; from += chunk {
		some := o.cards[from:min(from+chunk, len(o.cards))]
		iccids, imsis := lookupICCID.New(), lookupIMSI.New()
		for _, c := range some {
			iccids.Text(c.iccid)
			imsis.Text(c.imsi)
		}
		known := make([]bool, len(some))
		err := r.DB.Lookup(ctx, db.Read{Bulk: lookupICCID, Keys: iccids, Each: func(i int, row *db.Row) {
			owner, imsi := row.Int(), row.Text()
			switch {
			case owner != o.id:
				wrong = append(wrong, some[i].wrong("the SIM with ICCID %s belongs to another organisation", some[i].iccid))
			case imsi != some[i].imsi:
				wrong = append(wrong, some[i].wrong("the SIM with ICCID %s is there with IMSI %s", some[i].iccid, imsi))
			}
			known[i] = true
		}})
		if err == nil {
			err = r.DB.Lookup(ctx, db.Read{Bulk: lookupIMSI, Keys: imsis, Each: func(i int, row *db.Row) {
				if iccid := row.Text(); !known[i] {
					wrong = append(wrong, some[i].wrong("IMSI %s is in the SIM with ICCID %s", some[i].imsi, iccid))
					known[i] = true
				}
			}})
		}
		if err != nil {
			return err
		}
		for i, c := range some {
			if !known[i] {
				o.missing = append(o.missing, c)
			}
		}
	}
	if len(wrong) > 0 {
		r.bad(o.at+".sims", "%s: %w", o.SIMs, errors.Join(wrong[:min(len(wrong), maxWrong)]...))
	}
	return nil
}
