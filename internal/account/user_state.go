package account

import (
	"context"
	"errors"
	"fmt"

	"github.com/simstead/simstead/internal/db"
)

// userState is a user in an organisation as it is now, with all that decides whether an auth token is good.
type userState struct {
	username           string
	role               int64
	status             int64 // there
	homeStatus         int64 // at home
	epoch              int64
	organisationStatus int64
	organisationType   int64
	homeOrganisation   int64 // status of the home
	version            int64 // of the organisation, when this was read
	read               int64 // µs, when that was
}

// refusal says why a user is not let into the organisation, "" when it is.
func (s *userState) refusal() string {
	switch {
	case s.status != UserActive || s.homeStatus != UserActive:
		return "the user is not active"
	case s.organisationStatus != OrganisationActive || s.homeOrganisation != OrganisationActive:
		return "the organisation is suspended"
	}
	return ""
}

// userStateOf is stateOf for users. A change at home raises the version of every organisation that the user is in.
func (g *Guard) userStateOf(ctx context.Context, k tokenKey) (userState, bool, error) {
	now := g.clock.Micros()
	g.mu.Lock()
	s, ok := g.users.get(k)
	newest, _ := g.versions.get(k.organisation)
	g.mu.Unlock()
	if age := now - s.read; ok && s.version >= newest && age >= 0 && age < stale {
		return s, true, nil
	}
	found := false
	err := g.db.Read(ctx, func(q db.Queryer) (err error) { s, found, err = readUserState(q, k); return err })
	if err != nil {
		return userState{}, false, fmt.Errorf("read user: %w", err)
	}
	s.read = now
	g.mu.Lock()
	defer g.mu.Unlock()
	if found {
		g.users.put(k, s)
	} else {
		g.users.drop(k)
	}
	return s, found, nil
}

func readUserState(q db.Queryer, k tokenKey) (userState, bool, error) {
	s, err := db.One(q, func(r *db.Row) userState {
		return userState{
			username: r.Text(), role: r.Int(), status: r.Int(), homeStatus: r.Int(), epoch: r.Int(), organisationStatus: r.Int(),
			organisationType: r.Int(), homeOrganisation: r.Int(), version: r.Int(),
		}
	}, `SELECT u.username, u.role_id, u.status_id, m.status_id, COALESCE(c.epoch, 0), o.status_id, o.type_id, ho.status_id, h.config_version
		FROM account_user u
		JOIN organisation o ON o.id = u.organisation_id
		JOIN organisation_head h ON h.organisation_id = u.organisation_id
		JOIN account_user m ON m.organisation_id = u.home_id AND m.id = u.id
		JOIN organisation ho ON ho.id = u.home_id
		LEFT JOIN user_credential c ON c.organisation_id = u.home_id AND c.user_id = u.id
		WHERE u.organisation_id = $1 AND u.id = $2`, k.organisation, k.id)
	if errors.Is(err, db.ErrNone) {
		return userState{}, false, nil
	}
	return s, err == nil, err
}

// authenticateUser tells who holds a user's auth token.
func (g *Guard) authenticateUser(ctx context.Context, c claims, session string) (Identity, error) {
	s, found, err := g.userStateOf(ctx, tokenKey{c.Organisation, c.User})
	if err != nil {
		return Identity{}, err
	}
	if !found || s.refusal() != "" {
		return Identity{}, errInvalid()
	}
	if c.Support != nil {
		if err := g.supporterIs(ctx, *c.Support); err != nil {
			return Identity{}, err
		}
		return Identity{Organisation: c.Organisation, Type: s.organisationType, Role: c.Role, Support: true, Session: session}, nil
	}
	if s.role != c.Role || s.epoch != c.Epoch {
		return Identity{}, errInvalid()
	}
	return Identity{
		Organisation: c.Organisation, Type: s.organisationType, Role: s.role, User: c.User, Username: s.username, Session: session,
	}, nil
}
