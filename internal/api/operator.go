package api

import (
	"context"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/network"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/value"
)

const operatorDataText = "operator_data is mnc (network codes), tapcode (TADIG codes) or ccndc (how its numbers begin); each text belongs to one operator. "

func (a *API) operatorRoutes(r *rest.API) {
	const all, one, data = "/api/v1/operator", "/api/v1/operator/{operator_id}", "/api/v1/operator/{operator_id}/{operator_data}"
	op := func(method, path, id, summary, description string, errors ...int) rest.Op {
		return rest.Op{
			Method: method, Path: path, ID: "operator-" + id, Tag: "operator", Role: rest.User, For: []rest.OrganisationType{rest.Operator},
			Summary: summary, Description: description, Errors: errors,
		}
	}
	rest.Table(r, rest.Op{Path: all, ID: "operator-get", Tag: "operator", Role: rest.Observer, Summary: "List the operators of mobile networks"}, a.listOperators)
	rest.Create(r, op("POST", all, "post", "Add an operator", "Its networks and codes may come with it, or later to /operator/{operator_id}/{operator_data}. Then it can be put into rate zones and coverages.", 409), a.createOperator)
	get := op("GET", one, "by-id-get", "Get an operator of mobile networks", "An addition to the contract.", 404)
	get.Role, get.For = rest.Observer, nil
	rest.Get(r, get, a.getOperator)
	rest.Do(r, op("PATCH", one, "by-id-patch", "Change an operator's name or country", "", 404), a.patchOperator)
	rest.Do(r, op("DELETE", one, "by-id-delete", "Delete an operator",
		"With its networks and codes. Not while a rate zone, a coverage, a blacklist, an inter-operator tariff or an SMS routing names it.", 404, 409), a.deleteOperator)
	list := op("GET", data, "data-get", "List the codes of an operator", operatorDataText, 404)
	list.Role = rest.Observer
	rest.Table(r, list, a.listOperatorCodes)
	rest.Create(r, op("POST", data, "data-post", "Give an operator another code", operatorDataText+
		"Sessions that begin or report in a network from now on are priced as this operator's.", 404, 409), a.addOperatorCode)
	rest.Do(r, op("DELETE", data+"/{op_data_id}", "data-by-id-delete", "Take a code from an operator", operatorDataText, 404), a.removeOperatorCode)
}

type operatorID struct {
	ID rest.PathID `path:"operator_id"`
}

type operatorData struct {
	operatorID
	Kind string `path:"operator_data" doc:"mnc, tapcode or ccndc"`
}

// madeID is the answer of creations that tell the id in the body too.
type madeID struct {
	ID value.ID `json:"id"`
}

func (a *API) listOperators(ctx context.Context, _ rest.Caller, _ *struct{}) ([]network.Operator, error) {
	return read(ctx, a, network.Operators)
}

func (a *API) createOperator(ctx context.Context, c rest.Caller, in *struct{ Body network.NewOperator }) (rest.Created[madeID], error) {
	id, err := a.DB.NextID(ctx, "operator", 0)
	if id += network.FirstOwn; err == nil {
		err = a.changeCatalogue(ctx, c, func(tx *db.Tx) error { return in.Body.Create(tx, id) })
	}
	return rest.Created[madeID]{ID: value.ID(id), Body: madeID{value.ID(id)}}, err
}

func (a *API) getOperator(ctx context.Context, _ rest.Caller, in *operatorID) (*network.Operator, error) {
	return read(ctx, a, func(q db.Queryer) (*network.Operator, error) { return network.GetOperator(q, int64(in.ID)) })
}

func (a *API) patchOperator(ctx context.Context, c rest.Caller, in *struct {
	operatorID
	Body network.OperatorFields
},
) error {
	return a.changeCatalogue(ctx, c, func(tx *db.Tx) error { return network.PatchOperator(tx, int64(in.ID), in.Body) })
}

func (a *API) deleteOperator(ctx context.Context, c rest.Caller, in *operatorID) error {
	return a.changeCatalogue(ctx, c, func(tx *db.Tx) error { return network.DeleteOperator(tx, int64(in.ID)) })
}

func (a *API) listOperatorCodes(ctx context.Context, _ rest.Caller, in *operatorData) ([]network.Code, error) {
	return read(ctx, a, func(q db.Queryer) ([]network.Code, error) { return network.Codes(q, int64(in.ID), in.Kind) })
}

func (a *API) addOperatorCode(ctx context.Context, c rest.Caller, in *struct {
	operatorData
	Body network.CodeFields
},
) (made rest.Created[madeID], err error) {
	var id int64
	err = a.changeCatalogue(ctx, c, func(tx *db.Tx) (err error) {
		id, err = network.AddCode(tx, int64(in.ID), in.Kind, in.Body)
		return err
	})
	return rest.Created[madeID]{ID: value.ID(id), Body: madeID{value.ID(id)}}, err
}

func (a *API) removeOperatorCode(ctx context.Context, c rest.Caller, in *struct {
	operatorData
	Code rest.PathID `path:"op_data_id"`
},
) error {
	return a.changeCatalogue(ctx, c, func(tx *db.Tx) error {
		return network.RemoveCode(tx, int64(in.ID), in.Kind, int64(in.Code))
	})
}
