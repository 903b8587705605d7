package api

import (
	"context"
	"net/http"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/event"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/value"
)

func (a *API) userRoutes(r *rest.API) {
	const list, one, role = "/api/v1/user", "/api/v1/user/{user_id}", "/api/v1/user/{user_id}/role/{role_id}"
	const tag = "users"
	rest.List(r, rest.Op{
		Path: list, ID: "user-per-page-sort-by-q-and-page-get", Tag: tag, Role: rest.Observer, PerPage: account.MembersPerPage,
		Summary: "List the users of your organisation, and those of organisations below it", Errors: []int{422},
	}, a.listUsers)
	rest.Create(r, rest.Op{
		Path: list, ID: "user-per-page-sort-by-q-and-page-post", Tag: tag, Role: rest.Administrator,
		Summary:     "Make an inactive user of your organisation or of one below it",
		Description: "An activation key goes to the address. Whoever has an account elsewhere is invited as a guest.", Errors: []int{404, 409, 422},
	}, a.createUser)
	rest.Get(r, rest.Op{
		Path: one, ID: "user-by-id-get", Tag: tag, Role: rest.Observer, Summary: "Get a user by id or username, or yourself as my", Errors: []int{404},
	}, a.getUser)
	rest.Do(r, rest.Op{
		Method: http.MethodPatch, Path: one, ID: "user-by-id-patch", Tag: tag, Role: rest.Administrator,
		Summary: "Change a user", Errors: []int{404, 409, 422},
	}, a.patchUser)
	for _, path := range []struct{ path, id string }{{one, "user-by-id-delete"}, {"/api/v2/user/{user_id}", "user-by-id-v-2-delete"}} {
		rest.Do(r, rest.Op{
			Method: http.MethodDelete, Path: path.path, ID: path.id, Tag: tag, Role: rest.Administrator,
			Summary: "Delete a user, or send a guest away", Errors: []int{404, 409},
		}, a.deleteUser)
	}
	rest.Do(r, rest.Op{
		Method: http.MethodPut, Path: role, ID: "user-role-by-id-and-role-id-put", Tag: tag, Role: rest.Administrator,
		Summary: "Give a user a role", Errors: []int{404, 409},
	}, a.giveRole)
	rest.Do(r, rest.Op{
		Method: http.MethodDelete, Path: role, ID: "user-role-by-id-and-role-id-delete", Tag: tag, Role: rest.Administrator,
		Summary: "Take a role from a user, but not the last one", Errors: []int{404, 409},
	}, a.takeRole)
	rest.Get(r, rest.Op{
		Path: one + "/role/permission", ID: "user-role-permission-by-id-get", Tag: tag, Role: rest.Observer,
		Summary: "Get what the roles of a user allow", Errors: []int{404},
	}, a.permissions(r))
	rest.List(r, rest.Op{
		Path: one + "/event", ID: "user-event-page-per-page-sort-by-user-id-and-q-get", Tag: tag, Role: rest.Observer, Class: "list",
		Summary: "List the events that a user caused", PerPage: event.PerPage, Errors: []int{400, 403, 422},
	}, a.listUserEvents)
	rest.Create(r, rest.Op{
		Path: "/api/v2/user/{user_id}/support_token", ID: "user-by-id-v-2-create-support-token", Tag: tag, Role: rest.Administrator,
		For: []rest.OrganisationType{rest.Operator, rest.Reseller}, Summary: "Look after the organisation of a user below yours",
		Description: "The support token is an auth token for one hour. What is done with it carries no user; the other organisation's log tells who came.",
		Errors:      []int{404, 422},
	}, a.createSupportToken)
}

type userPath struct {
	User rest.UserID `path:"user_id"`
}

// nobody is the error of a program that asks for its own user.
func nobody() error {
	return fault.New(fault.InvalidReference, "User - there is none behind an application token").WithStatus(404)
}

// user finds the user that a path means.
func (a *API) user(ctx context.Context, c rest.Caller, id rest.UserID) (account.Profile, error) {
	if id.My && c.User == 0 {
		return account.Profile{}, nobody()
	}
	return read(ctx, a, func(q db.Queryer) (account.Profile, error) {
		return account.FindMember(q, c.Organisation, id.Of(c), id.Username)
	})
}

// manage finds the user that a path means, and who acts on it: in an organisation below the caller's nobody it knows.
func (a *API) manage(ctx context.Context, c rest.Caller, id rest.UserID) (account.Actor, int64, error) {
	p, err := a.user(ctx, c, id)
	by := account.Actor{Organisation: p.In}
	if p.In == c.Organisation {
		by.User = c.User
	}
	return by, int64(p.ID), err
}

func (a *API) listUsers(ctx context.Context, c rest.Caller, in *struct{ rest.Paging }) (rest.Page[account.Member], error) {
	query, err := account.MemberList().Parse(in.Q, in.Sort, string(in.Page), string(in.PerPage))
	if err != nil {
		return rest.Page[account.Member]{}, err
	}
	query = entire(query, in.Paging)
	return page(ctx, a, query, func(q db.Queryer) ([]account.Member, int, error) {
		return account.ListMembers(q, c.Organisation, query)
	})
}

func (a *API) getUser(ctx context.Context, c rest.Caller, in *userPath) (*account.Profile, error) {
	p, err := a.user(ctx, c, in.User)
	return &p, err
}

// newUser is who shall become a user.
type newUser struct {
	Username     string      `json:"username" required:"true" doc:"E-mail address."`
	Name         string      `json:"name" required:"true"`
	Organisation value.Ref   `json:"organisation" required:"true" doc:"Yours, or one below it."`
	Roles        []value.Ref `json:"roles" required:"true" minItems:"1"`
}

func (a *API) createUser(ctx context.Context, c rest.Caller, in *struct{ Body newUser }) (rest.Created[rest.Empty], error) {
	b := in.Body
	made, err := a.invite(ctx, c, account.Invitation{
		Username: b.Username, Name: b.Name, Organisation: int64(b.Organisation.ID.Value), Roles: roleIDs(b.Roles),
	})
	return rest.Created[rest.Empty]{ID: value.ID(made.ID)}, err
}

func roleIDs(refs []value.Ref) []int64 {
	ids := make([]int64, len(refs))
	for i, ref := range refs {
		ids[i] = int64(ref.ID.Value)
	}
	return ids
}

// invite makes a user of the caller's organisation or of one below it, and sends the key.
func (a *API) invite(ctx context.Context, c rest.Caller, i account.Invitation) (account.Invited, error) {
	if i.By = c.User; i.Organisation != c.Organisation {
		i.By = 0
		below, err := read(ctx, a, func(q db.Queryer) (bool, error) { return account.Descendant(q, c.Organisation, i.Organisation) })
		if err != nil {
			return account.Invited{}, err
		}
		if !below {
			return account.Invited{}, fault.Missing("Organisation", i.Organisation)
		}
	}
	i.Room = a.roomForUser
	made, err := a.Guard.Invite(ctx, i)
	if err == nil {
		a.post(made.Letter)
	}
	return made, err
}

func (a *API) patchUser(ctx context.Context, c rest.Caller, in *struct {
	userPath
	Body account.UserPatch
},
) error {
	by, user, err := a.manage(ctx, c, in.User)
	if err != nil {
		return err
	}
	letter, err := a.Guard.PatchUser(ctx, by, user, in.Body)
	if err == nil {
		a.post(letter)
	}
	return err
}

func (a *API) deleteUser(ctx context.Context, c rest.Caller, in *userPath) error {
	by, user, err := a.manage(ctx, c, in.User)
	if err != nil {
		return err
	}
	return a.Guard.DeleteUser(ctx, by, user)
}

type userRole struct {
	userPath
	Role rest.PathID `path:"role_id"`
}

func (a *API) giveRole(ctx context.Context, c rest.Caller, in *userRole) error {
	by, user, err := a.manage(ctx, c, in.User)
	if err != nil {
		return err
	}
	return a.Guard.GiveRole(ctx, by.Organisation, user, int64(in.Role))
}

func (a *API) takeRole(ctx context.Context, c rest.Caller, in *userRole) error {
	by, user, err := a.manage(ctx, c, in.User)
	if err != nil {
		return err
	}
	return a.Guard.TakeRole(ctx, by.Organisation, user, int64(in.Role))
}

// permissions are what a user may call. The contract leaves the form of its answer open.
type permissions struct {
	Roles       []value.Named `json:"roles"`
	Permissions []permission  `json:"permissions"`
}

type permission struct {
	Method string `json:"method"`
	Path   string `json:"path"`
}

func (a *API) permissions(r *rest.API) func(context.Context, rest.Caller, *userPath) (*permissions, error) {
	return func(ctx context.Context, c rest.Caller, in *userPath) (*permissions, error) {
		p, err := a.user(ctx, c, in.User)
		if err != nil {
			return nil, err
		}
		o, err := read(ctx, a, func(q db.Queryer) (account.Organisation, error) { return account.Get(q, p.In) })
		if err != nil {
			return nil, err
		}
		who := rest.Caller{Type: rest.OrganisationType(o.Type), Role: rest.RoleByID(int64(p.Roles[0].ID))}
		answer := &permissions{Roles: p.Roles, Permissions: []permission{}}
		for _, op := range r.Operations() {
			if op.Allows(who) {
				answer.Permissions = append(answer.Permissions, permission{op.Method, op.Path})
			}
		}
		return answer, nil
	}
}

// listUserEvents answers an unknown user with no events, as all lists of events do.
func (a *API) listUserEvents(ctx context.Context, c rest.Caller, in *struct {
	userPath
	rest.Paging
},
) (rest.Page[event.Entry], error) {
	user := in.User.Of(c)
	if in.User.Username != "" {
		p, err := a.user(ctx, c, in.User)
		if err != nil && !fault.Is(err, fault.InvalidReference) {
			return rest.Page[event.Entry]{}, err
		}
		user = int64(p.ID)
	}
	if c.Role == rest.User && user != c.User {
		return rest.Page[event.Entry]{}, fault.New(fault.Forbidden, "administrators and observers may see what others did")
	}
	return a.events(ctx, event.Scope{Organisation: c.Organisation, Of: event.OneUser, ID: user}, in.Paging)
}

type supportToken struct {
	Token string `json:"support_token" doc:"An auth token."`
}

func (a *API) createSupportToken(ctx context.Context, c rest.Caller, in *struct {
	User rest.PathID `path:"user_id"`
	Body struct {
		Role value.Opt[value.Text] `json:"role" doc:"1 Administrator, 3 Observer."`
	}
},
) (rest.Created[supportToken], error) {
	role := account.RoleObserver
	if in.Body.Role.Has() {
		role = int64(in.Body.Role.Value)
	}
	if c.Support {
		return rest.Created[supportToken]{}, fault.New(fault.Forbidden, "support does not lead to further support")
	}
	text, err := a.Guard.Support(ctx, account.Supporter{
		Organisation: c.Organisation, User: c.User, Token: c.Token, Username: c.Username,
	}, int64(in.User), role)
	return rest.Created[supportToken]{Body: supportToken{text}}, err
}
