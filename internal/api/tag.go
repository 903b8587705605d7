package api

import (
	"context"
	"net/http"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/endpoint"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/tag"
	"github.com/simstead/simstead/internal/value"
)

func (a *API) tagRoutes(r *rest.API) {
	rest.Table(r, rest.Op{
		Path: "/api/v2/tag-colors", ID: "list-tag-colors", Tag: "tags", Role: rest.Observer, Summary: "List the colours of tags",
	}, lookup(tag.Colors()))
	rest.Get(r, rest.Op{
		Path: "/api/v2/tags", ID: "list-tags", Tag: "tags", Role: rest.Observer, Summary: "List tags", Errors: []int{400, 403},
	}, a.listTags)
	rest.Create(r, rest.Op{
		Path: "/api/v2/tags", ID: "create-tag", Tag: "tags", Role: rest.User, Summary: "Create a tag", Errors: []int{400, 403, 409, 422},
	}, a.createTag)
	rest.Do(r, rest.Op{
		Method: http.MethodPatch, Path: "/api/v2/tags/{tag_id}", ID: "update-tag", Tag: "tags", Role: rest.User,
		Summary: "Change a tag", Errors: []int{400, 403, 404, 422},
	}, a.changeTag)
	rest.Do(r, rest.Op{
		Method: http.MethodDelete, Path: "/api/v2/tags/{tag_id}", ID: "delete-tag", Tag: "tags", Role: rest.User,
		Summary: "Delete a tag, from the endpoints that have it too", Errors: []int{403, 404},
	}, a.deleteTag)
	a.endpointTagRoutes(r)
}

func (a *API) endpointTagRoutes(r *rest.API) {
	op := func(method, path, id, summary string, errors ...int) rest.Op {
		return rest.Op{Method: method, Path: "/api/v2/" + path, ID: id, Tag: "tags", Role: rest.User, Summary: summary, Errors: errors, MaxBody: rest.Bulk}
	}
	list := op(http.MethodGet, "endpoint/{endpoint_id}/tags", "list-endpoint-tags", "List the tags of an endpoint", 400, 403, 404)
	list.Role = rest.Observer
	rest.Table(r, list, a.listEndpointTags)
	assign := op(http.MethodPost, "endpoint/{endpoint_id}/tags", "assign-tag-to-endpoint", "Give an endpoint a tag", 400, 403, 404, 409, 422)
	assign.Status = http.StatusCreated
	rest.Get(r, assign, a.assignTag)
	rest.Get(r, op(http.MethodDelete, "endpoint/{endpoint_id}/tags/{tag_id}", "unassign-endpoint-tag", "Take a tag from an endpoint", 400, 403, 404, 422), a.unassignTag)
	rest.Get(r, op(http.MethodPost, "bulk-operations/endpoint/add-tags", "assign-tag-to-endpoints-in-bulk", "Give endpoints tags, all or none", 400, 403, 409, 422), a.assignTags)
	rest.Get(r, op(http.MethodPost, "bulk-operations/endpoint/remove-tags", "unassign-tags-from-endpoints-in-bulk", "Take tags from endpoints, all or none", 400, 403, 422), a.unassignTags)
	rest.Get(r, op(http.MethodPost, "bulk-operations/tag/delete-tags", "delete-tags-in-bulk", "Delete tags, all or none", 400, 403, 422), a.deleteTags)
}

func (a *API) listTags(ctx context.Context, c rest.Caller, in *struct {
	Name     string      `query:"name" doc:"A part of the name, in any case."`
	Page     rest.Number `query:"page" doc:"The wanted page, from 1."`
	PageSize rest.Number `query:"page_size" doc:"Rows on a page, 100 by default and 1000 at most."`
},
) (*tag.Page, error) {
	return read(ctx, a, func(q db.Queryer) (*tag.Page, error) {
		return tag.List(q, c.Organisation, in.Name, string(in.Page), string(in.PageSize))
	})
}

func (a *API) createTag(ctx context.Context, c rest.Caller, in *struct{ Body tag.Fields }) (made rest.Created[tag.Made], err error) {
	id, err := a.DB.NextID(ctx, "tag", c.Organisation)
	if err == nil {
		made.ID = value.ID(id)
		err = a.write(ctx, c, func(tx *db.Tx) (err error) { made.Body, err = tag.Create(tx, c.Organisation, id, in.Body); return err })
	}
	return made, err
}

type tagID struct {
	ID rest.PathID `path:"tag_id"`
}

func (a *API) changeTag(ctx context.Context, c rest.Caller, in *struct {
	tagID
	Body tag.Fields
},
) error {
	return a.write(ctx, c, func(tx *db.Tx) error { return tag.Change(tx, c.Organisation, int64(in.ID), in.Body) })
}

func (a *API) deleteTag(ctx context.Context, c rest.Caller, in *tagID) error {
	return a.write(ctx, c, func(tx *db.Tx) error { return tag.Delete(tx, c.Organisation, int64(in.ID)) })
}

func (a *API) listEndpointTags(ctx context.Context, c rest.Caller, in *endpointID) ([]tag.Tag, error) {
	return read(ctx, a, func(q db.Queryer) ([]tag.Tag, error) {
		if err := endpoint.Exists(q, c.Organisation, int64(in.ID)); err != nil {
			return nil, err
		}
		return tag.OfEndpoint(q, c.Organisation, int64(in.ID))
	})
}

func (a *API) assignTag(ctx context.Context, c rest.Caller, in *struct {
	endpointID
	Body item
},
) (*rest.Empty, error) {
	return &rest.Empty{}, a.write(ctx, c, func(tx *db.Tx) error {
		if err := endpoint.Exists(tx, c.Organisation, int64(in.endpointID.ID)); err != nil {
			return err
		}
		return tag.Assign(tx, c.Organisation, []tag.Pair{{Endpoint: int64(in.endpointID.ID), Tag: int64(in.Body.ID)}})
	})
}

func (a *API) unassignTag(ctx context.Context, c rest.Caller, in *struct {
	endpointID
	Tag rest.PathID `path:"tag_id"`
},
) (*rest.Empty, error) {
	return &rest.Empty{}, a.write(ctx, c, func(tx *db.Tx) error {
		return tag.Unassign(tx, c.Organisation, []tag.Pair{{Endpoint: int64(in.ID), Tag: int64(in.Tag)}}, true)
	})
}

// tagItems are endpoints, each with tags.
type tagItems struct {
	Items []struct {
		Endpoint item   `json:"endpoint" required:"true"`
		Tags     []item `json:"tags" required:"true"`
	} `json:"items" required:"true"`
}

func (t tagItems) pairs() (pairs []tag.Pair, err error) {
	for _, one := range t.Items {
		for _, tags := range one.Tags {
			pairs = append(pairs, tag.Pair{Endpoint: int64(one.Endpoint.ID), Tag: int64(tags.ID)})
		}
	}
	return pairs, few(len(pairs), tag.MaxBulk)
}

func (a *API) assignTags(ctx context.Context, c rest.Caller, in *struct{ Body tagItems }) (*rest.Empty, error) {
	pairs, err := in.Body.pairs()
	if err != nil {
		return nil, err
	}
	return &rest.Empty{}, a.write(ctx, c, func(tx *db.Tx) error { return tag.Assign(tx, c.Organisation, pairs) })
}

func (a *API) unassignTags(ctx context.Context, c rest.Caller, in *struct{ Body tagItems }) (*rest.Empty, error) {
	pairs, err := in.Body.pairs()
	if err != nil {
		return nil, err
	}
	return &rest.Empty{}, a.write(ctx, c, func(tx *db.Tx) error { return tag.Unassign(tx, c.Organisation, pairs, false) })
}

func (a *API) deleteTags(ctx context.Context, c rest.Caller, in *struct {
	Body struct {
		Tags []item `json:"tags" required:"true"`
	}
},
) (*rest.Empty, error) {
	if err := few(len(in.Body.Tags), tag.MaxBulk); err != nil {
		return nil, err
	}
	err := a.write(ctx, c, func(tx *db.Tx) error { return tag.Delete(tx, c.Organisation, idsOf(in.Body.Tags)...) })
	if fault.Is(err, fault.InvalidReference) { // the tags are part of the body, not of the path
		err = fault.Invalid(fault.New(fault.InvalidReference, "%v", err))
	}
	return &rest.Empty{}, err
}
