package rest

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"

	"github.com/simstead/simstead/internal/fault"
)

// ErrGarbled says that a bearer token is no token at all. It is answered as a missing one is.
var ErrGarbled = errors.New("the bearer token cannot be read")

// Plain is an error that is answered with {"message": ...} alone, and without a body when it has no message.
type Plain struct {
	Status  int
	Message string
}

// Error implements error.
func (p Plain) Error() string { return p.Message }

// Error is the body of an error.
type Error struct {
	Code    fault.Code `json:"error_code" doc:"Number of the error."`
	Token   string     `json:"error_token" doc:"Word for the number."`
	Message string     `json:"message" doc:"What is wrong, for people."`
	Errors  []Error    `json:"errors,omitempty" nullable:"false" doc:"What is wrong in detail, with code 1400."`
}

func newError(f *fault.Error) Error {
	e := Error{Code: f.Code, Token: f.Token(), Message: f.Message}
	for _, nested := range f.Errors {
		e.Errors = append(e.Errors, newError(nested))
	}
	return e
}

// fail answers an error. What is neither a fault nor Plain is internal: its text goes to the log, never to the caller.
func (a *API) fail(x *exchange, err error) {
	if x.written {
		return // the answer is on its way: the error can only be that the client is gone
	}
	var known *fault.Error
	var plain Plain
	var shaped Shaped
	status, body := http.StatusInternalServerError, any(nil)
	switch {
	case errors.As(err, &known) && known.Status() != 0:
		status, body = known.Status(), newError(known)
		if known.Code == fault.InputValidationFailed && x.op != nil && x.op.Invalid != 0 {
			status = x.op.Invalid
		}
	case errors.As(err, &plain):
		status = plain.Status
		if plain.Message != "" {
			body = map[string]string{"message": plain.Message}
		}
	case errors.As(err, &shaped):
		status, body = shaped.Status, shaped.Body
	case errors.Is(err, context.Canceled) && x.r.Context().Err() != nil:
		status = statusGone
	default:
		a.Log.LogAttrs(x.r.Context(), slog.LevelError, "request failed", append(x.attrs(), slog.Any("error", err))...)
		body = internal(x)
	}
	if status == http.StatusUnauthorized {
		x.w.Header().Set("WWW-Authenticate", "Bearer")
	}
	if err := a.write(x, status, body); err != nil {
		a.Log.LogAttrs(x.r.Context(), slog.LevelError, "error not answered", append(x.attrs(), slog.Any("error", err))...)
	}
}

// statusGone is written to nobody: the client has left. It marks the request in the metrics.
const statusGone = 499

// internal is all a caller learns of an internal error. The contract has no code for it; 1999 stays clear of its
// ranges.
func internal(x *exchange) Error {
	return Error{Code: 1999, Token: "InternalError", Message: "internal error, request " + x.id}
}

// caught turns a panic of a handler into an internal error.
func (a *API) caught(x *exchange, what any) {
	if what == http.ErrAbortHandler { //nolint:errorlint // a panic value, compared as net/http does
		panic(what)
	}
	a.Log.LogAttrs(x.r.Context(), slog.LevelError, "request panicked",
		append(x.attrs(), slog.Any("panic", what), slog.String("stack", string(debug.Stack())))...)
	if !x.written {
		_ = a.write(x, http.StatusInternalServerError, internal(x))
	}
}

func (x *exchange) attrs() []slog.Attr {
	attrs := []slog.Attr{slog.String("request", x.id), slog.String("method", x.r.Method)}
	if x.op != nil {
		attrs = append(attrs, slog.String("operation", x.op.ID), slog.Int64("org", x.caller.Organisation))
	}
	return attrs
}
