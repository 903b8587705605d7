package api

import (
	"context"
	"errors"
	"net/http"
	"net/netip"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/value"
)

// Authenticator lets the account's guard answer for package rest.
type Authenticator struct{ Guard *account.Guard }

// Authenticate implements rest.Authenticator.
func (a Authenticator) Authenticate(ctx context.Context, bearer string, from netip.Addr) (rest.Caller, error) {
	who, err := a.Guard.Authenticate(ctx, bearer, from)
	if errors.Is(err, account.ErrGarbled) {
		return rest.Caller{}, rest.ErrGarbled
	}
	if err != nil {
		return rest.Caller{}, err
	}
	return rest.Caller{
		Organisation: who.Organisation, Type: rest.OrganisationType(who.Type), Role: rest.RoleByID(who.Role),
		Token: who.Token, Session: who.Session, From: from,
	}, nil
}

func (a *API) authenticateRoutes(r *rest.API) {
	rest.Get(r, rest.Op{
		Method: "POST", Path: "/api/v1/authenticate", ID: "authenticate", Tag: "authentication", Role: rest.Public,
		Class: "authenticate", Summary: "Trade a credential for an auth token", Errors: []int{400, 401, 403},
	}, a.authenticate)
}

// credentials are the contract's four kinds, of which a client sends one. A field may be null.
type credentials struct {
	ApplicationToken value.Opt[string] `json:"application_token"`
	RefreshToken     value.Opt[string] `json:"refresh_token"`
	MFAToken         value.Opt[string] `json:"mfa_token"`
	Username         value.Opt[string] `json:"username"`
	Password         value.Opt[string] `json:"password" format:"password"`
}

type authTokens struct {
	AuthToken string `json:"auth_token" doc:"Send it as Authorization: Bearer; it is good for 240 minutes."`
}

func (a *API) authenticate(ctx context.Context, c rest.Caller, in *struct{ Body credentials }) (*authTokens, error) {
	switch b := in.Body; {
	case b.ApplicationToken.Has():
		token, err := a.Guard.Login(ctx, b.ApplicationToken.Value, c.From)
		if err != nil {
			return nil, refused(err)
		}
		return &authTokens{token}, nil
	case b.RefreshToken.Has(), b.MFAToken.Has():
		return nil, refused(account.ErrRefused) // nothing issues either
	case b.Username.Has(), b.Password.Has():
		return nil, fault.New(fault.Forbidden, "user credentials are switched off: authenticate with an application token")
	}
	return nil, fault.New(fault.BadRequest, "a credential is required, such as application_token")
}

// refused answers a credential that is not good: 401 without a body, as the contract has it.
func refused(err error) error {
	if errors.Is(err, account.ErrRefused) {
		return rest.Plain{Status: http.StatusUnauthorized}
	}
	return err
}
