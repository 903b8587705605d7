package api

import (
	"context"
	"net/http"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/balance"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/value"
)

func (a *API) balanceRoutes(r *rest.API) {
	const endpoint = "/api/v1/endpoint/{endpoint_id}/balance"
	rest.Get(r, rest.Op{
		Path: endpoint, ID: "endpoint-balance-by-endpoint-id-get", Tag: "endpoint", Role: rest.Observer, Class: "endpoint",
		Summary: "Get the prepaid balance of an endpoint", Errors: []int{404},
		Description: "It counts where the service profile is prepaid. Before the first load it is 0.",
	}, a.getEndpointBalance)
	rest.Create(r, rest.Op{
		Path: endpoint, ID: "endpoint-balance-by-endpoint-id-post", Tag: "endpoint", Role: rest.User,
		Summary: "Add to the prepaid balance of an endpoint, or take from it", Errors: []int{400, 404, 409, 422},
		Description: "A balance in another currency than the organisation's must be reset first.",
	}, a.loadEndpointBalance)
	rest.Do(r, rest.Op{
		Method: http.MethodDelete, Path: endpoint, ID: "endpoint-balance-by-endpoint-id-delete", Tag: "endpoint", Role: rest.User,
		Summary: "Reset the prepaid balance of an endpoint to zero", Errors: []int{404},
	}, a.resetEndpointBalance)

	const organisation = "/api/v1/organisation/{org_id_or_my}/balance"

	rest.Get(r, rest.Op{
		Path: organisation, ID: "organisation-balance-get", Tag: "prepaid balance", Role: rest.Observer, Class: "one",
		Summary: "Get the prepaid balance of an organisation", Errors: []int{404},
		Description: "Of your own organisation or of a direct child of it.",
	}, a.getOrganisationBalance)
	rest.Create(r, rest.Op{
		Path: organisation, ID: "organisation-balance-post", Tag: "prepaid balance", Role: rest.User, For: above(),
		Summary: "Change the prepaid balance of a child organisation", Errors: []int{400, 403, 404, 409, 422},
		Description: "The first top-up makes the organisation prepaid: from then on its use is paid from this balance, and it is blocked when nothing is left.",
	}, a.changeOrganisationBalance)
	rest.Do(r, rest.Op{
		Method: http.MethodDelete, Path: organisation, ID: "organisation-balance-delete", Tag: "prepaid balance", Role: rest.User, For: above(),
		Summary: "Reset the prepaid balance of a child organisation to zero", Errors: []int{403, 404, 409},
	}, a.resetOrganisationBalance)
	rest.Table(r, rest.Op{
		Path: organisation + "/transaction", ID: "organisation-balance-transaction-get", Tag: "prepaid balance", Role: rest.Observer,
		Class: "one", Summary: "List the changes of an organisation's balance", Errors: []int{404},
		Description: "The newest thousand, newest first. Use is not among them: it is in the usage records.",
	}, a.listOrganisationTransactions)
	rest.Table(r, rest.Op{
		Path: organisation + "/payment_option", ID: "organisation-balance-payment-option-get", Tag: "prepaid balance",
		Role: rest.Observer, Summary: "List the ways to pay into an organisation's balance",
	}, a.listPaymentOptions)
	rest.Table(r, rest.Op{
		Path: endpoint + "/transaction", ID: "endpoint-balance-transaction-get", Tag: "endpoint", Role: rest.Observer, Class: "endpoint",
		Summary: "List the changes of an endpoint's balance", Errors: []int{404},
		Description: "The newest thousand, newest first. Use is not among them: it is in the usage records. A monthly reset and an expiry are written with the next change or use.",
	}, a.listEndpointTransactions)
	rest.Table(r, rest.Op{
		Path: organisation + "/transaction/type", ID: "organisation-balance-transaction-type-get", Tag: "prepaid balance",
		Role: rest.Observer, Summary: "List the types of changes of an organisation's balance",
	}, a.listTransactionTypes)
}

func (a *API) getEndpointBalance(ctx context.Context, c rest.Caller, in *endpointID) (*balance.View, error) {
	return read(ctx, a, func(q db.Queryer) (*balance.View, error) {
		return balance.Show(q, a.Clock.Micros(), c.Organisation, int64(in.ID))
	})
}

func (a *API) loadEndpointBalance(ctx context.Context, c rest.Caller, in *struct {
	endpointID
	Body balance.Fields
},
) (rest.Created[rest.Empty], error) {
	err := a.write(ctx, c, func(tx *db.Tx) error {
		return balance.Load(tx, a.Clock.Micros(), c.User, c.Organisation, int64(in.ID), in.Body)
	})
	return rest.Created[rest.Empty]{}, a.recheck(err, func(to Control) { to.Recheck(c.Organisation, int64(in.ID)) })
}

func (a *API) resetEndpointBalance(ctx context.Context, c rest.Caller, in *endpointID) error {
	err := a.write(ctx, c, func(tx *db.Tx) error {
		return balance.ToZero(tx, a.Clock.Micros(), c.User, c.Organisation, int64(in.ID))
	})
	return a.recheck(err, func(to Control) { to.Recheck(c.Organisation, int64(in.ID)) })
}

func (a *API) getOrganisationBalance(ctx context.Context, c rest.Caller, in *organisationOrMy) (*balance.AccountView, error) {
	organisation := in.Organisation.Of(c)
	return read(ctx, a, func(q db.Queryer) (*balance.AccountView, error) {
		if err := account.See(q, c.Organisation, organisation); err != nil {
			return nil, err
		}
		return balance.ShowAccount(q, a.Clock.Micros(), organisation)
	})
}

func (a *API) changeOrganisationBalance(ctx context.Context, c rest.Caller, in *struct {
	organisationOrMy
	Body balance.Payment
},
) (rest.Created[rest.Empty], error) {
	return rest.Created[rest.Empty]{}, a.pay(ctx, c, in.Organisation.Of(c), in.Body)
}

func (a *API) resetOrganisationBalance(ctx context.Context, c rest.Caller, in *organisationOrMy) error {
	return a.pay(ctx, c, in.Organisation.Of(c), balance.Payment{Type: value.Some(value.Ref{ID: value.Some(value.ID(balance.TypeReset))})})
}

// pay changes the balance of a child. The entry names no user: it is in the child's books, where the parent's have no name.
func (a *API) pay(ctx context.Context, c rest.Caller, organisation int64, p balance.Payment) error {
	if organisation == c.Organisation {
		return fault.New(fault.Forbidden, "The balance of an organisation is changed by the one above it")
	}
	err := a.DB.Read(ctx, func(q db.Queryer) error { return account.ReachChild(q, c.Organisation, organisation) })
	if err == nil {
		err = a.DB.Write(ctx, []int64{organisation}, func(tx *db.Tx) error {
			return balance.Pay(tx, a.Clock.Micros(), 0, organisation, p)
		})
	}
	return a.recheck(err, func(to Control) { to.RecheckOrganisation(organisation) })
}

func (a *API) listOrganisationTransactions(ctx context.Context, c rest.Caller, in *organisationOrMy) ([]balance.Transaction, error) {
	organisation := in.Organisation.Of(c)
	return read(ctx, a, func(q db.Queryer) ([]balance.Transaction, error) {
		if err := account.See(q, c.Organisation, organisation); err != nil {
			return nil, err
		}
		return balance.ListTransactions(q, organisation, 0)
	})
}

func (a *API) listTransactionTypes(context.Context, rest.Caller, *organisationOrMy) ([]value.Described, error) {
	return balance.TransactionTypes(), nil
}

func (a *API) listPaymentOptions(context.Context, rest.Caller, *organisationOrMy) ([]value.Described, error) {
	return account.PaymentOptions(), nil
}

func (a *API) listEndpointTransactions(ctx context.Context, c rest.Caller, in *endpointID) ([]balance.Transaction, error) {
	return read(ctx, a, func(q db.Queryer) ([]balance.Transaction, error) {
		if _, err := balance.Show(q, a.Clock.Micros(), c.Organisation, int64(in.ID)); err != nil {
			return nil, err
		}
		return balance.ListTransactions(q, c.Organisation, int64(in.ID))
	})
}
