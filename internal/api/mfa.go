package api

import (
	"context"
	"net/http"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/value"
)

func (a *API) mfaRoutes(r *rest.API) {
	const tag, of = "authentication", "/api/v1/user/{user_id}/mfa"
	rest.Get(r, rest.Op{
		Method: http.MethodPost, Path: "/api/v1/user/mfa", ID: "post-mfa", Tag: tag, Role: rest.Observer,
		Summary: "Make a second factor for yourself; its secret is shown only now", Errors: []int{409, 422},
	}, a.createKey)
	rest.Do(r, rest.Op{
		Method: http.MethodPatch, Path: "/api/v1/user/mfa/{key_id}", ID: "user-mfa-by-id-patch", Tag: tag, Role: rest.Observer,
		Summary: "Activate a second factor of yours with its first code", Errors: []int{404, 409, 422},
	}, a.activateKey)
	rest.Table(r, rest.Op{
		Path: of + "/trusted_device", ID: "user-mfa-trusted-device-by-user-id-get", Tag: tag, Role: rest.Observer,
		Summary: "List the trusted devices of a user", Errors: []int{404},
	}, a.listDevices)
	rest.Table(r, rest.Op{
		Path: "/api/v1/user/mfa/trusted_device", ID: "user-mfa-trusted-device-get", Tag: tag, Role: rest.Observer,
		Summary: "List your trusted devices", Errors: []int{404},
	}, a.listMyDevices)
	rest.Do(r, rest.Op{
		Method: http.MethodDelete, Path: of + "/trusted_device/{device_id}", ID: "user-mfa-trusted-device-by-user-id-and-device-id-delete", Tag: tag,
		Role: rest.Observer, Summary: "Trust a device no more", Errors: []int{404},
	}, a.deleteDevice)
	rest.Do(r, rest.Op{
		Method: http.MethodDelete, Path: of + "/{key_id}", ID: "user-mfa-by-user-id-and-key-id-delete", Tag: tag, Role: rest.Observer,
		Summary: "Remove a second factor of a user", Errors: []int{404},
	}, a.deleteKey)
}

func (a *API) createKey(ctx context.Context, c rest.Caller, in *struct {
	Body struct {
		Type     value.Ref `json:"type" required:"true"`
		Password string    `json:"password" format:"password" required:"true"`
	}
},
) (*account.NewKey, error) {
	made, err := a.Guard.AddKey(ctx, self(c), int64(in.Body.Type.ID.Value), in.Body.Password)
	if err == nil {
		a.post(made.Letter)
	}
	return &made, err
}

func (a *API) activateKey(ctx context.Context, c rest.Caller, in *struct {
	ID   rest.PathID `path:"key_id"`
	Body struct {
		Status value.Ref `json:"status" required:"true" doc:"1 Active."`
		Code   string    `json:"code" required:"true"`
	}
},
) error {
	if c.User == 0 {
		return fault.Missing("MFA key", in.ID) // programs have none
	}
	return a.Guard.ActivateKey(ctx, self(c), int64(in.ID), int64(in.Body.Status.ID.Value), in.Body.Code)
}

// missingUser is the error of a user who is none of the caller's business.
func missingUser(id rest.UserID) error {
	if id.Username != "" {
		return fault.Missing("User", id.Username)
	}
	return fault.Missing("User", id.ID)
}

// own lets users at their own second factors and administrators at everybody's.
func (a *API) own(ctx context.Context, c rest.Caller, id rest.UserID) (account.Actor, int64, error) {
	if c.Role < rest.Administrator && (c.User == 0 || id.Of(c) != c.User) {
		return account.Actor{}, 0, missingUser(id)
	}
	return a.manage(ctx, c, id)
}

func (a *API) listDevices(ctx context.Context, c rest.Caller, in *userPath) ([]account.Device, error) {
	by, user, err := a.own(ctx, c, in.User)
	if err != nil {
		return nil, err
	}
	return a.Guard.Devices(ctx, by.Organisation, user)
}

func (a *API) listMyDevices(ctx context.Context, c rest.Caller, _ *struct{}) ([]account.Device, error) {
	if c.User == 0 {
		return nil, nobody()
	}
	return a.Guard.Devices(ctx, c.Organisation, c.User)
}

func (a *API) deleteDevice(ctx context.Context, c rest.Caller, in *struct {
	userPath
	Device rest.PathID `path:"device_id"`
},
) error {
	by, user, err := a.own(ctx, c, in.User)
	if err != nil {
		return err
	}
	return a.Guard.Distrust(ctx, by.Organisation, user, int64(in.Device))
}

func (a *API) deleteKey(ctx context.Context, c rest.Caller, in *struct {
	userPath
	Key rest.PathID `path:"key_id"`
},
) error {
	by, user, err := a.own(ctx, c, in.User)
	if err != nil {
		return err
	}
	return a.Guard.RemoveKey(ctx, by, user, int64(in.Key))
}
