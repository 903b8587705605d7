package api

import (
	"context"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/list"
	"github.com/simstead/simstead/internal/rest"
)

// entirePage is more rows than a list has that entire reads.
const entirePage = 1 << 20

// entire makes one page of a short list that is exported, so that all of it is read at one moment.
func entire(query list.Query, paging rest.Paging) list.Query {
	if paging.Walk != nil {
		query.PerPage = entirePage
	}
	return query
}

// page answers one page of a list: fn reads its rows and counts the whole list.
func page[T any](ctx context.Context, a *API, query list.Query, fn func(db.Queryer) ([]T, int, error)) (p rest.Page[T], err error) {
	err = a.DB.Read(ctx, func(q db.Queryer) error { p.Items, p.Total, err = fn(q); return err })
	p.Page, _, _, p.Pages = query.Window(p.Total)
	p.PerPage, p.Sort, p.Filter = query.PerPage, query.Sort, query.Filter
	return p, err
}
