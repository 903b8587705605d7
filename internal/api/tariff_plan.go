package api

import (
	"context"
	"net/http"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/plan"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/sim"
	"github.com/simstead/simstead/internal/value"
)

func (a *API) tariffPlanRoutes(r *rest.API) {
	op := func(method, path, id string, role rest.Role, summary string, errors ...int) rest.Op {
		return rest.Op{Method: method, Path: "/api/v1" + path, ID: id, Tag: "tariff plans", Role: role, Summary: summary, Errors: errors}
	}
	rest.Get(r, op(http.MethodGet, "/tariff_plan/active", "get-active-tariff-plan", rest.Observer, "Get your tariff plan", 404), a.getTariffPlanNow)
	const of = "/organisation/{org_id_or_my}/tariff_plan"
	active := op(http.MethodGet, of+"/active", "get-organisation-active-tariff-plan", rest.Observer, "Get the tariff plan that an organisation has now", 404)
	active.Description = "Of your own organisation or of a direct child of it."
	rest.Get(r, active, a.getTariffPlanOf)
	list := op(http.MethodGet, of, "organisation-tariff-plan-by-org-id-get", rest.Observer, "List the tariff plans that an organisation had, has and will have", 404)
	list.Description = active.Description
	rest.Table(r, list, a.listTariffPlansOf)
	assign := op(http.MethodPost, of, "organisation-tariff-plan-by-org-id-post", rest.User, "Assign a tariff plan to a child organisation", 403, 404, 422)
	assign.For, assign.Description = sellers(), "Its prices stay as they are now until another plan is assigned. What was there from its start on is replaced. "+
		"An organisation that has an evaluation plan may choose one itself."
	rest.Create(r, assign, a.assignTariffPlan)

	const all, one = "/tariff_plan", "/tariff_plan/{tariff_plan_id}"
	for _, o := range []struct {
		op       rest.Op
		register func(rest.Op)
	}{
		{op(http.MethodGet, all, "tariff-plan-get", rest.Observer, "List the tariff plans that you may assign, and your own"),
			func(o rest.Op) { rest.Table(r, o, a.listTariffPlans) }},
		{op(http.MethodPost, all, "tariff-plan-post", rest.User, "Create a tariff plan", 422),
			func(o rest.Op) { rest.Create(r, o, a.createTariffPlan) }},
		{op(http.MethodGet, one, "tariff-plan-by-id-get", rest.Observer, "Get a tariff plan", 404),
			func(o rest.Op) { rest.Get(r, o, a.getTariffPlan) }},
		{op(http.MethodPatch, one, "tariff-plan-by-id-patch", rest.User, "Change a tariff plan for those who get it from now on", 404, 422),
			func(o rest.Op) { rest.Do(r, o, a.changeTariffPlan) }},
		{op(http.MethodDelete, one, "tariff-plan-by-id-delete", rest.User, "Delete a tariff plan that nobody has", 404, 409),
			func(o rest.Op) { rest.Do(r, o, a.deleteTariffPlan) }},
		{op(http.MethodGet, all+"/status", "tariff-plan-status-get", rest.Observer, "List the states of tariff plans"),
			func(o rest.Op) { rest.Table(r, o, lookup(plan.Statuses())) }},
		{op(http.MethodGet, all+"/runtime", "tariff-plan-runtime-get", rest.Observer, "List the shortest times that tariff plans are taken for"),
			func(o rest.Op) { rest.Table(r, o, lookup(plan.Runtimes())) }},
	} {
		o.op.For = sellers()
		o.register(o.op)
	}
}

func (a *API) getTariffPlanNow(ctx context.Context, c rest.Caller, _ *struct{}) (*plan.Current, error) {
	return read(ctx, a, func(q db.Queryer) (*plan.Current, error) { return plan.Now(q, a.Clock.Micros(), c.Organisation) })
}

func (a *API) getTariffPlanOf(ctx context.Context, c rest.Caller, in *organisationOrMy) (*plan.Current, error) {
	organisation := in.Organisation.Of(c)
	return read(ctx, a, func(q db.Queryer) (*plan.Current, error) {
		if err := account.See(q, c.Organisation, organisation); err != nil {
			return nil, err
		}
		return plan.Now(q, a.Clock.Micros(), organisation)
	})
}

func (a *API) listTariffPlansOf(ctx context.Context, c rest.Caller, in *organisationOrMy) ([]plan.Row, error) {
	organisation := in.Organisation.Of(c)
	return read(ctx, a, func(q db.Queryer) ([]plan.Row, error) {
		if err := account.See(q, c.Organisation, organisation); err != nil {
			return nil, err
		}
		return plan.Rows(q, a.Clock.Micros(), organisation)
	})
}

func (a *API) assignTariffPlan(ctx context.Context, c rest.Caller, in *struct {
	organisationOrMy
	Body plan.Request
},
) (made rest.Created[rest.Empty], err error) {
	organisation, user := in.Organisation.Of(c), int64(0) // who assigns has no name in the child's books
	err = a.DB.Read(ctx, func(q db.Queryer) error {
		if organisation != c.Organisation {
			return account.ReachChild(q, c.Organisation, organisation)
		}
		user = c.User
		free, err := plan.InEvaluation(q, a.Clock.Micros(), organisation)
		if err == nil && !free {
			err = fault.New(fault.Forbidden, "The tariff plan of an organisation is assigned by the one above it")
		}
		return err
	})
	if err != nil {
		return made, err
	}
	id, err := a.DB.NextID(ctx, "organisation_tariff_plan", organisation)
	if err == nil {
		err = a.DB.Write(ctx, []int64{organisation}, func(tx *db.Tx) error {
			return assign(tx, a.Clock.Micros(), user, c.Organisation, organisation, id, in.Body)
		})
	}
	return rest.Created[rest.Empty]{ID: value.ID(id)}, a.recheck(err, func(to Control) { to.RecheckOrganisation(organisation) })
}

// assign gives an organisation a plan; where the factory test goes with the old one, SIMs in it are activated.
func assign(tx *db.Tx, now, user, caller, organisation, id int64, r plan.Request) error {
	before, err := plan.AllowanceOf(tx, organisation, now)
	if err != nil {
		return err
	}
	if err := plan.Assign(tx, now, user, caller, organisation, id, r); err != nil {
		return err
	}
	after, err := plan.AllowanceOf(tx, organisation, now)
	if err != nil || after.FactoryTest || !before.FactoryTest {
		return err
	}
	return sim.EndTests(tx, now, organisation)
}

type tariffPlanID struct {
	ID rest.PathID `path:"tariff_plan_id"`
}

func (a *API) listTariffPlans(ctx context.Context, c rest.Caller, _ *struct{}) ([]plan.Plan, error) {
	return read(ctx, a, func(q db.Queryer) ([]plan.Plan, error) { return plan.List(q, a.Clock.Micros(), c.Organisation) })
}

func (a *API) getTariffPlan(ctx context.Context, c rest.Caller, in *tariffPlanID) (*plan.Plan, error) {
	return read(ctx, a, func(q db.Queryer) (*plan.Plan, error) {
		return plan.Get(q, a.Clock.Micros(), c.Organisation, int64(in.ID))
	})
}

func (a *API) createTariffPlan(ctx context.Context, c rest.Caller, in *struct{ Body plan.Fields }) (rest.Created[rest.Empty], error) {
	id, err := a.DB.NextID(ctx, "tariff_plan", c.Organisation)
	if err == nil {
		err = a.write(ctx, c, func(tx *db.Tx) error { return plan.Create(tx, a.Clock.Micros(), c.Organisation, id, in.Body) })
	}
	return rest.Created[rest.Empty]{ID: value.ID(id)}, err
}

func (a *API) changeTariffPlan(ctx context.Context, c rest.Caller, in *struct {
	tariffPlanID
	Body plan.Fields
},
) error {
	return a.write(ctx, c, func(tx *db.Tx) error {
		return plan.Change(tx, a.Clock.Micros(), c.Organisation, int64(in.ID), in.Body)
	})
}

func (a *API) deleteTariffPlan(ctx context.Context, c rest.Caller, in *tariffPlanID) error {
	return a.write(ctx, c, func(tx *db.Tx) error { return plan.Delete(tx, a.Clock.Micros(), c.Organisation, int64(in.ID)) })
}
