package api

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/stats"
	"github.com/simstead/simstead/internal/value"
)

func (a *API) workspaceRoutes(r *rest.API) {
	const tag, list = "workspaces", "/api/v2/user/{user_id}/workspace"
	const one = list + "/{workspace_id}"
	do := func(method, path, id, summary string) rest.Op {
		return rest.Op{Method: method, Path: path, ID: id, Tag: tag, Role: rest.Administrator, Summary: summary, Errors: []int{400, 404, 409, 422}}
	}
	rest.Get(r, rest.Op{
		Method: http.MethodPost, Path: "/api/v1/authenticate/workspace", ID: "authenticate-workspace", Tag: tag, Role: rest.Observer,
		Summary: "Get an auth token for another of your workspaces; the old one stays good", Errors: []int{401, 404},
	}, a.switchWorkspace)
	rest.Table(r, rest.Op{
		Path: list, ID: "get-assigned-workspaces", Tag: tag, Role: rest.Observer, Summary: "List the workspaces of a user", Errors: []int{404},
	}, a.listWorkspaces)
	rest.Get(r, rest.Op{
		Path: "/api/v2/workspace/stats/daily", ID: "get-workspace-daily-stats", Tag: tag, Role: rest.Observer, Class: "list",
		Summary: "Get the traffic of your workspace, or of several together, by day", Errors: []int{404, 422},
	}, a.getWorkspaceDays)
	rest.Do(r, do(http.MethodPatch, one, "update-workspace-user-status", "Suspend a user in a workspace, or let it in again"), a.patchWorkspace)
	rest.Do(r, do(http.MethodDelete, one, "unassign-workspaces", "Take a guest out of a workspace"), a.leaveWorkspace)
	rest.Do(r, do(http.MethodPut, one+"/role/{role_id}", "assign-user-role-by-id", "Give a user a role in a workspace"), a.giveWorkspaceRole)
	rest.Do(r, do(http.MethodDelete, one+"/role/{role_id}", "remove-user-role-by-id", "Take a role in a workspace from a user"), a.takeWorkspaceRole)
	rest.Get(r, rest.Op{
		Method: http.MethodPut, Path: "/api/v2/user/{user_id}/default_organisation/{workspace_id}", ID: "update-default-workspace", Tag: tag,
		Role: rest.Observer, Summary: "Say which workspace your logins lead to",
	}, a.setDefaultWorkspace)
}

type workspaceToken struct {
	AuthToken string `json:"auth_token"`
}

func (a *API) switchWorkspace(ctx context.Context, c rest.Caller, in *struct {
	Body struct {
		Target value.Ref `json:"target_organisation" required:"true"`
	}
},
) (*workspaceToken, error) {
	if c.User == 0 {
		return nil, fault.New(fault.InvalidToken, "only a user's own auth token can be traded for another workspace's")
	}
	token, err := a.Guard.Switch(ctx, self(c), int64(in.Body.Target.ID.Value))
	return &workspaceToken{token}, err
}

func (a *API) listWorkspaces(ctx context.Context, c rest.Caller, in *userPath) ([]account.Workspace, error) {
	own := c.User != 0 && in.User.Of(c) == c.User
	if !own && c.Role < rest.Administrator {
		return nil, missingUser(in.User)
	}
	by, user, err := a.manage(ctx, c, in.User)
	if err != nil {
		return nil, err
	}
	return read(ctx, a, func(q db.Queryer) ([]account.Workspace, error) {
		return account.Workspaces(q, by.Organisation, user, own)
	})
}

type workspacePath struct {
	User      rest.UserID `path:"user_id"`
	Workspace rest.PathID `path:"workspace_id"`
}

type workspaceRole struct {
	workspacePath
	Role rest.PathID `path:"role_id"`
}

// inWorkspace finds out whether the caller may change a user of a workspace, and which user that is.
func (a *API) inWorkspace(ctx context.Context, c rest.Caller, in workspacePath) (by account.Actor, user int64, err error) {
	by = account.Actor{Organisation: c.Organisation, User: c.User}
	err = a.DB.Read(ctx, func(q db.Queryer) error { return account.Manages(q, by, int64(in.Workspace)) })
	if err != nil {
		return by, 0, err
	}
	p, err := read(ctx, a, func(q db.Queryer) (account.Profile, error) {
		return account.FindMember(q, int64(in.Workspace), in.User.Of(c), in.User.Username)
	})
	if err == nil && p.In != int64(in.Workspace) {
		err = fault.Missing("User", p.ID)
	}
	if err == nil && int64(p.ID) == c.User {
		err = fault.New(fault.BadRequest, "you cannot change your own account here")
	}
	return by, int64(p.ID), err
}

func (a *API) patchWorkspace(ctx context.Context, c rest.Caller, in *struct {
	workspacePath
	Body struct {
		Status value.Ref `json:"status" required:"true" doc:"1 Active, 2 Suspended."`
	}
},
) error {
	by, user, err := a.inWorkspace(ctx, c, in.workspacePath)
	if err != nil {
		return err
	}
	return a.Guard.SetWorkspaceStatus(ctx, by, int64(in.Workspace), user, int64(in.Body.Status.ID.Value))
}

func (a *API) leaveWorkspace(ctx context.Context, c rest.Caller, in *workspacePath) error {
	_, user, err := a.inWorkspace(ctx, c, *in)
	if err != nil {
		return err
	}
	return a.Guard.LeaveWorkspace(ctx, int64(in.Workspace), user)
}

func (a *API) giveWorkspaceRole(ctx context.Context, c rest.Caller, in *workspaceRole) error {
	_, user, err := a.inWorkspace(ctx, c, in.workspacePath)
	if err != nil {
		return err
	}
	return a.Guard.GiveRole(ctx, int64(in.Workspace), user, int64(in.Role))
}

func (a *API) takeWorkspaceRole(ctx context.Context, c rest.Caller, in *workspaceRole) error {
	_, user, err := a.inWorkspace(ctx, c, in.workspacePath)
	if err != nil {
		return err
	}
	return a.Guard.TakeRole(ctx, int64(in.Workspace), user, int64(in.Role))
}

func (a *API) setDefaultWorkspace(ctx context.Context, c rest.Caller, in *workspacePath) (*rest.Empty, error) {
	if c.User == 0 || in.User.Of(c) != c.User {
		return nil, missingUser(in.User)
	}
	return &rest.Empty{}, a.Guard.SetDefault(ctx, self(c), int64(in.Workspace))
}

// getWorkspaceDays answers one object, as the contract draws it, also for several workspaces: their sum.
func (a *API) getWorkspaceDays(ctx context.Context, c rest.Caller, in *struct {
	organisationDates
	Workspaces string `query:"workspace_ids" doc:"Ids parted by commas: yours, ones below it, or ones that you are in. Yours when not given."`
},
) (*stats.WorkspaceDays, error) {
	workspaces := []int64{c.Organisation}
	if in.Workspaces != "" {
		workspaces = nil
		for text := range strings.SplitSeq(in.Workspaces, ",") {
			id, err := value.ParseID(strings.TrimSpace(text))
			if err != nil || len(workspaces) >= maxWorkspaces {
				return nil, fault.New(fault.InvalidFormat, "workspace_ids: expected up to %d ids parted by commas", maxWorkspaces)
			}
			if !slices.Contains(workspaces, int64(id)) {
				workspaces = append(workspaces, int64(id))
			}
		}
	}
	return read(ctx, a, func(q db.Queryer) (*stats.WorkspaceDays, error) {
		for _, workspace := range workspaces {
			if err := account.Watches(q, account.Actor{Organisation: c.Organisation, User: c.User}, workspace); err != nil {
				return nil, err
			}
		}
		return stats.InWorkspaces(q, workspaces, a.Clock.Micros(), in.Start, in.End)
	})
}

const maxWorkspaces = 100 // of one answer
