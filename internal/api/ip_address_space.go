package api

import (
	"context"
	"net/http"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/endpoint"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/value"
)

func (a *API) ipAddressSpaceRoutes(r *rest.API) {
	const path, tag = "/api/v1/ip_address_space", "ip address spaces"
	rest.Table(r, rest.Op{
		Path: path, ID: "ip-address-space-get", Tag: tag, Role: rest.Observer, Summary: "List IP address spaces",
	}, a.listSpaces)
	rest.Create(r, rest.Op{
		Path: path, ID: "ip-address-space-post", Tag: tag, Role: rest.User, Summary: "Create an IP address space",
		Errors: []int{400, 403, 404, 409, 422},
	}, a.createSpace)
	rest.Table(r, rest.Op{
		Path: path + "/available", ID: "ip-address-space-available-by-ip-address-version-get", Tag: tag, Role: rest.Observer,
		Summary: "Propose IP address spaces that can be created",
	}, a.availableSpaces)
	rest.Do(r, rest.Op{
		Method: http.MethodPut, Path: path + "/{address_space_id}", ID: "ip-address-space-by-id-put", Tag: tag, Role: rest.User,
		Summary: "Assign an IP address space", Errors: []int{404, 409},
		Description: "Deprecated: whoever creates an IP address space has it, so nothing changes.",
	}, a.putSpace)
	rest.Do(r, rest.Op{
		Method: http.MethodDelete, Path: path + "/{address_space_id}", ID: "ip-address-space-by-id-delete", Tag: tag, Role: rest.User,
		Summary: "Delete an IP address space", Errors: []int{404, 409},
	}, a.deleteSpace)
}

type spaceID struct {
	ID rest.PathID `path:"address_space_id"`
}

func (a *API) listSpaces(ctx context.Context, c rest.Caller, _ *struct{}) ([]endpoint.CountedSpace, error) {
	return read(ctx, a, func(q db.Queryer) ([]endpoint.CountedSpace, error) { return endpoint.ListSpaces(q, c.Organisation) })
}

func (a *API) createSpace(ctx context.Context, c rest.Caller, in *struct {
	Body struct {
		Network string   `json:"ip_address_space" required:"true" doc:"IPv4 network as CIDR, within 10.112.0.0/12, 10.176.0.0/12, 10.192.0.0/12 or 100.64.0.0/10."`
		Version value.ID `json:"ip_address_version" required:"true" doc:"4"`
	}
},
) (made rest.Created[endpoint.NamedSpace], err error) {
	if in.Body.Version != 4 {
		return made, fault.Invalid(fault.New(fault.NotAllowed, "IP address space - ip_address_version: only 4 has ranges to take a space from"))
	}
	id, err := a.DB.NextID(ctx, "ip_address_space", c.Organisation)
	if err == nil {
		err = a.write(ctx, c, func(tx *db.Tx) error { return endpoint.CreateSpace(tx, c.Organisation, id, in.Body.Network) })
	}
	made.ID = value.ID(id)
	made.Body = endpoint.NamedSpace{ID: made.ID, Network: in.Body.Network, Version: 4}
	return made, err
}

func (a *API) availableSpaces(ctx context.Context, c rest.Caller, in *struct {
	Version rest.Number `query:"ip_address_version" doc:"4; there are none of another version."`
},
) ([]endpoint.NamedSpace, error) {
	if version, err := value.ParseID(string(in.Version)); in.Version != "" && (err != nil || version != 4) {
		return nil, nil
	}
	return read(ctx, a, func(q db.Queryer) ([]endpoint.NamedSpace, error) { return endpoint.Available(q, c.Organisation) })
}

func (a *API) putSpace(ctx context.Context, c rest.Caller, in *spaceID) error {
	_, err := read(ctx, a, func(q db.Queryer) (int, error) { return 0, endpoint.SpaceExists(q, c.Organisation, int64(in.ID)) })
	return err
}

func (a *API) deleteSpace(ctx context.Context, c rest.Caller, in *spaceID) error {
	return a.write(ctx, c, func(tx *db.Tx) error { return endpoint.DeleteSpace(tx, c.Organisation, int64(in.ID)) })
}
