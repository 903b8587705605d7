package api

import (
	"context"
	"net/http"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/value"
)

func (a *API) organisationContactRoutes(r *rest.API) {
	op := func(method, path, id string, role rest.Role, summary string, errors ...int) rest.Op {
		return rest.Op{
			Method: method, Path: organisationPath + path, ID: id, Tag: "organisation", Role: role, Class: "one", Summary: summary,
			Errors: append(errors, 404), Description: "Of your own organisation or of one below it.",
		}
	}
	const one = "/contact/{contact_id}"
	rest.Table(r, op(http.MethodGet, "/contact", "organisation-contact-get", rest.Observer, "List the contacts of an organisation"), a.listContacts)
	rest.Create(r, op(http.MethodPost, "/contact", "organisation-contact-post", rest.User, "Add a contact", 422), a.createContact)
	rest.Get(r, op(http.MethodGet, one, "organisation-contact-by-id-get", rest.Observer, "Get a contact"), a.getContact)
	rest.Do(r, op(http.MethodPatch, one, "organisation-contact-by-id-patch", rest.User, "Change a contact", 422), a.changeContact)
	rest.Do(r, op(http.MethodDelete, one, "organisation-contact-by-id-delete", rest.User, "Delete a contact"), a.deleteContact)
	config := op(http.MethodGet, "/billing_config", "organisation-billing-config-get", rest.Observer, "Get the billing configuration of an organisation")
	rest.Get(r, config, a.getBillingConfig)
	config = op(http.MethodPatch, "/billing_config", "organisation-billing-config-patch", rest.Administrator, "Change the billing configuration of an organisation", 409, 422)
	config.Description += " What your own organisation owes is set by the one above it: `charging_model`, `payment_term` and `vat_rate`."
	rest.Do(r, config, a.changeBillingConfig)
}

type contactID struct {
	organisationOrMy
	Contact rest.PathID `path:"contact_id"`
}

// ownUser is the acting user where that is a user of the organisation itself: nobody else has a name in its log.
func ownUser(c rest.Caller, organisation int64) int64 {
	if c.Organisation == organisation {
		return c.User
	}
	return 0
}

// tend makes a change to the caller's own organisation or one below it.
func (a *API) tend(ctx context.Context, c rest.Caller, organisation int64, fn func(tx *db.Tx) error) error {
	return a.writeTree(ctx, organisation, func(q db.Queryer) error { return account.See(q, c.Organisation, organisation) }, fn)
}

func (a *API) listContacts(ctx context.Context, c rest.Caller, in *organisationOrMy) ([]account.Contact, error) {
	return ofTree(ctx, a, c, *in, account.Contacts)
}

func (a *API) getContact(ctx context.Context, c rest.Caller, in *contactID) (*account.Contact, error) {
	return ofTree(ctx, a, c, in.organisationOrMy, func(q db.Queryer, organisation int64) (*account.Contact, error) {
		return account.ContactByID(q, organisation, int64(in.Contact))
	})
}

func (a *API) createContact(ctx context.Context, c rest.Caller, in *struct {
	organisationOrMy
	Body account.ContactFields
},
) (made rest.Created[rest.Empty], err error) {
	organisation := in.Organisation.Of(c)
	if err = a.DB.Read(ctx, func(q db.Queryer) error { return account.See(q, c.Organisation, organisation) }); err != nil {
		return made, err
	}
	id, err := a.DB.NextID(ctx, "contact", organisation)
	if err != nil {
		return made, err
	}
	made.ID = value.ID(id)
	return made, a.tend(ctx, c, organisation, func(tx *db.Tx) error {
		return account.StoreContact(tx, a.Clock.Micros(), ownUser(c, organisation), organisation, id, true, in.Body)
	})
}

func (a *API) changeContact(ctx context.Context, c rest.Caller, in *struct {
	contactID
	Body account.ContactFields
},
) error {
	organisation := in.Organisation.Of(c)
	return a.tend(ctx, c, organisation, func(tx *db.Tx) error {
		return account.StoreContact(tx, a.Clock.Micros(), ownUser(c, organisation), organisation, int64(in.Contact), false, in.Body)
	})
}

func (a *API) deleteContact(ctx context.Context, c rest.Caller, in *contactID) error {
	organisation := in.Organisation.Of(c)
	return a.tend(ctx, c, organisation, func(tx *db.Tx) error {
		return account.DeleteContact(tx, a.Clock.Micros(), ownUser(c, organisation), organisation, int64(in.Contact))
	})
}

func (a *API) getBillingConfig(ctx context.Context, c rest.Caller, in *organisationOrMy) (*account.BillingConfig, error) {
	return ofTree(ctx, a, c, *in, account.GetBillingConfig)
}

func (a *API) changeBillingConfig(ctx context.Context, c rest.Caller, in *struct {
	organisationOrMy
	Body account.BillingConfigFields
},
) error {
	organisation := in.Organisation.Of(c)
	itself := organisation == c.Organisation && c.Type != rest.Operator
	return a.tend(ctx, c, organisation, func(tx *db.Tx) error {
		return in.Body.Change(tx, a.Clock.Micros(), ownUser(c, organisation), organisation, itself)
	})
}
