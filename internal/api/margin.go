package api

import (
	"context"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/roaming"
	"github.com/simstead/simstead/internal/value"
)

func (a *API) marginRoutes(r *rest.API) {
	rest.Get(r, rest.Op{
		Path: "/api/v1/organisation/{org_id_or_my}/margin", ID: "organisation-margin-get", Tag: "inter operator tariff", Role: rest.Observer,
		For: []rest.OrganisationType{rest.Operator}, Class: "list", Summary: "Get what roaming of a month has brought and cost", Errors: []int{404, 409},
		Description: "The usage records of an organisation and of all below it that belong to a month, by network operator, country and currency: what was charged for them by tariffs, " +
			"what they cost by your inter-operator tariffs of the time when they were used, and the difference. Each record is rounded up to the blocks of its inter-operator tariff. " +
			"Of several network coverages that price an operator the oldest counts. The organisation is yours or one below it. An addition to the contract.",
	}, a.getMargin)
}

func (a *API) getMargin(ctx context.Context, c rest.Caller, in *struct {
	organisationOrMy
	Month value.ID `query:"month" doc:"As 202611; the current one by default."`
},
) (*roaming.Margin, error) {
	organisation, month := in.Organisation.Of(c), int64(in.Month)
	var below []int64
	err := a.DB.Read(ctx, func(q db.Queryer) error {
		within, err := account.Descendant(q, c.Organisation, organisation)
		if err == nil && !within && organisation != c.Organisation {
			err = fault.Missing("Organisation", organisation)
		}
		if err == nil && month == 0 {
			month, err = account.Month(q, organisation, a.Clock.Micros())
		}
		if err != nil {
			return err
		}
		below, err = account.Below(q, organisation)
		return err
	})
	if err != nil {
		return nil, err
	}
	if !clock.IsMonth(month) {
		return nil, fault.Invalid(fault.New(fault.InvalidFormat, "month: %d is none; one such as 202611 expected", month))
	}
	return roaming.ReadMargin(ctx, a.DB, c.Organisation, below, month)
}
