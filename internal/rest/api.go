package rest

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"reflect"
	"slices"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/simstead/simstead/internal/clock"
)

// Config is what an API is made of.
type Config struct {
	Title, Version string
	Authenticator  Authenticator
	Log            *slog.Logger
	Clock          clock.Clock
	TrustedProxies []netip.Prefix        // whose X-Forwarded-* headers are believed
	Metrics        prometheus.Registerer // nil: request durations are not exported
	Limits         Limits
}

// API is a set of operations served under /api. Register everything, then take the Handler.
type API struct {
	Config
	schemas  *schemas
	spec     *huma.OpenAPI
	ops      []Op
	routes   routes
	gauge    *gauge
	duration *prometheus.HistogramVec // seconds, by operation id and status class
	buffers  sync.Pool                // of *bytes.Buffer, for answers
}

// New returns an API without operations.
func New(c Config) *API {
	s := newSchemas()
	return &API{
		Config: c, schemas: s, spec: newDocument(c, s), duration: newDuration(c.Metrics), gauge: newGauge(c.Limits, c.Clock),
		buffers: sync.Pool{New: func() any { return new(bytes.Buffer) }},
	}
}

// Operations lists what is registered, in order of registration.
func (a *API) Operations() []Op { return slices.Clone(a.ops) }

// run calls a handler whose input has been read into in; it returns the body of the answer, nil for none.
type run[In any] func(ctx context.Context, x *exchange, in *In) (any, error)

// add registers an operation. status is the shape's own, out describes its body: nil when there is none.
func add[In any](a *API, op Op, status int, out *huma.Schema, headers []string, do run[In]) {
	if op.Status == 0 {
		op.Status = status
	}
	if op.MaxBody == 0 {
		op.MaxBody = defaultMaxBody
	}
	if op.Method == "" || op.ID == "" {
		panic(fmt.Sprintf("%q %s has no method or no id", op.Method, op.Path))
	}
	if slices.ContainsFunc(a.ops, func(o Op) bool { return o.Method == op.Method && o.Path == op.Path }) {
		panic(fmt.Sprintf("%s %s is registered twice", op.Method, op.Path))
	}
	a.ops = append(a.ops, op)
	input := a.newInput(&op, reflect.TypeFor[In]())
	a.describe(&op, input, out, headers)
	a.routes.add(op.Method, op.Path, &endpoint{op: &op, serve: func(x *exchange) error {
		if err := a.admit(x); err != nil {
			return err
		}
		in := new(In)
		if err := a.read(x, input, reflect.ValueOf(in).Elem()); err != nil {
			return err
		}
		body, err := do(x.r.Context(), x, in)
		if err != nil {
			return err
		}
		if table, ok := body.(export); ok {
			return table.send(a, x)
		}
		return a.write(x, op.Status, body)
	}})
}

// endpoint is an operation as the router finds it.
type endpoint struct {
	op    *Op
	serve func(*exchange) error
}

// exchange is one request on its way to its answer.
type exchange struct {
	w       http.ResponseWriter
	r       *http.Request
	op      *Op
	id      string // of the request, in the logs and in X-Request-Id
	origin  origin
	caller  Caller
	status  int // what was answered
	written bool
}
