package rest

import (
	"context"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"github.com/simstead/simstead/internal/value"
)

// Get registers an operation that answers 200 with one object.
func Get[In, Out any](a *API, op Op, handle func(context.Context, Caller, *In) (*Out, error)) {
	op.Method = or(op.Method, http.MethodGet)
	add(a, op, http.StatusOK, a.schemas.of(reflect.TypeFor[Out](), op.ID+"Answer"), nil,
		func(ctx context.Context, x *exchange, in *In) (any, error) { return handle(ctx, x.caller, in) })
}

// Page is one page of a list. Its numbers are those of list.Query and its Window.
type Page[T any] struct {
	Items                []T
	Total                int // rows of the whole list
	Page, PerPage, Pages int
	Sort, Filter         string
}

// List registers an operation that answers 200 with a bare array and paging headers, or with all pages as a table of
// comma-separated values to who accepts text/csv first.
func List[In, T any](a *API, op Op, handle func(context.Context, Caller, *In) (Page[T], error)) {
	op.Method = or(op.Method, http.MethodGet)
	add(a, op, http.StatusOK, a.arrayOf(reflect.TypeFor[T](), op.ID), pagingHeaders(),
		func(ctx context.Context, x *exchange, in *In) (any, error) {
			if wantsCSV(x.r) {
				return exportPages(ctx, x, in, handle)
			}
			page, err := handle(ctx, x.caller, in)
			if err != nil {
				return nil, err
			}
			x.writePaging(place{page.Total, page.Page, page.PerPage, page.Pages, page.Sort, page.Filter})
			return array(page.Items), nil
		})
}

// Table registers an operation that answers 200 with a bare array that has no pages, or with comma-separated values as List
// does.
func Table[In, T any](a *API, op Op, handle func(context.Context, Caller, *In) ([]T, error)) {
	op.Method = or(op.Method, http.MethodGet)
	add(a, op, http.StatusOK, a.arrayOf(reflect.TypeFor[T](), op.ID), nil,
		func(ctx context.Context, x *exchange, in *In) (any, error) {
			rows, err := handle(ctx, x.caller, in)
			if err == nil && wantsCSV(x.r) {
				return export{columns: columnsOf(reflect.TypeFor[T](), "", nil), first: rows}, nil
			}
			return array(rows), err
		})
}

// Empty is the body of an answer that has none.
type Empty struct{}

// Created tells where a new object is: at the request's path and ID, or Key where ids are text, or at the path itself.
// Without any of them the answer carries no Location.
type Created[T any] struct {
	ID   value.ID
	Key  string
	Here bool
	Body T
}

// Create registers an operation that answers 201 with the Location of what it made.
func Create[In, T any](a *API, op Op, handle func(context.Context, Caller, *In) (Created[T], error)) {
	op.Method = or(op.Method, http.MethodPost)
	var out *huma.Schema
	if reflect.TypeFor[T]() != reflect.TypeFor[Empty]() {
		out = a.schemas.of(reflect.TypeFor[T](), op.ID+"Answer")
	}
	add(a, op, http.StatusCreated, out, []string{"Location"},
		func(ctx context.Context, x *exchange, in *In) (any, error) {
			made, err := handle(ctx, x.caller, in)
			if err != nil {
				return nil, err
			}
			x.writeLocation(made.ID, made.Key, made.Here)
			if out == nil {
				return nil, nil
			}
			return made.Body, nil
		})
}

// Do registers an operation that answers 204 without a body.
func Do[In any](a *API, op Op, handle func(context.Context, Caller, *In) error) {
	add(a, op, http.StatusNoContent, nil, nil,
		func(ctx context.Context, x *exchange, in *In) (any, error) { return nil, handle(ctx, x.caller, in) })
}

// array is never null in JSON.
func array[T any](rows []T) any {
	if rows == nil {
		return []T{}
	}
	return rows
}

func or(method, otherwise string) string {
	if method == "" {
		return otherwise
	}
	return method
}

func (a *API) arrayOf(row reflect.Type, id string) *huma.Schema {
	return &huma.Schema{Type: huma.TypeArray, Items: a.schemas.of(row, id+"Row")}
}
