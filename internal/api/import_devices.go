package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/simstead/simstead/internal/intake"
	"github.com/simstead/simstead/internal/rest"
)

func (a *API) deviceImportRoutes(r *rest.API) {
	const how = "What is there already is found, not made again; rows that are wrong are told and left out. A file that broke off goes on " +
		"where it was when it is given again. An addition to the contract. Columns: "
	sims := rest.Op{
		Method: http.MethodPost, Path: "/api/v1/import/sims", ID: "import-sims", Tag: "sim", Role: rest.User, For: []rest.OrganisationType{rest.Operator},
		Summary: "Import SIMs from CSV", MaxBody: intake.MaxBytes, Description: how + strings.Join(intake.SIMColumns(), ", ") + ".",
	}
	endpoints := rest.Op{
		Method: http.MethodPost, Path: "/api/v1/import/endpoints", ID: "import-endpoints", Tag: "endpoint", Role: rest.User, Errors: []int{404},
		Summary: "Make the endpoints of a CSV file", MaxBody: intake.MaxBytes, Description: how + strings.Join(intake.EndpointColumns(), ", ") + ".",
	}
	rest.Get(r, sims, func(ctx context.Context, c rest.Caller, in *struct{ Body deviceFile }) (*intake.Report, error) {
		return (&intake.Importer{DB: a.DB, Clock: a.Clock}).SIMs(ctx, c.Organisation, in.Body.Content, in.Body.options())
	})
	rest.Get(r, endpoints, func(ctx context.Context, c rest.Caller, in *struct{ Body deviceFile }) (*intake.Report, error) {
		return (&intake.Importer{DB: a.DB, Clock: a.Clock}).Endpoints(ctx, c.Organisation, c.User, in.Body.Content, in.Body.options())
	})
}

// deviceFile is a file in the body of a request, and how it is to be read.
type deviceFile struct {
	Content  string            `json:"content" required:"true" doc:"The file: UTF-8, with a header line, parted by commas, semicolons or tabs, at most 100000 lines."`
	Columns  map[string]string `json:"columns" doc:"How columns are called in the file, where that is not their name."`
	Defaults map[string]string `json:"defaults" doc:"What rows have that say nothing, by the name of the column."`
	DryRun   bool              `json:"dry_run" doc:"Only say what would be made."`
}

func (f deviceFile) options() intake.Options {
	return intake.Options{Columns: f.Columns, Defaults: f.Defaults, DryRun: f.DryRun}
}
