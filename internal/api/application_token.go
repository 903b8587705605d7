package api

import (
	"context"
	"errors"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/value"
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
		Description: "For your own organisation, or (an addition to the contract) for one below it that `organisation` names: there it can do what an administrator can, " +
			"so that whoever set the organisation up can hand it over. Its log tells who made the token, and its administrators can revoke it.",
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
	var asked account.NewToken
	if in.Body != nil {
		asked = *in.Body
	}
	owner, err := read(ctx, a, func(q db.Queryer) (account.Owner, error) { return tokenOwner(q, c, asked.Organisation) })
	if err == nil {
		err = a.mayHaveTokens(ctx, owner.Organisation)
	}
	if err != nil {
		return nil, err
	}
	text, err := account.CreateToken(ctx, a.DB, a.Clock, owner, asked)
	return &newApplicationToken{text}, err
}

// tokenOwner is whom a token belongs to that a caller asks for: the caller, or an organisation below the caller's.
func tokenOwner(q db.Queryer, c rest.Caller, asked value.Opt[value.Ref]) (account.Owner, error) {
	owner := account.Owner{Organisation: c.Organisation, Creator: c.User, Role: c.Role.ID()}
	if asked.Set && int64(asked.Value.ID.Value) != c.Organisation {
		owner = account.Owner{
			Organisation: int64(asked.Value.ID.Value), Role: account.RoleAdministrator,
			Giver: &account.Supporter{Organisation: c.Organisation, User: c.User, Token: c.Token, Username: c.Username},
		}
		err := account.Govern(q, c.Organisation, owner.Organisation)
		if unknown := (*fault.Error)(nil); errors.As(err, &unknown) {
			err = fault.Invalid(fault.New(fault.InvalidReference, "ApplicationToken - organisation: %d is neither yours nor below it", owner.Organisation))
		}
		return owner, err
	}
	var err error
	if c.Token != 0 {
		owner.Creator, err = account.TokenCreator(q, c.Organisation, c.Token)
	}
	return owner, err
}

func (a *API) patchApplicationToken(ctx context.Context, c rest.Caller, in *struct {
	ID   rest.PathID `path:"app_token_id"`
	Body account.TokenPatch
},
) error {
	return a.write(ctx, c, func(tx *db.Tx) error { return account.PatchToken(tx, c.Organisation, int64(in.ID), in.Body) })
}
