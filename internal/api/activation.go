package api

import (
	"context"
	"errors"
	"net/http"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/mail"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/value"
)

func (a *API) activationRoutes(r *rest.API) {
	const tag = "password and activation"
	rest.Do(r, rest.Op{
		Method: http.MethodPost, Path: "/api/v1/user/activation", ID: "user-activation-post", Tag: tag, Role: rest.Public, Class: "authenticate",
		Summary: "Set a password with an activation key", Invalid: http.StatusBadRequest, Errors: []int{400},
	}, a.activate)
	rest.Do(r, rest.Op{
		Method: http.MethodPost, Path: "/api/v2/user/activation", ID: "accept-user-invitation", Tag: "workspaces", Role: rest.Public, Class: "authenticate",
		Summary: "Accept an invitation with an activation key", Errors: []int{403, 422},
	}, a.acceptInvitation)
	rest.Do(r, rest.Op{
		Method: http.MethodPost, Path: "/api/v1/user/activation_resend", ID: "user-activation-resend-post", Tag: tag, Role: rest.Public, Class: "authenticate",
		Summary:     "Ask for another activation key, or for one to set a new password",
		Description: "The answer is the same whether there is such a user. A mailbox gets at most one letter in five minutes.", Errors: []int{422},
	}, a.resendActivation)
	rest.Create(r, rest.Op{
		Path: "/api/v2/user/invitation", ID: "user-v-2-invitation", Tag: tag, Role: rest.Administrator,
		Summary: "Invite a user into your organisation or one below it", Errors: []int{400, 404, 409, 422},
	}, a.createInvitation)
	rest.Do(r, rest.Op{
		Method: http.MethodPatch, Path: "/api/v1/user/password", ID: "user-password-patch", Tag: tag, Role: rest.Observer,
		Summary: "Change your password; every session of yours ends", Errors: []int{422},
	}, a.changePassword)
}

func (a *API) activate(ctx context.Context, _ rest.Caller, in *struct {
	Body struct {
		Key      string `json:"activationKey" required:"true"`
		Password string `json:"password" format:"password" required:"true" doc:"SHA-1 of the password, as 40 hexadecimal digits."`
	}
},
) error {
	err := a.Guard.Activate(ctx, account.Acceptance{Key: in.Body.Key, Password: value.Some(in.Body.Password)})
	if errors.Is(err, account.ErrKey) {
		return fault.New(fault.BadRequest, "%v", err)
	}
	return err
}

func (a *API) acceptInvitation(ctx context.Context, _ rest.Caller, in *struct{ Body account.Acceptance }) error {
	err := a.Guard.Activate(ctx, in.Body)
	if errors.Is(err, account.ErrKey) {
		return fault.New(fault.Forbidden, "%v", err)
	}
	return err
}

// resendActivation leaves the work to the office: neither the answer nor its time tells whether there is such a user. The
// contract's captcha is taken and not looked at; the limits of the operation stand in its place.
func (a *API) resendActivation(_ context.Context, c rest.Caller, in *struct {
	Body struct {
		Username string            `json:"username" required:"true"`
		Captcha  value.Opt[string] `json:"g-recaptcha-response" doc:"Not looked at."`
	}
},
) error {
	if a.Office == nil {
		return nil
	}
	a.Office.Do(func(ctx context.Context) (*mail.Letter, error) {
		return a.Guard.Resend(ctx, in.Body.Username, c.From, "")
	})
	return nil
}

type invitation struct {
	Username     string                 `json:"username" required:"true" doc:"E-mail address."`
	Name         string                 `json:"name" required:"true"`
	Organisation value.Opt[value.Ref]   `json:"organisation" doc:"Yours when it is not given."`
	Roles        value.Opt[[]value.Ref] `json:"roles" doc:"Administrator when they are not given."`
}

type invited struct {
	ID           value.ID `json:"id"`
	Username     string   `json:"username"`
	Name         string   `json:"name"`
	Organisation struct {
		ID value.ID `json:"id"`
	} `json:"organisation"`
	Roles []value.Named `json:"roles"`
}

func (a *API) createInvitation(ctx context.Context, c rest.Caller, in *struct{ Body invitation }) (rest.Created[invited], error) {
	b := in.Body
	i := account.Invitation{Username: b.Username, Name: b.Name, Organisation: c.Organisation, Roles: roleIDs(b.Roles.Value)}
	if b.Organisation.Has() {
		i.Organisation = int64(b.Organisation.Value.ID.Value)
	}
	made, err := a.invite(ctx, c, i)
	answer := invited{ID: value.ID(made.ID), Username: b.Username, Name: b.Name, Roles: made.Roles}
	answer.Organisation.ID = value.ID(i.Organisation)
	return rest.Created[invited]{Body: answer}, err
}

func (a *API) changePassword(ctx context.Context, c rest.Caller, in *struct {
	Body struct {
		Old string `json:"old_password" format:"password" required:"true"`
		New string `json:"new_password" format:"password" required:"true" doc:"SHA-1 of the password, as 40 hexadecimal digits."`
	}
},
) error {
	return a.Guard.ChangePassword(ctx, self(c), in.Body.Old, in.Body.New)
}

func self(c rest.Caller) account.Self {
	return account.Self{Organisation: c.Organisation, User: c.User}
}
