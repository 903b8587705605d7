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
		User: who.User, Username: who.Username, Token: who.Token, Support: who.Support, Session: who.Session, From: from,
	}, nil
}

func (a *API) authenticateRoutes(r *rest.API) {
	rest.Get(r, rest.Op{
		Method: "POST", Path: "/api/v1/authenticate", ID: "authenticate", Tag: "authentication", Role: rest.Public,
		Class: "authenticate", Summary: "Trade a credential for an auth token", Invalid: 400, Errors: []int{400, 401, 403},
		Description: "One of: application_token; refresh_token; username and password, where the operator has switched them on; mfa_token and code.",
	}, a.authenticate)
}

// credentials are the contract's four kinds, of which a client sends one. A field may be null.
type credentials struct {
	ApplicationToken value.Opt[string]            `json:"application_token"`
	RefreshToken     value.Opt[string]            `json:"refresh_token"`
	Username         value.Opt[string]            `json:"username"`
	Password         value.Opt[string]            `json:"password" format:"password" doc:"SHA-1 of the password, as 40 hexadecimal digits."`
	Fingerprint      value.Opt[string]            `json:"fingerprint" doc:"Of a trusted device: no code is asked for there."`
	MFAToken         value.Opt[string]            `json:"mfa_token"`
	Code             value.Opt[string]            `json:"code" doc:"Six digits."`
	TrustedDevice    value.Opt[account.NewDevice] `json:"trusted_device" doc:"Device that is to be trusted for 90 days."`
}

type authTokens struct {
	AuthToken    string `json:"auth_token,omitempty" doc:"Send it as Authorization: Bearer; it is good for 240 minutes."`
	RefreshToken string `json:"refresh_token,omitempty" doc:"Of a user: good once within 7 days, for the next auth token."`
	MFAToken     string `json:"mfa_token,omitempty" doc:"Instead of the others, when a code is asked for; good for 10 minutes."`
}

func (a *API) authenticate(ctx context.Context, c rest.Caller, in *struct{ Body credentials }) (*authTokens, error) {
	passage, err := a.letIn(ctx, c.From, in.Body)
	if err != nil {
		return nil, refused(err)
	}
	a.post(passage.Letter)
	return &authTokens{passage.AuthToken, passage.RefreshToken, passage.MFAToken}, nil
}

func (a *API) letIn(ctx context.Context, from netip.Addr, b credentials) (account.Passage, error) {
	switch {
	case b.ApplicationToken.Has():
		token, err := a.Guard.Login(ctx, b.ApplicationToken.Value, from)
		return account.Passage{AuthToken: token}, err
	case b.RefreshToken.Has():
		return a.Guard.Refresh(ctx, b.RefreshToken.Value, from)
	case b.MFAToken.Has():
		var device *account.NewDevice
		if b.TrustedDevice.Has() {
			device = &b.TrustedDevice.Value
		}
		return a.Guard.LoginCode(ctx, from, b.MFAToken.Value, b.Code.Value, device)
	case !b.Username.Has() && !b.Password.Has():
		return account.Passage{}, fault.New(fault.BadRequest, "a credential is required, such as application_token")
	case !a.UserCredentials:
		return account.Passage{}, fault.New(fault.Forbidden, "user credentials are switched off: authenticate with an application token")
	}
	return a.Guard.LoginUser(ctx, from, account.Credentials{
		Username: b.Username.Value, Password: b.Password.Value, Fingerprint: b.Fingerprint.Value,
	})
}

// refused answers a credential that is not good: 401 without a body, as the contract has it.
func refused(err error) error {
	if errors.Is(err, account.ErrRefused) {
		return rest.Plain{Status: http.StatusUnauthorized}
	}
	return err
}
