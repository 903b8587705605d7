package rest

import (
	"context"
	"mime"
	"net/http"
	"strconv"
)

// Attachment is an answer that is a file.
type Attachment struct {
	Name string // that it is saved by
	Type string // its media type
	Data []byte
}

// File registers an operation that answers 200 with a file.
func File[In any](a *API, op Op, handle func(context.Context, Caller, *In) (Attachment, error)) {
	op.Method = or(op.Method, http.MethodGet)
	add(a, op, http.StatusOK, nil, []string{"Content-Disposition"},
		func(ctx context.Context, x *exchange, in *In) (any, error) { return handle(ctx, x.caller, in) })
}

// send writes the file.
func (f Attachment) send(x *exchange, status int) error {
	h := x.w.Header()
	h.Set("Content-Type", f.Type)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}))
	h.Set("Content-Length", strconv.Itoa(len(f.Data)))
	x.status, x.written = status, true
	x.w.WriteHeader(status)
	_, _ = x.w.Write(f.Data) // fails only when the client is gone
	return nil
}
