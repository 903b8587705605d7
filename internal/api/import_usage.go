package api

import (
	"context"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/sheet"
	"github.com/simstead/simstead/internal/usagefile"
)

func (a *API) usageFileRoutes(r *rest.API) {
	op := rest.Op{
		Path: "/api/v1/import/usage", ID: "import-usage-get", Tag: "usage files", Role: rest.Observer, For: []rest.OrganisationType{rest.Operator},
		Summary: "List the usage files that were imported", Description: "The newest first, at most 1000. An addition to the contract.",
	}
	rest.Table(r, op, a.listUsageFiles)
	op.Method, op.ID, op.Role, op.MaxBody, op.Summary, op.Errors = "POST", "import-usage", rest.User, rest.Bulk, "Import usage from CSV", []int{503}
	op.Description = "Each line is a session that has ended: imsi, end (a time), uplink and downlink in bytes are needed; start or duration (seconds), plmn or tapcode (without either the " +
		"SIM's home network), rat (3GPP-RAT-Type), apn and imeisv may be there. It goes through the same flow as what gateways report, as of its end, which lies at most 62 days back. " +
		"A line is known by the file's name and its number: one that was taken is not taken again, so a file can be imported again with its wrong lines corrected. " +
		"The SIMs must be issued by you. An addition to the contract."
	rest.Get(r, op, a.importUsage)
}

func (a *API) listUsageFiles(ctx context.Context, c rest.Caller, _ *struct{}) ([]usagefile.File, error) {
	return read(ctx, a, func(q db.Queryer) ([]usagefile.File, error) { return usagefile.Files(q, c.Organisation) })
}

func (a *API) importUsage(ctx context.Context, c rest.Caller, in *struct {
	Body struct {
		file
		Name string `json:"name" doc:"What the file is known by."`
	}
},
) (*usagefile.Result, error) {
	s, err := sheet.Read(in.Body.Content, usagefile.Layout(), in.Body.Columns)
	if err != nil {
		return nil, err
	}
	im := usagefile.Importer{DB: a.DB, Clock: a.Clock, Flow: a.Usage, Organisation: c.Organisation}
	return im.Import(ctx, in.Body.Name, s, in.Body.DryRun)
}
