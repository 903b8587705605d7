package api

import (
	"context"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/roaming"
	"github.com/simstead/simstead/internal/sheet"
)

func (a *API) importRoutes(r *rest.API) {
	rest.Get(r, rest.Op{
		Method: "POST", Path: "/api/v1/import/iot", ID: "import-iot", Tag: "inter operator tariff", Role: rest.User, For: []rest.OrganisationType{rest.Operator},
		MaxBody: rest.Bulk, Summary: "Import inter-operator tariffs from CSV",
		Description: "The columns are network_coverage (name or id; not needed where you have but one), plmn, tapcode or operator (its id), traffic_type (data or SMS; data by default), " +
			"currency (code), rate, volume and blocksize (1 by default), valid_from (now by default). The answer compares each line with the newest price so far. " +
			"With dry_run nothing changes. Nothing changes either when a line is wrong, and prices that are there already are not added again, so a file can be imported twice. " +
			"Unlike POST /iot, prices may begin in the past, but only behind the newest one. An addition to the contract.",
	}, a.importIOT)
}

// file is a file in the body of a request.
type file struct {
	Content string            `json:"content" doc:"The file: UTF-8, with a header line, parted by commas, semicolons or tabs, at most 100000 lines."`
	Columns map[string]string `json:"columns" doc:"How columns are called in the file, where that is not their name."`
	DryRun  bool              `json:"dry_run" doc:"Only say what would be done."`
}

type iotImport struct {
	Applied bool           `json:"applied" doc:"Whether the prices were added: false with dry_run and when a line is wrong."`
	Added   int            `json:"add"`
	Same    int            `json:"same"`
	Wrong   int            `json:"wrong"`
	Lines   []roaming.Line `json:"lines"`
}

func (a *API) importIOT(ctx context.Context, c rest.Caller, in *struct{ Body file }) (*iotImport, error) {
	s, err := sheet.Read(in.Body.Content, roaming.Layout(), in.Body.Columns)
	if err != nil {
		return nil, err
	}
	plan, err := read(ctx, a, func(q db.Queryer) (roaming.Plan, error) {
		return roaming.PlanImport(q, c.Organisation, a.Clock.Micros(), s)
	})
	if err != nil {
		return nil, err
	}
	out := &iotImport{Added: plan.Count(roaming.Added), Same: plan.Count(roaming.Same), Wrong: plan.Count(roaming.Refused), Lines: plan.Lines}
	if out.Lines == nil {
		out.Lines = []roaming.Line{}
	}
	if in.Body.DryRun || out.Wrong > 0 {
		return out, nil
	}
	out.Applied = true
	return out, plan.Apply(ctx, a.DB, c.Organisation)
}
