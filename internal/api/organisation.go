package api

import (
	"context"
	"net/http"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/balance"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/event"
	"github.com/simstead/simstead/internal/plan"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/value"
)

// above are the types of organisations that have others below them.
func above() []rest.OrganisationType { return []rest.OrganisationType{rest.Operator, rest.Reseller} }

const organisationPath = "/api/v1/organisation/{org_id_or_my}"

func (a *API) organisationRoutes(r *rest.API) {
	op := func(method, path, id string, role rest.Role, summary string, errors ...int) rest.Op {
		o := rest.Op{Method: method, Path: path, ID: id, Tag: "organisation", Role: role, Class: "one", Summary: summary, Errors: errors}
		if role == rest.Administrator {
			o.For = above()
		}
		return o
	}
	rest.Get(r, op(http.MethodGet, "/api/v1/organisation/my", "my-organisation-get", rest.Observer, "Get your organisation"), a.getMyOrganisation)
	list := op(http.MethodGet, "/api/v1/organisation", "organisation-get", rest.Observer, "List the organisations below yours", 422)
	list.For, list.Class, list.PerPage = above(), "list", account.OrganisationSpec().PerPage
	rest.List(r, list, a.listOrganisations)
	create := op(http.MethodPost, "/api/v1/organisation", "organisation-post", rest.Administrator, "Make an organisation below yours", 403, 422)
	create.Description = "An operator makes resellers (service providers) and enterprises, a reseller enterprises. `name` is required."
	rest.Create(r, create, a.createOrganisation)
	get := op(http.MethodGet, organisationPath, "organisation-by-id-get", rest.Observer, "Get an organisation", 404)
	get.Description = "Your own or one below it. `my` answers in the contract's older form."
	rest.Get(r, get, a.getOrganisation)
	change := op(http.MethodPatch, organisationPath, "organisation-by-id-patch", rest.Administrator, "Change an organisation below yours", 404, 409, 422)
	change.Description = "Status 1 suspends it: nobody of it gets in any more and its devices are refused. Organisations below it go on as they are. Your own is changed by the organisation above it; " +
		"an operator, above whom nobody is, changes its own, but for its status."
	rest.Do(r, change, a.changeOrganisation)
	remove := op(http.MethodDelete, organisationPath, "organisation-by-id-delete", rest.Administrator, "Delete an organisation below yours", 404, 409)
	remove.Description = "Possible once it has no SIMs and nobody below it. Its usage and its statements stay."
	rest.Do(r, remove, a.deleteOrganisation)
	rest.List(r, rest.Op{
		Path: organisationPath + "/event", ID: "organisation-events-by-id", Tag: "events", Role: rest.Observer, Class: "list",
		Summary: "List the events of an organisation", PerPage: event.PerPage, Errors: []int{400, 422},
		Description: "Of your own organisation or of one below it; of any other the list is empty.",
	}, a.listOrganisationEvents)
	for _, table := range []struct {
		name, id string
		rows     []value.Described
	}{
		{"type", "organisation-type-get", account.OrganisationTypes()}, {"relation_type", "organisation-relation-type-get", account.RelationTypes()},
		{"verification_type", "organisation-verification-type-get", account.VerificationTypes()},
		{"contact_type", "organisation-contact-type-get", account.ContactTypes()},
		{"charging_model", "organisation-charging-model-get", account.ChargingModels()},
		{"payment_term", "organisation-payment-term-get", account.PaymentTerms()},
	} {
		rest.Table(r, rest.Op{
			Path: "/api/v1/organisation/" + table.name, ID: table.id, Tag: "lookups", Role: rest.Observer,
			Summary: "Look up the organisation field " + table.name,
		}, lookup(table.rows))
	}
}

func (a *API) getMyOrganisation(ctx context.Context, c rest.Caller, _ *struct{}) (*account.My, error) {
	return read(ctx, a, func(q db.Queryer) (*account.My, error) {
		my, err := account.GetMy(q, c.Organisation)
		return &my, err
	})
}

func (a *API) listOrganisations(ctx context.Context, c rest.Caller, in *struct{ rest.Paging }) (rest.Page[account.OrganisationView], error) {
	query, err := account.OrganisationSpec().Parse(in.Q, in.Sort, string(in.Page), string(in.PerPage))
	if err != nil {
		return rest.Page[account.OrganisationView]{}, err
	}
	query = entire(query, in.Paging)
	return page(ctx, a, query, func(q db.Queryer) ([]account.OrganisationView, int, error) {
		return account.ListBelow(q, c.Organisation, query)
	})
}

func (a *API) createOrganisation(ctx context.Context, c rest.Caller, in *struct{ Body account.NewOrganisation }) (made rest.Created[rest.Empty], err error) {
	id, err := account.CreateOrganisation(ctx, a.DB, a.Clock, in.Body.Organisation(c.Organisation))
	made.ID = value.ID(id)
	return made, err
}

func (a *API) getOrganisation(ctx context.Context, c rest.Caller, in *organisationOrMy) (*account.OrganisationView, error) {
	return ofTree(ctx, a, c, *in, account.Show)
}

// ofTree reads something of an organisation that is the caller's own or below it.
func ofTree[T any](ctx context.Context, a *API, c rest.Caller, in organisationOrMy, fn func(q db.Queryer, organisation int64) (T, error)) (T, error) {
	return read(ctx, a, func(q db.Queryer) (out T, err error) {
		organisation := in.Organisation.Of(c)
		if err := account.See(q, c.Organisation, organisation); err != nil {
			return out, err
		}
		return fn(q, organisation)
	})
}

// govern makes a change to an organisation below the caller's.
func (a *API) govern(ctx context.Context, c rest.Caller, organisation int64, fn func(tx *db.Tx) error) error {
	return a.writeTree(ctx, organisation, func(q db.Queryer) error { return account.Govern(q, c.Organisation, organisation) }, fn)
}

// writeTree makes a change to an organisation that may says yes to.
func (a *API) writeTree(ctx context.Context, organisation int64, may func(db.Queryer) error, fn func(tx *db.Tx) error) error {
	if err := a.DB.Read(ctx, may); err != nil {
		return err
	}
	return a.DB.Write(ctx, []int64{organisation}, fn)
}

func (a *API) changeOrganisation(ctx context.Context, c rest.Caller, in *struct {
	organisationOrMy
	Body account.OrganisationFields
},
) error {
	organisation, user := in.Organisation.Of(c), int64(0) // whoever acts from above has no name in the log below
	may := func(q db.Queryer) error { return account.Govern(q, c.Organisation, organisation) }
	if organisation == c.Organisation && c.Type == rest.Operator && !in.Body.Status.Set {
		user, may = c.User, func(db.Queryer) error { return nil }
	}
	err := a.writeTree(ctx, organisation, may, func(tx *db.Tx) error {
		if id := in.Body.Currency.Value.ID; id.Has() {
			if err := balance.ChangeCurrency(tx, organisation, int64(id.Value)); err != nil {
				return err
			}
		}
		return in.Body.Change(tx, a.Clock.Micros(), user, organisation)
	})
	return a.recheck(err, func(to Control) { to.RecheckOrganisation(organisation) })
}

func (a *API) deleteOrganisation(ctx context.Context, c rest.Caller, in *organisationOrMy) error {
	organisation := in.Organisation.Of(c)
	err := a.govern(ctx, c, organisation, func(tx *db.Tx) error {
		if err := plan.End(tx, a.Clock.Micros(), organisation); err != nil {
			return err
		}
		return account.Delete(tx, organisation)
	})
	return a.recheck(err, func(to Control) { to.RecheckOrganisation(organisation) })
}

func (a *API) listOrganisationEvents(ctx context.Context, c rest.Caller, in *struct {
	organisationOrMy
	rest.Paging
},
) (rest.Page[event.Entry], error) {
	organisation := in.Organisation.Of(c)
	err := a.DB.Read(ctx, func(q db.Queryer) error { return account.See(q, c.Organisation, organisation) })
	if err != nil {
		organisation = 0 // nobody's log
	}
	return a.events(ctx, event.Scope{Organisation: organisation}, in.Paging)
}
