package api

import (
	"context"
	"net/http"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/profile"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/value"
)

func (a *API) tariffProfileBlockRoutes(r *rest.API) {
	const list = "/api/v2/tariff_profile/{tariff_profile_id}/operator_blocklist/operator"
	const one, rats = list + "/{operator_id}", list + "/{operator_id}/rat_type"
	op := func(path, id, summary string) rest.Op {
		return rest.Op{Path: path, ID: "tariff-profile-operator-block-" + id, Tag: "tariff profiles", Role: rest.User, Summary: summary, Errors: []int{404}}
	}
	all := op(list, "list-operator-get", "List the operators that a tariff profile blocks")
	all.Role, all.Class = rest.Observer, "one"
	rest.Table(r, all, a.listBlocks)
	get := op(one, "operator-by-id-get", "Get what a tariff profile blocks of an operator")
	get.Role, get.Class = rest.Observer, "one"
	rest.Get(r, get, a.getBlock)

	put := op(one, "operator-by-id-put", "Keep the endpoints of a tariff profile from an operator")
	put.Method, put.Description = http.MethodPut, "Sessions that run there are ended where the gateway can be told. RAT types that are blocked stay so by themselves."
	rest.Do(r, put, a.blockOperator)
	remove := op(one, "operator-by-id-delete", "Take away the block of an operator as a whole")
	remove.Method = http.MethodDelete
	rest.Do(r, remove, a.unblockOperator)
	post := op(rats, "operator-by-id-rat-type-post", "Block RAT types in an operator's networks")
	post.Method, post.Errors, post.Description = http.MethodPost, []int{404, 422}, "They are added to those that are blocked already."
	rest.Do(r, post, a.blockRATs)
	removeRAT := op(rats+"/{rate_type_id}", "operator-by-id-rat-type-by-id-delete", "Take away the block of a RAT type")
	removeRAT.Method = http.MethodDelete
	rest.Do(r, removeRAT, a.unblockRAT)
}

type operatorOfProfile struct {
	tariffProfileID
	Operator rest.PathID `path:"operator_id"`
}

func (a *API) listBlocks(ctx context.Context, c rest.Caller, in *tariffProfileID) ([]profile.Blocked, error) {
	return read(ctx, a, func(q db.Queryer) ([]profile.Blocked, error) {
		return profile.Blocklist(q, c.Organisation, int64(in.ID))
	})
}

func (a *API) getBlock(ctx context.Context, c rest.Caller, in *operatorOfProfile) (*profile.Blocked, error) {
	return read(ctx, a, func(q db.Queryer) (*profile.Blocked, error) {
		return profile.BlockedOf(q, c.Organisation, int64(in.ID), int64(in.Operator))
	})
}

func (a *API) blockOperator(ctx context.Context, c rest.Caller, in *operatorOfProfile) error {
	return a.changeTariffTerms(ctx, c, in.ID, func(tx *db.Tx) error {
		return profile.BlockOperator(tx, c.Organisation, int64(in.ID), int64(in.Operator))
	})
}

func (a *API) unblockOperator(ctx context.Context, c rest.Caller, in *operatorOfProfile) error {
	return a.changeTariffTerms(ctx, c, in.ID, func(tx *db.Tx) error {
		return profile.Unblock(tx, c.Organisation, int64(in.ID), int64(in.Operator), 0)
	})
}

func (a *API) blockRATs(ctx context.Context, c rest.Caller, in *struct {
	operatorOfProfile
	Body struct {
		RATTypes []value.Ref `json:"rat_types" required:"true"`
	}
},
) error {
	return a.changeTariffTerms(ctx, c, in.ID, func(tx *db.Tx) error {
		return profile.BlockRATs(tx, c.Organisation, int64(in.ID), int64(in.Operator), in.Body.RATTypes)
	})
}

func (a *API) unblockRAT(ctx context.Context, c rest.Caller, in *struct {
	operatorOfProfile
	RAT rest.PathID `path:"rate_type_id"` // the contract's slip: it is a RAT type
},
) error {
	return a.changeTariffTerms(ctx, c, in.ID, func(tx *db.Tx) error {
		if in.RAT < 1 { // 0 would be the operator as a whole
			in.RAT = -1
		}
		return profile.Unblock(tx, c.Organisation, int64(in.ID), int64(in.Operator), int64(in.RAT))
	})
}
