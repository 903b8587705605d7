package account

import (
	"context"
	"errors"
	"fmt"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/event"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/value"
)

// Workspace is an organisation that a user is in.
type Workspace struct {
	ID      value.ID        `json:"id"`
	Name    string          `json:"name"`
	Status  WorkspaceStatus `json:"status"`
	Roles   []value.Named   `json:"roles"`
	Owner   bool            `json:"owner" doc:"The user is at home there."`
	Default bool            `json:"default_workspace" doc:"A login leads there."`
}

// WorkspaceStatus is a user's status in an organisation. The contract draws it within a status, its clients read it there
// or not.
type WorkspaceStatus struct {
	value.Described
	Status value.Described `json:"status"`
}

// Workspaces lists the organisations that a user is in, as one of them sees it: to the user's home and to the user all, to
// the others themselves.
func Workspaces(q db.Queryer, organisation, user int64, own bool) ([]Workspace, error) {
	p, err := findPlace(q, organisation, user)
	if err != nil {
		return nil, err
	}
	all, err := db.All(q, func(r *db.Row) Workspace {
		w := Workspace{ID: value.ID(r.Int()), Name: r.Text()}
		status := describe(UserStatuses(), r.Int())
		w.Status = WorkspaceStatus{status, status}
		w.Roles = roleSet(r.Int()).named()
		w.Owner = w.ID == value.ID(p.home)
		lands := value.ID(r.Int())
		w.Default = lands == w.ID || lands == 0 && w.Owner
		return w
	}, `SELECT u.organisation_id, o.name, u.status_id, u.roles, COALESCE(c.default_organisation, 0) FROM account_user u
		JOIN organisation o ON o.id = u.organisation_id
		LEFT JOIN user_credential c ON c.organisation_id = $1 AND c.user_id = u.id
		WHERE u.id = $2 AND (u.organisation_id = $1 OR u.organisation_id IN (
			SELECT workspace_id FROM user_workspace WHERE organisation_id = $1 AND user_id = $2))
		ORDER BY u.organisation_id`, p.home, user)
	if err != nil {
		return nil, fmt.Errorf("list workspaces: %w", err)
	}
	if own || !p.guest() {
		return all, nil
	}
	for _, w := range all {
		if int64(w.ID) == organisation {
			return []Workspace{w}, nil
		}
	}
	return nil, nil
}

// Manages is the error of a caller who does not administer a workspace: neither from there nor as a user who is administrator
// there beside. by.Organisation is where the caller is. To whoever is not in it, it looks like a missing one.
func Manages(q db.Queryer, by Actor, workspace int64) error {
	if by.Organisation == workspace {
		return nil // the operation asked for the role already
	}
	role, err := db.One(q, db.Int, `SELECT role_id FROM account_user WHERE organisation_id = $1 AND id = $2 AND status_id = $3`, workspace, by.User, UserActive)
	switch {
	case errors.Is(err, db.ErrNone) || err == nil && by.User == 0:
		return fault.Missing("Workspace", workspace)
	case err == nil && role != RoleAdministrator:
		return fault.New(fault.Forbidden, "you have no permission for this workspace")
	}
	return err
}

// Watches is the error of a caller who may not see what a workspace uses: it is neither the own organisation, nor below it,
// nor one that the user is in.
func Watches(q db.Queryer, by Actor, workspace int64) error {
	below, err := Descendant(q, by.Organisation, workspace)
	if err != nil || below || by.Organisation == workspace {
		return err
	}
	if err := Manages(q, by, workspace); err != nil && !fault.Is(err, fault.Forbidden) {
		return err
	}
	return nil
}

// SetWorkspaceStatus suspends a user in a workspace, or lets it in again.
func (g *Guard) SetWorkspaceStatus(ctx context.Context, by Actor, workspace, user, status int64) error {
	if status != UserActive && status != UserSuspended {
		return fault.Invalid(fault.New(fault.InvalidReference, "User - status: expected 1 or 2"))
	}
	return everywhere(ctx, g.db, workspace, user, func(tx *db.Tx, p place, _ []int64) error {
		return moveStatus(tx, by, p, status)
	})
}

// LeaveWorkspace takes a guest out of a workspace. Nobody leaves home: an account is deleted there.
func (g *Guard) LeaveWorkspace(ctx context.Context, workspace, user int64) error {
	return everywhere(ctx, g.db, workspace, user, func(tx *db.Tx, p place, _ []int64) error {
		if !p.guest() {
			return fault.New(fault.NotAllowed, "the user is at home in this workspace: delete the user instead")
		}
		return removeGuest(tx, p, g.clock.Micros())
	})
}

// SetDefault says where the logins of a user lead. The user must be in that workspace.
func (g *Guard) SetDefault(ctx context.Context, who Self, workspace int64) error {
	acc, err := g.self(ctx, who)
	if err != nil {
		return err
	}
	return g.db.Write(ctx, []int64{acc.home}, func(tx *db.Tx) error {
		if _, err := findPlace(tx, workspace, acc.user); err != nil {
			return fault.New(fault.Forbidden, "you have no permission for this workspace")
		}
		_, err := tx.Exec(`INSERT INTO user_credential (organisation_id, user_id, password, epoch, default_organisation) VALUES ($1, $2, '', 0, $3)
			ON CONFLICT (organisation_id, user_id) DO UPDATE SET default_organisation = excluded.default_organisation`, acc.home, acc.user, workspace)
		return err
	})
}

// Switch gives a user an auth token for another of its organisations. Which others there are is not told.
func (g *Guard) Switch(ctx context.Context, who Self, workspace int64) (string, error) {
	acc, err := g.self(ctx, who)
	if err != nil {
		return "", err
	}
	s, ok, err := g.userStateOf(ctx, tokenKey{workspace, acc.user})
	if err != nil {
		return "", err
	}
	if !ok || s.refusal() != "" {
		return "", fault.Missing("Workspace", workspace)
	}
	now := g.clock.Micros()
	err = g.db.Write(ctx, []int64{workspace}, func(tx *db.Tx) error {
		return event.Append(tx, now, event.Event{
			Organisation: workspace, Time: now, Type: event.UserSwitched, User: acc.user,
			Description: fmt.Sprintf("User %d switched to workspace %d", acc.user, workspace),
		})
	})
	if err != nil {
		return "", err
	}
	return g.signer.issueUser(claims{Organisation: workspace, User: acc.user, Epoch: acc.epoch, Role: s.role})
}
