package api

import (
	"context"
	"net/http"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/roaming"
	"github.com/simstead/simstead/internal/value"
)

const coverageText = "A coverage names the operators whose networks the SIMs that you issue may use. An organisation without any operator in a coverage has its SIMs everywhere; " +
	"with the first one that is added, all others are refused. Of several coverages one that enables an operator is enough. " +
	"A change counts from the next request of a gateway on, and running sessions that are not allowed any more are ended where the gateway can be told."

func (a *API) networkCoverageRoutes(r *rest.API) {
	const all, one = "/api/v1/network_coverage", "/api/v1/network_coverage/{coverage_id}"
	const entries, entry = one + "/coverage", one + "/coverage/{operator_id}"
	const rat = entry + "/rat_type/{rat_type_id}"
	op := func(method, path, id, summary, description string, errors ...int) rest.Op {
		o := rest.Op{
			Method: method, Path: path, ID: "network-coverage-" + id, Tag: "network coverage", Role: rest.User,
			For: []rest.OrganisationType{rest.Operator}, Summary: summary, Description: description, Errors: errors,
		}
		if method == http.MethodGet {
			o.Role = rest.Observer
		}
		return o
	}
	rest.Table(r, op("GET", all, "get", "List your network coverages", coverageText), a.listCoverages)
	rest.Create(r, op("POST", all, "post", "Create a network coverage", "Without operators: it changes nothing yet. An addition to the contract."), a.createCoverage)
	rest.Get(r, op("GET", one, "by-id-get", "Get a network coverage", "An addition to the contract.", 404), a.getCoverage)
	rest.Do(r, op("PATCH", one, "by-id-patch", "Change a network coverage", "An addition to the contract.", 404), a.patchCoverage)
	rest.Do(r, op("DELETE", one, "by-id-delete", "Delete a network coverage", "One that has no operators. An addition to the contract.", 404, 409), a.deleteCoverage)
	rest.Table(r, op("GET", entries, "coverage-get", "List the operators of a network coverage",
		"With their status and the radio access types that are blacklisted in their networks. The id of an entry is the network_coverage_data of inter-operator tariffs.", 404), a.listCoverage)
	rest.Do(r, op("PUT", entry, "operator-put", "Bring an operator into a network coverage", "It is enabled. "+coverageText, 404, 409), a.addToCoverage)
	rest.Do(r, op("PATCH", entry, "operator-patch", "Enable or disable an operator in a network coverage",
		"status 0 refuses its networks, 1 allows them again; blacklisted radio access types stay so.", 404), a.patchCoverageEntry)
	rest.Do(r, op("DELETE", entry, "operator-delete", "Take an operator out of a network coverage",
		"Not while inter-operator tariffs name it. An addition to the contract.", 404, 409), a.removeFromCoverage)
	rest.Do(r, op("PUT", rat, "rat-type-put", "Blacklist a radio access type of an operator",
		"rat_type_id is one that GET /rat_type?blacklistable=true lists.", 404, 409, 422), a.blacklistRAT)
	rest.Do(r, op("DELETE", rat, "rat-type-delete", "Take a radio access type of an operator from the blacklist", "", 404), a.allowRAT)
}

type coverageID struct {
	ID rest.PathID `path:"coverage_id"`
}

type coverageOperator struct {
	coverageID
	Operator rest.PathID `path:"operator_id"`
}

type coverageRAT struct {
	coverageOperator
	RAT rest.PathID `path:"rat_type_id"`
}

// changeCatalogue runs a change of operators, coverages or tariffs, and makes it count for the running sessions of the
// caller's organisation and all below it.
func (a *API) changeCatalogue(ctx context.Context, c rest.Caller, fn func(tx *db.Tx) error) error {
	return a.catalogueChanged(ctx, c, a.write(ctx, c, fn), func(below []int64) error { return a.Control.CatalogueChanged(ctx, below...) })
}

func (a *API) catalogueChanged(ctx context.Context, c rest.Caller, err error, tell func(below []int64) error) error {
	if err != nil || a.Control == nil {
		return err
	}
	below, err := read(ctx, a, func(q db.Queryer) ([]int64, error) { return account.Below(q, c.Organisation) })
	if err != nil {
		return err
	}
	return tell(below)
}

// add runs the creation of an object of the caller's that gets an id of the given kind.
func (a *API) add(ctx context.Context, c rest.Caller, kind string, create func(tx *db.Tx, id int64) error) (value.ID, error) {
	id, err := a.DB.NextID(ctx, kind, c.Organisation)
	if err == nil {
		err = a.write(ctx, c, func(tx *db.Tx) error { return create(tx, id) })
	}
	return value.ID(id), err
}

func (a *API) listCoverages(ctx context.Context, c rest.Caller, _ *struct{}) ([]roaming.Coverage, error) {
	return read(ctx, a, func(q db.Queryer) ([]roaming.Coverage, error) { return roaming.Coverages(q, c.Organisation) })
}

func (a *API) createCoverage(ctx context.Context, c rest.Caller, in *struct{ Body roaming.CoverageFields }) (rest.Created[rest.Empty], error) {
	id, err := a.add(ctx, c, "network_coverage", func(tx *db.Tx, id int64) error {
		return roaming.CreateCoverage(tx, c.Organisation, id, in.Body)
	})
	return rest.Created[rest.Empty]{ID: id}, err
}

func (a *API) getCoverage(ctx context.Context, c rest.Caller, in *coverageID) (*roaming.Coverage, error) {
	return read(ctx, a, func(q db.Queryer) (*roaming.Coverage, error) {
		return roaming.GetCoverage(q, c.Organisation, int64(in.ID))
	})
}

func (a *API) patchCoverage(ctx context.Context, c rest.Caller, in *struct {
	coverageID
	Body roaming.CoverageFields
},
) error {
	return a.write(ctx, c, func(tx *db.Tx) error { return roaming.PatchCoverage(tx, c.Organisation, int64(in.ID), in.Body) })
}

func (a *API) deleteCoverage(ctx context.Context, c rest.Caller, in *coverageID) error {
	return a.write(ctx, c, func(tx *db.Tx) error { return roaming.DeleteCoverage(tx, c.Organisation, int64(in.ID)) })
}

func (a *API) listCoverage(ctx context.Context, c rest.Caller, in *coverageID) ([]roaming.Entry, error) {
	return read(ctx, a, func(q db.Queryer) ([]roaming.Entry, error) { return roaming.Entries(q, c.Organisation, int64(in.ID)) })
}

func (a *API) addToCoverage(ctx context.Context, c rest.Caller, in *coverageOperator) error {
	id, err := a.DB.NextID(ctx, "network_coverage_data", c.Organisation)
	if err != nil {
		return err
	}
	return a.changeCatalogue(ctx, c, func(tx *db.Tx) error {
		return roaming.AddOperator(tx, c.Organisation, int64(in.ID), int64(in.Operator), id)
	})
}

func (a *API) patchCoverageEntry(ctx context.Context, c rest.Caller, in *struct {
	coverageOperator
	Body roaming.EntryFields
},
) error {
	return a.changeCatalogue(ctx, c, func(tx *db.Tx) error {
		return roaming.SetStatus(tx, c.Organisation, int64(in.ID), int64(in.Operator), in.Body)
	})
}

func (a *API) removeFromCoverage(ctx context.Context, c rest.Caller, in *coverageOperator) error {
	return a.changeCatalogue(ctx, c, func(tx *db.Tx) error {
		return roaming.RemoveOperator(tx, c.Organisation, int64(in.ID), int64(in.Operator))
	})
}

func (a *API) blacklistRAT(ctx context.Context, c rest.Caller, in *coverageRAT) error {
	return a.changeCatalogue(ctx, c, func(tx *db.Tx) error {
		return roaming.Blacklist(tx, c.Organisation, int64(in.ID), int64(in.Operator), int64(in.RAT))
	})
}

func (a *API) allowRAT(ctx context.Context, c rest.Caller, in *coverageRAT) error {
	return a.changeCatalogue(ctx, c, func(tx *db.Tx) error {
		return roaming.Allow(tx, c.Organisation, int64(in.ID), int64(in.Operator), int64(in.RAT))
	})
}
