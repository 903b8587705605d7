package api

import (
	"context"
	"net/http"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/roaming"
	"github.com/simstead/simstead/internal/value"
)

const iotText = "An inter-operator tariff is what an operator asks you for the use of its networks: rate for so many MB or SMS, in the currency, from valid_from on. " +
	"Those of one entry of a network coverage and one traffic type are a line in time without gaps: a new one ends the newest before it. " +
	"They are the cost in GET /organisation/{org_id_or_my}/margin and no part of what customers pay. "

func (a *API) iotRoutes(r *rest.API) {
	const all, one = "/api/v1/iot", "/api/v1/iot/{id}"
	op := func(method, path, id, summary, description string, errors ...int) rest.Op {
		o := rest.Op{
			Method: method, Path: path, ID: "iot-" + id, Tag: "inter operator tariff", Role: rest.User, For: []rest.OrganisationType{rest.Operator},
			Summary: summary, Description: iotText + description, Errors: errors,
		}
		if method == http.MethodGet {
			o.Role = rest.Observer
		}
		return o
	}
	list := op("GET", all, "get", "List your inter-operator tariffs", "q and sort know id, valid_from, traffic_type, currency, network_coverage, network_coverage_data and operator.")
	list.PerPage = roaming.IOTSpec().PerPage
	rest.List(r, list, a.listIOT)
	rest.Create(r, op("POST", all, "post", "Add an inter-operator tariff",
		"The entry is named by network_coverage_data, or as older clients do by network_coverage, mcc and mnc. The same is added to the other coverages of the same IMSI sponsor that have the operator."), a.createIOT)
	rest.Get(r, op("GET", one, "by-id-get", "Get an inter-operator tariff", "An addition to the contract.", 404), a.getIOT)
	rest.Do(r, op("PATCH", one, "by-id-patch", "Change an inter-operator tariff",
		"valid_from of one that has begun stays. The same one in the other coverages of the same IMSI sponsor changes with it.", 404), a.patchIOT)
}

type iotID struct {
	ID rest.PathID `path:"id"`
}

func (a *API) listIOT(ctx context.Context, c rest.Caller, in *struct{ rest.Paging }) (rest.Page[roaming.IOT], error) {
	query, err := roaming.IOTSpec().Parse(in.Q, in.Sort, string(in.Page), string(in.PerPage))
	if err != nil {
		return rest.Page[roaming.IOT]{}, err
	}
	query = entire(query, in.Paging)
	return page(ctx, a, query, func(q db.Queryer) ([]roaming.IOT, int, error) { return roaming.ListIOT(q, c.Organisation, query) })
}

func (a *API) createIOT(ctx context.Context, c rest.Caller, in *struct{ Body roaming.IOTFields }) (made rest.Created[madeID], err error) {
	ids, err := a.iotIDs(ctx, c)
	if err != nil {
		return made, err
	}
	err = a.write(ctx, c, func(tx *db.Tx) error {
		return roaming.CreateIOT(tx, c.Organisation, a.Clock.Micros(), ids, in.Body)
	})
	return rest.Created[madeID]{ID: value.ID(ids[0]), Body: madeID{value.ID(ids[0])}}, err
}

// iotIDs gives as many ids as a new inter-operator tariff may need: one for each coverage.
func (a *API) iotIDs(ctx context.Context, c rest.Caller) ([]int64, error) {
	coverages, err := read(ctx, a, func(q db.Queryer) ([]roaming.Coverage, error) { return roaming.Coverages(q, c.Organisation) })
	if err != nil {
		return nil, err
	}
	ids := make([]int64, max(len(coverages), 1))
	first, err := a.DB.NextIDs(ctx, "inter_operator_tariff", c.Organisation, int64(len(ids)))
	for i := range ids {
		ids[i] = first + int64(i)
	}
	return ids, err
}

func (a *API) getIOT(ctx context.Context, c rest.Caller, in *iotID) (*roaming.IOT, error) {
	return read(ctx, a, func(q db.Queryer) (*roaming.IOT, error) { return roaming.GetIOT(q, c.Organisation, int64(in.ID)) })
}

func (a *API) patchIOT(ctx context.Context, c rest.Caller, in *struct {
	iotID
	Body roaming.IOTFields
},
) error {
	return a.write(ctx, c, func(tx *db.Tx) error {
		return roaming.PatchIOT(tx, c.Organisation, a.Clock.Micros(), int64(in.ID), in.Body)
	})
}
