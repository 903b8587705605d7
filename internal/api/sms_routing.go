package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/smsrouting"
	"github.com/simstead/simstead/internal/value"
)

const routingText = "An SMS routing says which way SMS leave: its data names, for an operator or for any of a country, an SMPP account or a global title. "

func (a *API) smsRoutingRoutes(r *rest.API) {
	const all, one = "/api/v1/sms_routing", "/api/v1/sms_routing/{sms_routing_id}"
	const data, item = one + "/data", one + "/data/{sms_routing_data_id}"
	op := func(method, path, id, summary, description string, errors ...int) rest.Op {
		return routingOp(method, path, "sms-routing-"+id, summary, routingText+description, errors...)
	}
	rest.Table(r, op("GET", all, "get", "List your SMS routings", ""), a.listRoutings)
	rest.Create(r, op("POST", all, "post", "Create an SMS routing", ""), a.createRouting)
	rest.Get(r, op("GET", one, "by-id-get", "Get an SMS routing", "", 404), a.getRouting)
	rest.Do(r, op("PATCH", one, "by-id-patch", "Change an SMS routing", "", 404), a.patchRouting)
	rest.Do(r, op("DELETE", one, "by-id-delete", "Delete an SMS routing", "With its data. Not while it is the default of an organisation.", 404, 409), a.deleteRouting)
	rest.Table(r, op("GET", data, "data-get", "List the data of an SMS routing", "", 404), a.listRoutingData)
	const rules = "Exactly one of country and operator: with a country the operator becomes ANY, with an operator the country is the operator's. Exactly one of smpp_bind and gt_config. " +
		"gt_config, msisdn_pool and sccp_called_party_prefix are for operators; of others they are passed over and null."
	rest.Create(r, op("POST", data, "data-post", "Add data to an SMS routing", rules, 404), a.createRoutingData)
	rest.Do(r, op("PATCH", item, "data-by-id-patch", "Change data of an SMS routing", rules, 404), a.patchRoutingData)
	rest.Do(r, op("DELETE", item, "data-by-id-delete", "Remove data from an SMS routing", "", 404), a.deleteRoutingData)
}

func routingOp(method, path, id, summary, description string, errors ...int) rest.Op {
	o := rest.Op{
		Method: method, Path: path, ID: id, Tag: "SMS routing", Role: rest.User, For: []rest.OrganisationType{rest.Operator, rest.Reseller},
		Summary: summary, Description: description, Errors: errors,
	}
	if method == http.MethodGet {
		o.Role = rest.Observer
	}
	return o
}

type routingID struct {
	ID rest.PathID `path:"sms_routing_id"`
}

type routingDataID struct {
	routingID
	Data rest.PathID `path:"sms_routing_data_id"`
}

func (a *API) listRoutings(ctx context.Context, c rest.Caller, _ *struct{}) ([]smsrouting.Routing, error) {
	return read(ctx, a, func(q db.Queryer) ([]smsrouting.Routing, error) { return smsrouting.List(q, c.Organisation) })
}

func (a *API) createRouting(ctx context.Context, c rest.Caller, in *struct{ Body smsrouting.Fields }) (rest.Created[madeID], error) {
	id, err := a.add(ctx, c, "sms_routing", func(tx *db.Tx, id int64) error { return smsrouting.Create(tx, c.Organisation, id, in.Body) })
	return rest.Created[madeID]{ID: id, Body: madeID{id}}, err
}

func (a *API) getRouting(ctx context.Context, c rest.Caller, in *routingID) (*smsrouting.Routing, error) {
	return read(ctx, a, func(q db.Queryer) (*smsrouting.Routing, error) {
		return smsrouting.Get(q, c.Organisation, int64(in.ID))
	})
}

func (a *API) patchRouting(ctx context.Context, c rest.Caller, in *struct {
	routingID
	Body smsrouting.Fields
},
) error {
	return a.write(ctx, c, func(tx *db.Tx) error { return smsrouting.Patch(tx, c.Organisation, int64(in.ID), in.Body) })
}

func (a *API) deleteRouting(ctx context.Context, c rest.Caller, in *routingID) error {
	return a.write(ctx, c, func(tx *db.Tx) error { return smsrouting.Delete(tx, c.Organisation, int64(in.ID)) })
}

func (a *API) listRoutingData(ctx context.Context, c rest.Caller, in *routingID) ([]smsrouting.Data, error) {
	return read(ctx, a, func(q db.Queryer) ([]smsrouting.Data, error) {
		return smsrouting.ListData(q, c.Organisation, int64(in.ID))
	})
}

func (a *API) createRoutingData(ctx context.Context, c rest.Caller, in *struct {
	routingID
	Body smsrouting.DataFields
},
) (rest.Created[madeID], error) {
	id, err := a.add(ctx, c, "sms_routing_data", func(tx *db.Tx, id int64) error {
		return smsrouting.CreateData(tx, c.Organisation, int64(in.ID), id, c.Type == rest.Operator, in.Body)
	})
	return rest.Created[madeID]{ID: id, Body: madeID{id}}, err
}

func (a *API) patchRoutingData(ctx context.Context, c rest.Caller, in *struct {
	routingDataID
	Body smsrouting.DataFields
},
) error {
	return a.write(ctx, c, func(tx *db.Tx) error {
		return smsrouting.PatchData(tx, c.Organisation, int64(in.ID), int64(in.Data), c.Type == rest.Operator, in.Body)
	})
}

func (a *API) deleteRoutingData(ctx context.Context, c rest.Caller, in *routingDataID) error {
	return a.write(ctx, c, func(tx *db.Tx) error { return smsrouting.DeleteData(tx, c.Organisation, int64(in.ID), int64(in.Data)) })
}

// smsWayRoutes are the small tables that routing data refers to.
func (a *API) smsWayRoutes(r *rest.API) {
	way(a, r, "smpp_bind", "SMPP account", true, smsrouting.Binds, smsrouting.CreateBind)
	way(a, r, "gt_config", "global title", false, smsrouting.GTConfigs, smsrouting.CreateGTConfig)
	way(a, r, "msisdn_pool", "MSISDN pool", false, smsrouting.Pools, smsrouting.CreatePool)
	way(a, r, "sccp_called_party_prefix", "SCCP called party prefix", false, smsrouting.Prefixes, smsrouting.CreatePrefix)
}

// way registers the list and the creation of one of these tables, whose name is also its path and its kind of ids.
func way[T any](a *API, r *rest.API, table, word string, resellers bool, list func(db.Queryer, int64) ([]T, error), create func(*db.Tx, int64, int64, T) error) {
	op := func(method, summary string) rest.Op {
		o := routingOp(method, "/api/v1/"+table, table+"-"+strings.ToLower(method), summary, "What SMS routing data may name. The id is given here. An addition to the contract.")
		if !resellers {
			o.For = []rest.OrganisationType{rest.Operator}
		}
		return o
	}
	rest.Table(r, op("GET", "List your "+word+"s"), func(ctx context.Context, c rest.Caller, _ *struct{}) ([]T, error) {
		return read(ctx, a, func(q db.Queryer) ([]T, error) { return list(q, c.Organisation) })
	})
	rest.Create(r, op("POST", "Add to your "+word+"s"), func(ctx context.Context, c rest.Caller, in *struct{ Body T }) (rest.Created[madeID], error) {
		id, err := a.add(ctx, c, table, func(tx *db.Tx, id int64) error { return create(tx, c.Organisation, id, in.Body) })
		return rest.Created[madeID]{ID: value.ID(id), Body: madeID{id}}, err
	})
}
