package api

import (
	"context"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/profile"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/sheet"
	"github.com/simstead/simstead/internal/tariff"
	"github.com/simstead/simstead/internal/value"
)

func (a *API) importTariffRoutes(r *rest.API) {
	rest.Get(r, rest.Op{
		Method: "POST", Path: "/api/v1/import/tariff", ID: "import-tariff", Tag: "tariffs", Role: rest.User, For: sellers(), MaxBody: rest.Bulk,
		Summary: "Import a tariff sheet from CSV", Errors: []int{404, 422},
		Description: "The columns are ratezone (its name; made, and active, where there is none), plmn, tapcode or operator (its id), data_rate (per MB), sms_mt_rate and sms_mo_rate " +
			"(per SMS), in the tariff's currency, and valid_from (now by default). A line puts its operator into the rate zone, out of the one where it was. Prices may stand in one line " +
			"of a rate zone or alike in all; they become new versions. What the file does not name stays. The answer compares each line with what is there. With dry_run nothing changes, " +
			"nor when a line is wrong. An addition to the contract.",
	}, a.importTariff)
}

type tariffImport struct {
	Applied bool          `json:"applied" doc:"Whether the tariff was changed: false with dry_run and when a line is wrong."`
	Added   int           `json:"add"`
	Changed int           `json:"change"`
	Same    int           `json:"same"`
	Wrong   int           `json:"wrong"`
	Lines   []tariff.Line `json:"lines"`
}

func (a *API) importTariff(ctx context.Context, c rest.Caller, in *struct {
	Body struct {
		file
		Tariff value.Ref `json:"tariff" doc:"One of your own."`
	}
},
) (*tariffImport, error) {
	s, err := sheet.Read(in.Body.Content, tariff.Layout(), in.Body.Columns)
	if err != nil {
		return nil, err
	}
	id := in.Body.Tariff.ID
	if !id.Has() {
		return nil, fault.Invalid(fault.New(fault.Required, "Import - tariff is required"))
	}
	plan, err := tariff.Import(ctx, a.DB, a.Clock.Micros(), c.Organisation, int64(id.Value), s, in.Body.DryRun)
	if err != nil {
		return nil, err
	}
	out := &tariffImport{
		Added: plan.Count(tariff.Added), Changed: plan.Count(tariff.Changed), Same: plan.Count(tariff.Same), Wrong: plan.Count(tariff.Refused), Lines: plan.Lines,
	}
	if out.Lines == nil {
		out.Lines = []tariff.Line{}
	}
	if out.Applied = !in.Body.DryRun && out.Wrong == 0; !out.Applied {
		return out, nil
	}
	owned, err := read(ctx, a, func(q db.Queryer) ([]profile.Owned, error) { return profile.OfTariff(q, int64(id.Value)) })
	for _, p := range owned {
		_ = a.recheck(nil, func(to Control) { to.RecheckTariffProfile(p.Organisation, p.ID) })
	}
	return out, err
}
