// Package api serves the contract: one file a resource, its tests beside it. routes.go lists every operation; a handler
// reads what it was asked, calls the noun and answers. It holds no SQL.
package api

import (
	"context"
	"log/slog"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/billing"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/mail"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/stream"
	"github.com/simstead/simstead/internal/usagefile"
)

// API holds what the handlers need.
type API struct {
	DB       *db.DB
	Guard    *account.Guard
	Clock    clock.Clock
	Log      *slog.Logger
	Sessions Sessions       // nil: there are none to move
	Control  Control        // nil: no session is running
	Months   billing.Cutter // nil: no session has counted anything
	Rejects  Replayer
	Usage    usagefile.Taker // of imported files
	Streams  *stream.Engine
	Office   *mail.Office // sends letters; nil: there is nobody to send them
	// UserCredentials lets users in by name and password. Programs never are.
	UserCredentials bool
}

// Control judges running sessions anew once a change is committed that may end them, slow them down or lift that. All return
// at once.
type Control interface {
	Recheck(organisation int64, endpoints ...int64)
	RecheckProfile(organisation, serviceProfile int64)
	RecheckTariffProfile(organisation, tariffProfile int64)
	RecheckOrganisation(organisation int64)
	// CatalogueChanged makes a change of operators, coverages or tariffs count from the next request on, and judges the
	// running sessions of organisations anew; DefinitionChanged also tells gateways another bitrate.
	CatalogueChanged(ctx context.Context, organisations ...int64) error
	DefinitionChanged(ctx context.Context, definition int64, organisations ...int64) error
	// Blocked says why an endpoint has nothing left to use, "" when it has.
	Blocked(ctx context.Context, organisation, endpoint int64) (string, error)
	// Disconnect ends the sessions of an endpoint, which may come back at once.
	Disconnect(organisation, endpoint int64)
}

// recheck hands a committed change on to the running sessions; a change that failed changes nothing.
func (a *API) recheck(err error, tell func(Control)) error {
	if err == nil && a.Control != nil {
		tell(a.Control)
	}
	return err
}

// read runs queries for a handler that answers with one value.
func read[T any](ctx context.Context, a *API, fn func(q db.Queryer) (T, error)) (out T, err error) {
	err = a.DB.Read(ctx, func(q db.Queryer) error { out, err = fn(q); return err })
	return out, err
}

// write runs a change of one organisation's objects.
func (a *API) write(ctx context.Context, c rest.Caller, fn func(tx *db.Tx) error) error {
	return a.DB.Write(ctx, []int64{c.Organisation}, fn)
}

// change runs a change of what one of the caller's endpoints has left.
func (a *API) change(ctx context.Context, c rest.Caller, endpoint int64, fn func(tx *db.Tx) error) error {
	return a.recheck(a.write(ctx, c, fn), func(control Control) { control.Recheck(c.Organisation, endpoint) })
}

// changeProfile runs a change of one of the caller's service profiles.
func (a *API) changeProfile(ctx context.Context, c rest.Caller, profile int64, fn func(tx *db.Tx) error) error {
	return a.recheck(a.write(ctx, c, fn), func(control Control) { control.RecheckProfile(c.Organisation, profile) })
}

// post sends a letter after what caused it is committed.
func (a *API) post(l *mail.Letter) {
	if a.Office != nil {
		a.Office.Post(l)
	}
}
