package api

import (
	"context"
	"fmt"
	"net/http"

	"github.com/simstead/simstead/internal/billing"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/value"
)

func (a *API) billingRoutes(r *rest.API) {
	op := func(path, id, class, summary, description string, errors ...int) rest.Op {
		return rest.Op{
			Path: organisationPath + "/billing" + path, ID: id, Tag: "billing", Role: rest.Observer, Class: class, Summary: summary,
			Description: description, Errors: append(errors, 404),
		}
	}
	const whose = "Of your own organisation or of one below it. "
	rest.Table(r, op("", "organisation-billing-get", "list", "List the billing periods of an organisation", whose+
		"A period is a calendar month of the organisation's time zone; its id is year and month. The current one is included."), a.listBillingPeriods)
	const one = "/{billing_id}"
	rest.Get(r, op(one, "organisation-billing-by-id-get", "list", "Get the statement of a billing period", whose+
		"A closed period stands; an open one is as of now. Money has up to ten decimal places."), a.getStatement)
	rest.Table(r, op(one+"/usage", "organisation-billing-usage-get", "list", "List the usage records behind a figure of a statement", whose+
		"The costs of all records that the filters leave add up to the figure. Rows come in the order of the log; `after` goes on.", 422), a.listStatementUsage)
	rest.File(r, op(one+"/csv", "organisation-billing-csv-get", "list", "Get a statement as a table", whose+
		"A row for each charge, which add up to the sub total, then the totals."), a.getStatementTable)
	rest.File(r, op(one+"/pdf", "organisation-billing-pdf-get", "list", "Get a statement on paper", whose+"PDF, pages of A4."), a.getStatementPaper)
	rest.Get(r, rest.Op{
		Method: http.MethodPost, Path: "/api/v1/billing/close", ID: "billing-close-post", Tag: "billing", Role: rest.Administrator,
		For: []rest.OrganisationType{rest.Operator}, Summary: "Close a billing period of all organisations", Errors: []int{422},
		Description: "What open sessions have counted becomes usage records, then the statements stand. Usage that comes later is on the next one. Closing again changes nothing.",
	}, a.closeMonth)
}

type billingID struct {
	organisationOrMy
	Month rest.PathID `path:"billing_id"`
}

func (a *API) listBillingPeriods(ctx context.Context, c rest.Caller, in *organisationOrMy) ([]value.Described, error) {
	return ofTree(ctx, a, c, *in, func(q db.Queryer, organisation int64) ([]value.Described, error) {
		return billing.Periods(q, organisation, a.Clock.Micros())
	})
}

func (a *API) getStatement(ctx context.Context, c rest.Caller, in *billingID) (*billing.Statement, error) {
	return ofTree(ctx, a, c, in.organisationOrMy, func(q db.Queryer, organisation int64) (*billing.Statement, error) {
		return billing.Get(q, organisation, int64(in.Month), a.Clock.Micros())
	})
}

func (a *API) getStatementTable(ctx context.Context, c rest.Caller, in *billingID) (f rest.Attachment, err error) {
	s, err := a.getStatement(ctx, c, in)
	if err != nil {
		return f, err
	}
	f = rest.Attachment{Name: fmt.Sprintf("statement-%d-%d.csv", s.Customer.ID, s.ID), Type: "text/csv; charset=utf-8"}
	f.Data, err = s.CSV()
	return f, err
}

func (a *API) getStatementPaper(ctx context.Context, c rest.Caller, in *billingID) (rest.Attachment, error) {
	s, err := a.getStatement(ctx, c, in)
	if err != nil {
		return rest.Attachment{}, err
	}
	return rest.Attachment{Name: fmt.Sprintf("statement-%d-%d.pdf", s.Customer.ID, s.ID), Type: "application/pdf", Data: s.PDF()}, nil
}

func (a *API) listStatementUsage(ctx context.Context, c rest.Caller, in *struct {
	billingID
	billing.Filter
},
) ([]billing.Usage, error) {
	return ofTree(ctx, a, c, in.organisationOrMy, func(q db.Queryer, organisation int64) ([]billing.Usage, error) {
		return in.List(q, organisation, int64(in.Month), a.Clock.Micros())
	})
}

func (a *API) closeMonth(ctx context.Context, _ rest.Caller, in *struct {
	Body struct {
		Month value.ID `json:"month" required:"true" doc:"Year and month, such as 202611."`
	}
},
) (*billing.Result, error) {
	closer := billing.Closer{DB: a.DB, Clock: a.Clock, Sessions: a.Months}
	result, err := closer.Close(ctx, int64(in.Body.Month))
	return &result, err
}
