package api

import (
	"context"
	"net/http"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/tariff"
	"github.com/simstead/simstead/internal/value"
)

func (a *API) ratezoneRoutes(r *rest.API) {
	const all, one = "/{tariff_id}/ratezone", "/{tariff_id}/ratezone/{ratezone_id}"
	rest.Table(r, selling(http.MethodGet, all, "tariff-ratezone-get", "List the rate zones of a tariff", 404), a.listRatezones)
	rest.Create(r, selling(http.MethodPost, all, "tariff-ratezone-post", "Add a rate zone to a tariff", 404, 422), a.createRatezone)
	rest.Get(r, selling(http.MethodGet, one, "tariff-ratezone-by-id-get", "Get a rate zone", 404), a.getRatezone)
	rest.Do(r, selling(http.MethodPatch, one, "tariff-ratezone-by-id-patch", "Change a rate zone", 404, 422), a.changeRatezone)
	remove := selling(http.MethodDelete, one, "tariff-ratezone-by-id-delete", "Delete a rate zone", 404, 409)
	remove.Description = "Its operators are not covered by it any more; records and bills keep its name."
	rest.Do(r, remove, a.deleteRatezone)

	const operator = one + "/operator/{operator_id}"
	rest.Table(r, selling(http.MethodGet, one+"/operator", "tariff-ratezone-operator-get", "List the operators of a rate zone", 404), a.listRatezoneOperators)
	put := selling(http.MethodPut, operator, "tariff-ratezone-operator-put", "Put an operator into a rate zone", 404, 409)
	put.Description = "It can be in another rate zone of the tariff only at another time."
	rest.Do(r, put, a.addRatezoneOperator)
	rest.Do(r, selling(http.MethodDelete, operator, "tariff-ratezone-operator-delete", "Take an operator out of a rate zone", 404), a.removeRatezoneOperator)

	const rates, rate = one + "/rate", one + "/rate/{rate_id}"
	rest.Table(r, selling(http.MethodGet, rates, "tariff-ratezone-rate-get", "List the prices of a rate zone", 404), a.listRates)
	post := selling(http.MethodPost, rates, "tariff-ratezone-rate-post", "Give a service a price from a time on", 404, 409, 422)
	post.Description = "A price never changes: another one is a new version, which ends the one before it. A running session is charged by it from its next report on."
	rest.Create(r, post, a.createRate)
	rest.Get(r, selling(http.MethodGet, rate, "tariff-ratezone-rate-by-id-get", "Get a price", 404), a.getRate)
	rest.Do(r, selling(http.MethodPatch, rate, "tariff-ratezone-rate-by-id-patch", "Change when a price is valid", 404, 422), a.changeRate)
	rest.Do(r, selling(http.MethodDelete, rate, "tariff-ratezone-rate-by-id-delete", "Delete a price that has not begun", 404, 409), a.deleteRate)
}

type ratezoneID struct {
	tariffID
	Zone rest.PathID `path:"ratezone_id"`
}

type ratezoneOperator struct {
	ratezoneID
	Operator rest.PathID `path:"operator_id"`
}

type rateID struct {
	ratezoneID
	Rate rest.PathID `path:"rate_id"`
}

// readTariff reads of a tariff that the caller may see.
func readTariff[T any](ctx context.Context, a *API, c rest.Caller, id rest.PathID, fn func(q db.Queryer) (T, error)) (T, error) {
	return read(ctx, a, func(q db.Queryer) (none T, err error) {
		if _, err := tariff.Get(q, c.Organisation, int64(id)); err != nil {
			return none, err
		}
		return fn(q)
	})
}

func (a *API) listRatezones(ctx context.Context, c rest.Caller, in *tariffID) ([]tariff.Ratezone, error) {
	return readTariff(ctx, a, c, in.ID, func(q db.Queryer) ([]tariff.Ratezone, error) { return tariff.Ratezones(q, int64(in.ID)) })
}

func (a *API) getRatezone(ctx context.Context, c rest.Caller, in *ratezoneID) (*tariff.Ratezone, error) {
	return readTariff(ctx, a, c, in.ID, func(q db.Queryer) (*tariff.Ratezone, error) {
		return tariff.RatezoneByID(q, int64(in.ID), int64(in.Zone))
	})
}

func (a *API) createRatezone(ctx context.Context, c rest.Caller, in *struct {
	tariffID
	Body tariff.ZoneFields
},
) (rest.Created[rest.Empty], error) {
	id, err := a.DB.NextID(ctx, "ratezone", c.Organisation)
	if err == nil {
		err = a.sell(ctx, c, in.ID, func(tx *db.Tx) error { return tariff.AddRatezone(tx, c.Organisation, int64(in.ID), id, in.Body) })
	}
	return rest.Created[rest.Empty]{ID: value.ID(id)}, err
}

func (a *API) changeRatezone(ctx context.Context, c rest.Caller, in *struct {
	ratezoneID
	Body tariff.ZoneFields
},
) error {
	return a.sell(ctx, c, in.ID, func(tx *db.Tx) error {
		return tariff.ChangeRatezone(tx, c.Organisation, int64(in.ID), int64(in.Zone), in.Body)
	})
}

func (a *API) deleteRatezone(ctx context.Context, c rest.Caller, in *ratezoneID) error {
	return a.sell(ctx, c, in.ID, func(tx *db.Tx) error { return tariff.DeleteRatezone(tx, c.Organisation, int64(in.ID), int64(in.Zone)) })
}

func (a *API) listRatezoneOperators(ctx context.Context, c rest.Caller, in *ratezoneID) ([]tariff.Visited, error) {
	z, err := a.getRatezone(ctx, c, in)
	if err != nil {
		return nil, err
	}
	return z.Coverage, nil
}

func (a *API) addRatezoneOperator(ctx context.Context, c rest.Caller, in *ratezoneOperator) error {
	return a.sell(ctx, c, in.ID, func(tx *db.Tx) error {
		return tariff.AddOperator(tx, c.Organisation, int64(in.ID), int64(in.Zone), int64(in.Operator))
	})
}

func (a *API) removeRatezoneOperator(ctx context.Context, c rest.Caller, in *ratezoneOperator) error {
	return a.sell(ctx, c, in.ID, func(tx *db.Tx) error {
		return tariff.RemoveOperator(tx, c.Organisation, int64(in.ID), int64(in.Zone), int64(in.Operator))
	})
}

func (a *API) listRates(ctx context.Context, c rest.Caller, in *ratezoneID) ([]tariff.Price, error) {
	z, err := a.getRatezone(ctx, c, in)
	if err != nil {
		return nil, err
	}
	return z.Rates, nil
}

func (a *API) getRate(ctx context.Context, c rest.Caller, in *rateID) (*tariff.Price, error) {
	return readTariff(ctx, a, c, in.ID, func(q db.Queryer) (*tariff.Price, error) {
		return tariff.PriceByID(q, int64(in.ID), int64(in.Zone), int64(in.Rate))
	})
}

func (a *API) createRate(ctx context.Context, c rest.Caller, in *struct {
	ratezoneID
	Body tariff.PriceFields
},
) (rest.Created[rest.Empty], error) {
	id, err := a.DB.NextID(ctx, "ratezone_rate", c.Organisation)
	if err == nil {
		err = a.sell(ctx, c, in.ID, func(tx *db.Tx) error {
			return tariff.AddRate(tx, a.Clock.Micros(), c.Organisation, int64(in.ID), int64(in.Zone), id, in.Body)
		})
	}
	return rest.Created[rest.Empty]{ID: value.ID(id)}, err
}

func (a *API) changeRate(ctx context.Context, c rest.Caller, in *struct {
	rateID
	Body tariff.Dates
},
) error {
	return a.sell(ctx, c, in.ID, func(tx *db.Tx) error {
		return tariff.ChangeRate(tx, a.Clock.Micros(), c.Organisation, int64(in.ID), int64(in.Zone), int64(in.Rate), in.Body)
	})
}

func (a *API) deleteRate(ctx context.Context, c rest.Caller, in *rateID) error {
	return a.sell(ctx, c, in.ID, func(tx *db.Tx) error {
		return tariff.DeleteRate(tx, a.Clock.Micros(), c.Organisation, int64(in.ID), int64(in.Zone), int64(in.Rate))
	})
}
