package api

import (
	"context"
	"net/http"

	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/stream"
	"github.com/simstead/simstead/internal/value"
)

// What the contract does not have: seeing how a stream does, trying it, and having it deliver again.
func (a *API) dataStreamHealthRoutes(r *rest.API) {
	op := func(method, path, id string, role rest.Role, summary string, errors ...int) rest.Op {
		return rest.Op{
			Method: method, Path: dataStream + path, ID: id, Tag: integrations, Role: role, Summary: summary,
			Errors: append(errors, http.StatusNotFound),
		}
	}
	rest.Get(r, op(http.MethodGet, "/health", "data-stream-health", rest.Observer, "Tell how a data stream is doing"), a.streamHealth)
	attempts := op(http.MethodGet, "/attempts", "data-stream-attempts", rest.Observer, "List the last attempts to deliver, newest first")
	attempts.Description = "Payloads are personal data: an observer sees none."
	rest.Table(r, attempts, a.streamAttempts)
	rest.Get(r, op(http.MethodPost, "/test", "data-stream-test", rest.User, "Send a sample to a data stream's destination", http.StatusConflict), a.testStream)
	replay := op(http.MethodPost, "/replay", "data-stream-replay", rest.User, "Deliver again from a time or a position", http.StatusConflict)
	replay.Status = http.StatusAccepted
	replay.Description = "Goes back as far as the backlog is kept. 409 when there is nothing to deliver again."
	rest.Get(r, replay, a.replayStream)
	rest.Table(r, op(http.MethodGet, "/signing_secret", "data-stream-signing-secrets", rest.Observer, "List the signing secrets of a webhook, without the secrets"), a.listSigning)
	sign := op(http.MethodPost, "/signing_secret", "data-stream-signing-secret-create", rest.User, "Sign a webhook's requests with a new secret", http.StatusUnprocessableEntity)
	sign.Description = "The secret is shown only now. The one before it signs beside it for 24 hours."
	rest.Create(r, sign, a.createSigning)
	rest.Do(r, op(http.MethodDelete, "/signing_secret", "data-stream-signing-secret-delete", rest.User, "Stop signing a webhook's requests"), a.stopSigning)
}

func (a *API) streamHealth(ctx context.Context, c rest.Caller, in *streamPath) (*stream.Health, error) {
	h, err := a.Streams.Health(ctx, c.Organisation, int64(in.ID))
	return &h, err
}

func (a *API) streamAttempts(ctx context.Context, c rest.Caller, in *streamPath) ([]stream.Attempt, error) {
	s, err := a.stream(ctx, c, in.ID)
	if err != nil {
		return nil, err
	}
	attempts := a.Streams.Attempts(s.ID)
	if c.Role < rest.User {
		for i := range attempts {
			attempts[i].Payload = ""
		}
	}
	return attempts, nil
}

func (a *API) testStream(ctx context.Context, c rest.Caller, in *streamPath) (*stream.Attempt, error) {
	attempt, err := a.Streams.Test(ctx, c.Organisation, int64(in.ID))
	return &attempt, err
}

type replayBody struct {
	Since    value.Opt[value.EntityTime] `json:"since" doc:"Deliver again what was recorded from this time on."`
	Position value.Opt[value.ID]         `json:"position" doc:"Deliver again what stands behind this position of the log."`
}

type streamReplayed struct {
	Position int64 `json:"position" doc:"Delivery goes on behind it."`
}

func (a *API) replayStream(ctx context.Context, c rest.Caller, in *struct {
	streamPath
	Body replayBody
},
) (*streamReplayed, error) {
	b := in.Body
	if b.Since.Has() == b.Position.Has() {
		return nil, fault.Invalid(fault.New(fault.Required, "DataStream - either since or position is required"))
	}
	from := stream.Replay{Time: int64(b.Since.Value), Position: int64(b.Position.Value)}
	if b.Since.Has() && from.Time <= 0 || from.Position < 0 {
		return nil, fault.Invalid(fault.New(fault.InvalidFormat, "DataStream - since must be a time after 1970, and position not below 0"))
	}
	position, err := a.Streams.Replay(ctx, c.Organisation, int64(in.ID), from)
	return &streamReplayed{position}, err
}

func (a *API) listSigning(ctx context.Context, c rest.Caller, in *streamPath) ([]stream.SigningView, error) {
	s, err := a.stream(ctx, c, in.ID)
	if err != nil {
		return nil, err
	}
	return s.SigningKeys(a.Clock.Micros()), nil
}

// signingSecret is shown once.
type signingSecret struct {
	Secret string `json:"secret" doc:"whsec_ and base64: the form of the Standard Webhooks scheme."`
}

func (a *API) createSigning(ctx context.Context, c rest.Caller, in *streamPath) (made rest.Created[signingSecret], err error) {
	err = a.changeStream(ctx, c, in.ID, func(s *stream.Stream) (err error) {
		made.Body.Secret, err = s.Sign(a.Clock.Micros())
		return err
	})
	return made, err
}

func (a *API) stopSigning(ctx context.Context, c rest.Caller, in *streamPath) error {
	return a.changeStream(ctx, c, in.ID, func(s *stream.Stream) error { s.Signing = nil; return nil })
}
