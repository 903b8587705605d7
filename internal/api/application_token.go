package api

import (
	"context"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/rest"
)

func (a *API) applicationTokenRoutes(r *rest.API) {
	const path, tag = "/api/v1/application_token", "application tokens"
	rest.Table(r, rest.Op{
		Path: path, ID: "application-token-get", Tag: tag, Role: rest.User,
		Summary: "List the application tokens",
	}, a.listApplicationTokens)
	rest.Get(r, rest.Op{
		Method: "POST", Path: path, ID: "application-token-post", Tag: tag, Role: rest.Administrator,
		Summary: "Make an application token; its text is shown only now", Errors: []int{422},
	}, a.createApplicationToken)
	rest.Do(r, rest.Op{
		Method: "PATCH", Path: path + "/{app_token_id}", ID: "application-token-by-id-patch", Tag: tag, Role: rest.Administrator,
		Summary: "Describe, revoke or reactivate an application token", Errors: []int{404, 422},
	}, a.patchApplicationToken)
}

func (a *API) listApplicationTokens(ctx context.Context, c rest.Caller, _ *struct{}) ([]account.Token, error) {
	return read(ctx, a, func(q db.Queryer) ([]account.Token, error) { return account.ListTokens(q, c.Organisation) })
}

type newApplicationToken struct {
	Text string `json:"application_token"`
}

// createApplicationToken answers 200, not 201: the contract is irregular here.
func (a *API) createApplicationToken(ctx context.Context, c rest.Caller, in *struct{ Body *account.NewToken }) (*newApplicationToken, error) {
	if c.Support {
		return nil, fault.New(fault.Forbidden, "support makes no application tokens: they would outlast it")
	}
	if err := a.mayHaveTokens(ctx, c.Organisation); err != nil {
		return nil, err
	}
	owner := account.Owner{Organisation: c.Organisation, Creator: c.User, Role: c.Role.ID()}
	if c.Token != 0 {
		var err error
		owner.Creator, err = read(ctx, a, func(q db.Queryer) (int64, error) { return account.TokenCreator(q, c.Organisation, c.Token) })
		if err != nil {
			return nil, err
		}
	}
	var asked account.NewToken
	if in.Body != nil {
		asked = *in.Body
	}
	text, err := account.CreateToken(ctx, a.DB, a.Clock, owner, asked)
	return &newApplicationToken{text}, err
}

func (a *API) patchApplicationToken(ctx context.Context, c rest.Caller, in *struct {
	ID   rest.PathID `path:"app_token_id"`
	Body account.TokenPatch
},
) error {
	return a.write(ctx, c, func(tx *db.Tx) error { return account.PatchToken(tx, c.Organisation, int64(in.ID), in.Body) })
}
