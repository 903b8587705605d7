package account

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/event"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/mail"
	"github.com/simstead/simstead/internal/value"
)

// Invitation is who shall become a user of an organisation.
type Invitation struct {
	Username     string
	Name         string
	Organisation int64
	Roles        []int64 // none = Administrator
	By           int64   // user of that organisation who invites, 0 = somebody else

	// Room refuses one more user of that organisation. It is asked in the transaction that adds one, so that two who invite
	// at once do not both get the last place. Nil: there is always room.
	Room func(q db.Queryer, organisation int64) error
}

// Invited is a user who has not come yet.
type Invited struct {
	ID     int64
	Roles  []value.Named
	Letter *mail.Letter // holds the key
}

func (i Invitation) check() (roles roleSet, err error) {
	if len(i.Roles) == 0 {
		i.Roles = []int64{RoleAdministrator}
	}
	u := User{Username: i.Username, Name: i.Name, Role: RoleObserver}
	if err := u.check(); err != nil {
		return 0, err
	}
	for _, role := range i.Roles {
		if !isRole(role) {
			return 0, fault.Invalid(fault.New(fault.InvalidReference, "User - roles: there is none with id %d", role))
		}
		roles |= rolesOf(role)
	}
	return roles, nil
}

// Invite makes an inactive user of an organisation. Whoever has an account elsewhere is invited as a guest; the answer does
// not tell which it was, so that nobody learns who else is a customer. A user of that organisation is Duplicated.
func (g *Guard) Invite(ctx context.Context, i Invitation) (Invited, error) {
	roles, err := i.check()
	if err != nil {
		return Invited{}, err
	}
	u := User{Organisation: i.Organisation, Username: i.Username, Name: i.Name, Created: g.clock.Micros(), Status: UserPending, roles: roles}
	if u.ID, err = g.db.NextID(ctx, "user", u.Organisation); err != nil {
		return Invited{}, err
	}
	made := Invited{Roles: roles.named()}
	for range 3 {
		known, err := g.route(ctx, i.Username)
		if err != nil {
			return Invited{}, err
		}
		heads := []int64{i.Organisation}
		if known.home != 0 && known.home != i.Organisation {
			heads = append(heads, known.home)
		}
		err = g.db.Write(ctx, heads, func(tx *db.Tx) (err error) {
			if i.Room != nil {
				if err = i.Room(tx, i.Organisation); err != nil {
					return err
				}
			}
			if made.ID, made.Letter, err = g.invite(tx, u); err != nil {
				return err
			}
			return g.tellInvited(tx, i, made.ID)
		})
		if !errors.Is(err, errMoved) {
			return made, err
		}
	}
	return Invited{}, errMoved
}

// route finds the account of a username; its home is 0 when there is none.
func (g *Guard) route(ctx context.Context, username string) (known place, err error) {
	err = g.db.Read(ctx, func(q db.Queryer) (err error) { known, err = routeOf(q, username); return err })
	return known, err
}

func routeOf(q db.Queryer, username string) (place, error) {
	known, err := db.One(q, func(r *db.Row) place { return place{home: r.Int(), user: r.Int()} },
		`SELECT r.organisation_id, r.user_id FROM user_route r JOIN organisation o ON o.id = r.organisation_id
		WHERE r.username = $1 AND o.status_id <> $2`, routed(username), OrganisationDeleted)
	if errors.Is(err, db.ErrNone) {
		return place{}, nil
	}
	return known, err
}

// invite stores a new account, or that one of elsewhere may come as a guest.
func (g *Guard) invite(tx *db.Tx, u User) (id int64, letter *mail.Letter, err error) {
	known, err := routeOf(tx, u.Username)
	if err != nil {
		return 0, nil, err
	}
	if known.home != 0 {
		if tx.Head(known.home) == nil {
			return 0, nil, errMoved
		}
		letter, err = g.inviteGuest(tx, u, known)
		return known.user, letter, err
	}
	if err := insertUser(tx, u); err != nil {
		return 0, nil, err
	}
	p := place{in: u.Organisation, home: u.Organisation, user: u.ID, username: u.Username, name: u.Name}
	letter, err = g.newKey(tx, mail.Activation, p, u.Organisation, activationLife)
	return u.ID, letter, err
}

// inviteGuest stores a guest who may come.
func (g *Guard) inviteGuest(tx *db.Tx, u User, known place) (*mail.Letter, error) {
	_, err := findPlace(tx, u.Organisation, known.user)
	if err == nil {
		return nil, errTaken(u.Username)
	}
	if !fault.Is(err, fault.InvalidReference) {
		return nil, err
	}
	u.ID, u.Home = known.user, known.home
	if err := insertMember(tx, u); err != nil {
		return nil, err
	}
	_, err = tx.Exec(`INSERT INTO user_workspace (organisation_id, user_id, workspace_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
		known.home, known.user, u.Organisation)
	if err != nil {
		return nil, err
	}
	p := place{in: u.Organisation, home: known.home, user: known.user, username: u.Username, name: u.Name}
	return g.newKey(tx, mail.Invitation, p, u.Organisation, activationLife)
}

func (g *Guard) tellInvited(tx *db.Tx, i Invitation, user int64) error {
	detail, err := json.Marshal(map[string]any{"id": user, "username": i.Username, "name": i.Name, "organisationId": i.Organisation, "userFederated": false})
	if err != nil {
		return err
	}
	now := g.clock.Micros()
	return event.Append(tx, now, event.Event{
		Organisation: i.Organisation, Time: now, Type: event.UserInvited, User: i.By, Detail: string(detail),
		Description: fmt.Sprintf("User %s was invited", i.Username),
	})
}
