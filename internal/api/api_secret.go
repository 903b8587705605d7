package api

import (
	"context"
	"net/http"

	"github.com/simstead/simstead/internal/callback"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/value"
)

func (a *API) apiSecretRoutes(r *rest.API) {
	const list, one = "/api/v1/api_secret", "/api/v1/api_secret/{api_secret_id}"
	rest.Table(r, rest.Op{Path: list, ID: "get-api-callback-secret", Tag: integrations, Role: rest.Observer, Summary: "List API secrets, without their texts"}, a.listSecrets)
	rest.Create(r, rest.Op{Path: list, ID: "create-callback-secret", Tag: integrations, Role: rest.User, Summary: "Add an API secret", Errors: []int{422}}, a.createSecret)
	rest.Get(r, rest.Op{Path: one, ID: "get-callback-secretby-id", Tag: integrations, Role: rest.Observer, Summary: "Get an API secret, without its text", Errors: []int{404}}, a.getSecret)
	rest.Do(r, rest.Op{
		Method: http.MethodDelete, Path: one, ID: "delete-callback-secret", Tag: integrations, Role: rest.User, Status: http.StatusOK,
		Summary: "Delete an API secret", Errors: []int{404},
	}, a.deleteSecret)
}

type secretPath struct {
	ID rest.PathID `path:"api_secret_id"`
}

// madeSecret is the text of a secret that the customer did not give.
type madeSecret struct {
	Secret string `json:"secret,omitempty"`
}

func (a *API) listSecrets(ctx context.Context, c rest.Caller, _ *struct{}) ([]callback.Secret, error) {
	return read(ctx, a, func(q db.Queryer) ([]callback.Secret, error) { return callback.Secrets(q, c.Organisation) })
}

func (a *API) getSecret(ctx context.Context, c rest.Caller, in *secretPath) (*callback.Secret, error) {
	found, err := read(ctx, a, func(q db.Queryer) (callback.Secret, error) {
		return callback.GetSecret(q, c.Organisation, int64(in.ID))
	})
	return &found, err
}

func (a *API) createSecret(ctx context.Context, c rest.Caller, in *struct{ Body callback.SecretFields }) (rest.Created[madeSecret], error) {
	if err := fault.Invalid(in.Body.Check()...); err != nil {
		return rest.Created[madeSecret]{}, err
	}
	id, err := a.DB.NextID(ctx, "api_secret", c.Organisation)
	made := ""
	if err == nil {
		err = a.write(ctx, c, func(tx *db.Tx) (err error) {
			made, err = callback.AddSecret(tx, a.Guard.Keys, c.Organisation, id, in.Body)
			return err
		})
	}
	return rest.Created[madeSecret]{ID: value.ID(id), Body: madeSecret{made}}, err
}

func (a *API) deleteSecret(ctx context.Context, c rest.Caller, in *secretPath) error {
	return a.write(ctx, c, func(tx *db.Tx) error { return callback.DeleteSecret(tx, c.Organisation, int64(in.ID)) })
}
