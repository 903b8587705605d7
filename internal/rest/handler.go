package rest

import (
	"crypto/rand"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/simstead/simstead/internal/fault"
)

// Handler serves the operations, their document and its page. Register everything before.
func (a *API) Handler() http.Handler {
	a.addPages()
	return http.HandlerFunc(a.serve)
}

// serve takes a request through all that happens to every request, in order.
func (a *API) serve(w http.ResponseWriter, r *http.Request) {
	x := &exchange{w: w, r: r, id: rand.Text(), origin: a.originOf(r)}
	begun := a.Clock.Now()
	defer func() { a.observe(x, a.Clock.Now().Sub(begun)) }()
	defer func() {
		if what := recover(); what != nil {
			a.caught(x, what)
		}
	}()
	writeCommonHeaders(x)
	if r.Method == http.MethodOptions {
		a.preflight(x)
		return
	}
	found, allowed := a.routes.find(r)
	if found == nil {
		err := a.gauge.count(x)
		if err == nil {
			err = unrouted(x, allowed)
		}
		a.fail(x, err)
		return
	}
	x.op = found.op
	if err := found.serve(x); err != nil { // admit, read, the handler, write: see add
		a.fail(x, err)
	}
}

// writeCommonHeaders writes what every answer carries. Any site may call the API: it knows no cookies, so a browser
// adds nothing that the site does not have.
func writeCommonHeaders(x *exchange) {
	h := x.w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cache-Control", "no-store")
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Expose-Headers", exposed)
	h.Set("X-Request-Id", x.id)
}

const exposed = "Location, Link, X-Total-Count, X-Total-Pages, X-Current-Page, X-Count-Per-Page, X-Sort, X-Filter, X-Request-Id, " +
	"RateLimit, RateLimit-Policy, Retry-After"

// preflight answers a browser that asks what it may send.
func (a *API) preflight(x *exchange) {
	h := x.w.Header()
	h.Set("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE")
	h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type")
	h.Set("Access-Control-Max-Age", "7200")
	_ = a.write(x, http.StatusNoContent, nil)
}

func unrouted(x *exchange, allowed string) error {
	if allowed != "" {
		x.w.Header().Set("Allow", allowed)
		return fault.New(fault.BadRequest, "%s is not possible here, only %s", x.r.Method, allowed).
			WithStatus(http.StatusMethodNotAllowed)
	}
	return fault.New(fault.NotFound, "there is nothing at %s", x.r.URL.Path)
}

func newDuration(to prometheus.Registerer) *prometheus.HistogramVec {
	h := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "simstead_http_request_duration_seconds",
		Help:    "Time from a request's headers to the end of its answer, by operation and status class.",
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
	}, []string{"operation", "status"})
	if to != nil {
		to.MustRegister(h)
	}
	return h
}

func (a *API) observe(x *exchange, took time.Duration) {
	id := "none" // of no operation: an unknown path, a preflight
	if x.op != nil {
		id = x.op.ID
	}
	a.duration.WithLabelValues(id, strconv.Itoa(x.status/100)+"xx").Observe(took.Seconds())
}
