package api

import (
	"context"
	"net/http"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/tariff"
	"github.com/simstead/simstead/internal/value"
)

const (
	definitionText = "A PDP context definition is an APN with the quality of service of its sessions. A tariff that has definitions allows their APNs and no others; " +
		"a tariff without any allows every APN. "
	qosText = "The maximum bitrates count for sessions over the definition's APN with that radio access type, under every tariff that has the definition. Gateways hear of them in the " +
		"answers over Gx (QoS-Information with the APN-AMBR) and in RADIUS Access-Accepts (the attributes that radius_clients names under qos), from the next request on; " +
		"running sessions whose gateway takes another rate in mid-session are told at once. A smaller throttle of the tariff or of a quota goes before. "
)

func (a *API) pdpContextDefinitionRoutes(r *rest.API) {
	const all, one = "/api/v1/pdp_context_definition", "/api/v1/pdp_context_definition/{definition_id}"
	op := func(method, path, id, summary, description string, errors ...int) rest.Op {
		o := rest.Op{
			Method: method, Path: path, ID: "pdp-context-definition-" + id, Tag: "PDP context definitions", Role: rest.User,
			For: []rest.OrganisationType{rest.Operator}, Summary: summary, Description: definitionText + description, Errors: errors,
		}
		if method == http.MethodGet {
			o.Role, o.For = rest.Observer, []rest.OrganisationType{rest.Operator, rest.Reseller}
		}
		return o
	}
	rest.Table(r, op("GET", all, "get", "List the PDP context definitions", "Yours and those of the resellers directly below you, with their QoS definitions."), a.listPDPContexts)
	rest.Create(r, op("POST", all, "post", "Create a PDP context definition", "What is not told has its default."), a.createPDPContext)
	rest.Get(r, op("GET", one, "by-id-get", "Get a PDP context definition", "An addition to the contract.", 404), a.getPDPContext)
	rest.Do(r, op("PATCH", one, "by-id-patch", "Change a PDP context definition", "For all tariffs that have it. It goes over to another organisation only while no tariff has it.", 404, 409), a.patchPDPContext)
	rest.Do(r, op("DELETE", one, "by-id-delete", "Delete a PDP context definition", "Not while a tariff has it.", 404, 409), a.deletePDPContext)

	const qos, ofRAT = "/api/v1/pdp_context_definition/{pdp_id}/qos_definition", "/api/v1/pdp_context_definition/{pdp_id}/qos_definition/{rat_type_id}"
	rest.Table(r, op("GET", qos, "qos-get", "List the QoS definitions of a PDP context definition", qosText+"All, or that of the rat_type.", 404), a.listQoS)
	rest.Create(r, op("POST", qos, "qos-post", "Limit the bitrates of a radio access type", qosText, 404, 409), a.addQoS)
	rest.Do(r, op("PATCH", qos, "qos-patch", "Change maximum bitrates", qosText+"Of the rat_type in the body, or of all that are there.", 404), a.patchQoS)
	rest.Do(r, op("DELETE", qos, "qos-delete", "Remove maximum bitrates", qosText+"Of the rat_type, or all.", 404), a.deleteQoS)
	rest.Get(r, op("GET", ofRAT, "qos-by-rat-type-get", "Get the QoS definition of a radio access type", qosText, 404), a.getQoS)
	rest.Do(r, op("PATCH", ofRAT, "qos-by-rat-type-patch", "Change the maximum bitrates of a radio access type", qosText, 404), a.patchQoSOf)
	rest.Do(r, op("DELETE", ofRAT, "qos-by-rat-type-delete", "Remove the maximum bitrates of a radio access type", qosText, 404), a.deleteQoSOf)

	const ofTariff = "/api/v1/tariff/{tariff_id}/pdp_context_definition/{definition_id}"
	assign := op("PUT", ofTariff, "tariff-put", "Assign a PDP context definition to a tariff", "With the first one that is assigned, the tariff's sessions may use no other APN any more.", 404, 409)
	assign.Tag, assign.For = "tariffs", []rest.OrganisationType{rest.Operator, rest.Reseller}
	rest.Do(r, assign, a.addDefinition)
	remove := op("DELETE", ofTariff, "tariff-delete", "Take a PDP context definition from a tariff", "With the last one that is taken away, the tariff's sessions may use every APN.", 404)
	remove.Tag, remove.For = "tariffs", []rest.OrganisationType{rest.Operator, rest.Reseller}
	rest.Do(r, remove, a.removeDefinition)
}

type definitionID struct {
	ID rest.PathID `path:"definition_id"`
}

func (a *API) listPDPContexts(ctx context.Context, c rest.Caller, _ *struct{}) ([]tariff.PDPContext, error) {
	return read(ctx, a, func(q db.Queryer) ([]tariff.PDPContext, error) { return tariff.PDPContexts(q, c.Organisation) })
}

func (a *API) createPDPContext(ctx context.Context, c rest.Caller, in *struct{ Body tariff.PDPContextFields }) (rest.Created[madeID], error) {
	id, err := a.add(ctx, c, "pdp_context_definition", func(tx *db.Tx, id int64) error {
		return tariff.CreatePDPContext(tx, c.Organisation, id, in.Body)
	})
	return rest.Created[madeID]{ID: id, Body: madeID{id}}, err
}

func (a *API) getPDPContext(ctx context.Context, c rest.Caller, in *definitionID) (*tariff.PDPContext, error) {
	return read(ctx, a, func(q db.Queryer) (*tariff.PDPContext, error) {
		return tariff.GetPDPContext(q, c.Organisation, int64(in.ID))
	})
}

// changeDefinition runs a change of a PDP context definition and tells the running sessions.
func (a *API) changeDefinition(ctx context.Context, c rest.Caller, definition rest.PathID, fn func(tx *db.Tx) error) error {
	return a.catalogueChanged(ctx, c, a.write(ctx, c, fn), func(below []int64) error {
		return a.Control.DefinitionChanged(ctx, int64(definition), below...)
	})
}

func (a *API) patchPDPContext(ctx context.Context, c rest.Caller, in *struct {
	definitionID
	Body tariff.PDPContextFields
},
) error {
	return a.changeDefinition(ctx, c, in.ID, func(tx *db.Tx) error {
		return tariff.PatchPDPContext(tx, c.Organisation, int64(in.ID), in.Body)
	})
}

func (a *API) deletePDPContext(ctx context.Context, c rest.Caller, in *definitionID) error {
	return a.write(ctx, c, func(tx *db.Tx) error { return tariff.DeletePDPContext(tx, c.Organisation, int64(in.ID)) })
}

type pdpID struct {
	ID rest.PathID `path:"pdp_id"`
}

type pdpAndRAT struct {
	pdpID
	RAT value.ID `query:"rat_type" doc:"Only that of this radio access type."`
}

type pdpOfRAT struct {
	pdpID
	RAT rest.PathID `path:"rat_type_id"`
}

func (a *API) listQoS(ctx context.Context, c rest.Caller, in *pdpAndRAT) ([]tariff.QoS, error) {
	return read(ctx, a, func(q db.Queryer) ([]tariff.QoS, error) {
		return tariff.Limits(q, c.Organisation, int64(in.ID), int64(in.RAT))
	})
}

func (a *API) getQoS(ctx context.Context, c rest.Caller, in *pdpOfRAT) (*tariff.QoS, error) {
	list, err := read(ctx, a, func(q db.Queryer) ([]tariff.QoS, error) {
		return tariff.Limits(q, c.Organisation, int64(in.ID), int64(in.RAT))
	})
	if err != nil {
		return nil, err
	}
	if len(list) != 1 {
		return nil, fault.Missing("QoS definition of RAT type", in.RAT)
	}
	return &list[0], nil
}

func (a *API) addQoS(ctx context.Context, c rest.Caller, in *struct {
	pdpID
	Body tariff.QoSFields
},
) (made rest.Created[rest.Empty], err error) {
	err = a.changeDefinition(ctx, c, in.ID, func(tx *db.Tx) error {
		rat, err := tariff.AddLimit(tx, c.Organisation, int64(in.ID), in.Body)
		made.ID = value.ID(rat)
		return err
	})
	return made, err
}

func (a *API) patchQoS(ctx context.Context, c rest.Caller, in *struct {
	pdpID
	Body tariff.QoSFields
},
) error {
	rat := int64(in.Body.RATType.Value.ID.Value)
	return a.changeDefinition(ctx, c, in.ID, func(tx *db.Tx) error {
		return tariff.PatchLimits(tx, c.Organisation, int64(in.ID), rat, in.Body)
	})
}

func (a *API) patchQoSOf(ctx context.Context, c rest.Caller, in *struct {
	pdpOfRAT
	Body tariff.QoSFields
},
) error {
	return a.changeDefinition(ctx, c, in.ID, func(tx *db.Tx) error {
		return tariff.PatchLimits(tx, c.Organisation, int64(in.ID), int64(in.RAT), in.Body)
	})
}

func (a *API) deleteQoS(ctx context.Context, c rest.Caller, in *pdpAndRAT) error {
	return a.changeDefinition(ctx, c, in.ID, func(tx *db.Tx) error {
		return tariff.RemoveLimits(tx, c.Organisation, int64(in.ID), int64(in.RAT))
	})
}

func (a *API) deleteQoSOf(ctx context.Context, c rest.Caller, in *pdpOfRAT) error {
	return a.changeDefinition(ctx, c, in.ID, func(tx *db.Tx) error {
		return tariff.RemoveLimits(tx, c.Organisation, int64(in.ID), int64(in.RAT))
	})
}

type definitionOfTariff struct {
	Tariff rest.PathID `path:"tariff_id"`
	definitionID
}

// addDefinition tells gateways a bitrate only where the definition has one: nothing else can be new to them.
func (a *API) addDefinition(ctx context.Context, c rest.Caller, in *definitionOfTariff) error {
	limited := false
	err := a.write(ctx, c, func(tx *db.Tx) error {
		limits, err := tariff.AddDefinition(tx, c.Organisation, int64(in.Tariff), int64(in.ID))
		limited = len(limits) > 0
		return err
	})
	return a.catalogueChanged(ctx, c, err, func(below []int64) error {
		if limited {
			return a.Control.DefinitionChanged(ctx, int64(in.ID), below...)
		}
		return a.Control.CatalogueChanged(ctx, below...)
	})
}

func (a *API) removeDefinition(ctx context.Context, c rest.Caller, in *definitionOfTariff) error {
	return a.changeCatalogue(ctx, c, func(tx *db.Tx) error {
		return tariff.RemoveDefinition(tx, c.Organisation, int64(in.Tariff), int64(in.ID))
	})
}
