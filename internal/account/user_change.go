package account

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/event"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/mail"
	"github.com/simstead/simstead/internal/value"
)

// Actor is who changes a user: a user of the organisation, 0 when a program does.
type Actor struct{ Organisation, User int64 }

// UserPatch is the body that changes a user.
type UserPatch struct {
	Username value.Opt[string]    `json:"username" doc:"E-mail address. Another one must be activated before the user gets in again."`
	Name     value.Opt[string]    `json:"name"`
	Status   value.Opt[value.Ref] `json:"status" doc:"1 Active, 2 Suspended."`
}

func (p UserPatch) check() error {
	var wrong []*fault.Error
	if p.Username.Set && !isUsername(p.Username.Value) {
		wrong = append(wrong, fault.New(fault.InvalidFormat, "User - username: expected an e-mail address"))
	}
	wrong = append(wrong, fault.Text("User", "name", p.Name.Value, fault.MaxText)...)
	if p.Status.Set && !p.Status.Value.ID.Has() {
		wrong = append(wrong, fault.New(fault.Required, "User - status: its id is required"))
	} else if id := int64(p.Status.Value.ID.Value); id < UserPending || id > UserSuspended {
		wrong = append(wrong, fault.New(fault.InvalidReference, "User - status: there is none with id %d", id))
	}
	return fault.Invalid(wrong...)
}

// PatchUser changes a user of an organisation. A guest has a status of its own there; all else is its home's to change.
// Who gets another username gets a letter with an activation key.
func (g *Guard) PatchUser(ctx context.Context, by Actor, user int64, patch UserPatch) (letter *mail.Letter, err error) {
	if err := patch.check(); err != nil {
		return nil, err
	}
	err = everywhere(ctx, g.db, by.Organisation, user, func(tx *db.Tx, p place, in []int64) error {
		letter = nil
		if patch.Status.Set {
			if err := moveStatus(tx, by, p, int64(patch.Status.Value.ID.Value)); err != nil {
				return err
			}
		}
		name, username := patch.Name.Set && patch.Name.Value != p.name, patch.Username.Set && patch.Username.Value != p.username
		if (name || username) && p.guest() {
			return fault.Invalid(fault.New(fault.NotAllowed, "User - name and username of a guest are changed at home"))
		}
		if name {
			if err := rename(tx, user, patch.Name.Value, in); err != nil {
				return err
			}
			p.name = patch.Name.Value
		}
		if !username {
			return nil
		}
		letter, err = g.readdress(tx, p, patch.Username.Value, in)
		return err
	})
	return letter, err
}

// moveStatus lets a status go from 1 to 2 and back, and from 0 to 2. Activation alone leads out of 0.
func moveStatus(tx *db.Tx, by Actor, p place, to int64) error {
	switch {
	case to == p.status:
		return nil
	case p.user == by.User:
		return fault.Invalid(fault.New(fault.NotAllowed, "User - status: your own cannot be changed"))
	case to == UserPending || p.status == UserPending && to == UserActive:
		return fault.Invalid(fault.New(fault.NotAllowed, "User - status: %d cannot follow %d", to, p.status))
	}
	_, err := tx.Exec(`UPDATE account_user SET status_id = $3 WHERE organisation_id = $1 AND id = $2`, p.in, p.user, to)
	return err
}

func rename(tx *db.Tx, user int64, name string, in []int64) error {
	for _, organisation := range in {
		if _, err := tx.Exec(`UPDATE account_user SET name = $3 WHERE organisation_id = $1 AND id = $2`, organisation, user, name); err != nil {
			return err
		}
	}
	return nil
}

// readdress gives an account another username. The old password dies with the old mailbox's trust: the new one has to be
// activated first.
func (g *Guard) readdress(tx *db.Tx, p place, username string, in []int64) (*mail.Letter, error) {
	if routed(username) != routed(p.username) {
		n, err := tx.Exec(`INSERT INTO user_route (username, organisation_id, user_id) VALUES ($1, $2, $3) ON CONFLICT (username) DO NOTHING`,
			routed(username), p.home, p.user)
		if err == nil && n == 0 {
			err = errTaken(username)
		}
		if err == nil {
			_, err = tx.Exec(`DELETE FROM user_route WHERE username = $1 AND organisation_id = $2 AND user_id = $3`, routed(p.username), p.home, p.user)
		}
		if err != nil {
			return nil, err
		}
	}
	for _, organisation := range in {
		_, err := tx.Exec(`UPDATE account_user SET username = $3 WHERE organisation_id = $1 AND id = $2`, organisation, p.user, username)
		if err != nil {
			return nil, err
		}
	}
	_, err := tx.Exec(`UPDATE account_user SET status_id = $3 WHERE organisation_id = $1 AND id = $2`, p.home, p.user, UserPending)
	if err == nil {
		err = voidSessions(tx, p.home, p.user)
	}
	if err != nil {
		return nil, err
	}
	p.username = username
	return g.newKey(tx, mail.Activation, p, p.home, activationLife)
}

// voidSessions ends everything that a user has been let in with: auth tokens, refresh tokens, and trust in devices.
func voidSessions(tx *db.Tx, home, user int64) error {
	_, err := tx.Exec(`INSERT INTO user_credential (organisation_id, user_id, password, epoch, default_organisation) VALUES ($1, $2, '', 1, 0)
		ON CONFLICT (organisation_id, user_id) DO UPDATE SET epoch = user_credential.epoch + 1`, home, user)
	for _, table := range []string{"user_session", "user_device"} {
		if err == nil {
			_, err = tx.Exec(`DELETE FROM `+table+` WHERE organisation_id = $1 AND user_id = $2`, home, user)
		}
	}
	return err
}

// DeleteUser removes a user from an organisation: an account of its own altogether, a guest from there alone.
func (g *Guard) DeleteUser(ctx context.Context, by Actor, user int64) error {
	if user == by.User {
		return fault.New(fault.NotAllowed, "you cannot delete yourself")
	}
	return everywhere(ctx, g.db, by.Organisation, user, func(tx *db.Tx, p place, in []int64) error {
		var err error
		now := g.clock.Micros()
		if p.guest() {
			err = removeGuest(tx, p, now)
		} else {
			err = removeAccount(tx, p, in, now)
		}
		if err != nil {
			return err
		}
		detail, err := json.Marshal(map[string]any{"user": map[string]any{"id": p.user, "username": p.username}})
		if err != nil {
			return err
		}
		return event.Append(tx, now, event.Event{
			Organisation: p.in, Time: now, Type: event.UserDeleted, User: by.User, Detail: string(detail),
			Description: fmt.Sprintf("User %s was deleted", p.username),
		})
	})
}

func removeGuest(tx *db.Tx, p place, now int64) error {
	err := removeFrom(tx, p.in, p.user, now)
	if err == nil {
		_, err = tx.Exec(`DELETE FROM user_workspace WHERE organisation_id = $1 AND user_id = $2 AND workspace_id = $3`, p.home, p.user, p.in)
	}
	if err == nil {
		_, err = tx.Exec(`DELETE FROM user_activation WHERE organisation_id = $1 AND user_id = $2 AND workspace_id = $3`, p.home, p.user, p.in)
	}
	return err
}

func removeAccount(tx *db.Tx, p place, in []int64, now int64) error {
	for _, organisation := range in {
		if err := removeFrom(tx, organisation, p.user, now); err != nil {
			return err
		}
	}
	for _, table := range []string{"user_route", "user_workspace", "user_credential", "user_activation", "user_session", "user_mfa", "user_device"} {
		if _, err := tx.Exec(`DELETE FROM `+table+` WHERE organisation_id = $1 AND user_id = $2`, p.home, p.user); err != nil {
			return err
		}
	}
	return nil
}

// GiveRole lets a user of an organisation have one more role there.
func (g *Guard) GiveRole(ctx context.Context, organisation, user, role int64) error {
	return g.changeRoles(ctx, organisation, user, role, func(s roleSet) (roleSet, error) {
		if s.has(role) {
			return s, fault.New(fault.Duplicated, "the user has role %d already", role)
		}
		return s | rolesOf(role), nil
	})
}

// TakeRole takes one of its roles from a user of an organisation; the last one stays.
func (g *Guard) TakeRole(ctx context.Context, organisation, user, role int64) error {
	return g.changeRoles(ctx, organisation, user, role, func(s roleSet) (roleSet, error) {
		switch left := s &^ rolesOf(role); {
		case left == s:
			return s, fault.Missing("Role", role)
		case left == 0:
			return s, fault.New(fault.NotAllowed, "the last role of a user cannot be taken")
		default:
			return left, nil
		}
	})
}

func (g *Guard) changeRoles(ctx context.Context, organisation, user, role int64, change func(roleSet) (roleSet, error)) error {
	return g.db.Write(ctx, []int64{organisation}, func(tx *db.Tx) error {
		p, err := findPlace(tx, organisation, user)
		if err != nil {
			return err
		}
		if !isRole(role) {
			return fault.Missing("Role", role)
		}
		roles, err := change(p.roles)
		if err != nil {
			return err
		}
		_, err = tx.Exec(`UPDATE account_user SET role_id = $3, roles = $4 WHERE organisation_id = $1 AND id = $2`,
			organisation, user, roles.strongest(), int64(roles))
		tx.Head(organisation).Changed()
		return err
	})
}
