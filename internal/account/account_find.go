package account

import (
	"context"
	"errors"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
)

// holder is an account with what decides whether somebody gets in with it.
type holder struct {
	home, user         int64
	status             int64
	username, name     string
	password           string // hash, "" = none
	epoch              int64
	lands              int64 // organisation that a login leads to, 0 = home
	organisationStatus int64 // of the home
}

const selectAccount = `SELECT u.organisation_id, u.id, u.status_id, u.username, u.name, COALESCE(c.password, ''), COALESCE(c.epoch, 0),
	COALESCE(c.default_organisation, 0), o.status_id
	FROM account_user u JOIN organisation o ON o.id = u.organisation_id
	LEFT JOIN user_credential c ON c.organisation_id = u.organisation_id AND c.user_id = u.id`

func scanHolder(r *db.Row) holder {
	return holder{
		home: r.Int(), user: r.Int(), status: r.Int(), username: r.Text(), name: r.Text(), password: r.Text(), epoch: r.Int(),
		lands: r.Int(), organisationStatus: r.Int(),
	}
}

// refused says why nobody gets in with an account, "" when somebody may.
func (f *holder) refused() string {
	switch {
	case f.status == UserPending:
		return "it is not activated"
	case f.status != UserActive:
		return "it is suspended"
	case f.organisationStatus != OrganisationActive:
		return "the organisation is suspended"
	}
	return ""
}

// findAccount finds an account by its username.
func (g *Guard) findAccount(ctx context.Context, username string) (holder, bool, error) {
	return g.find(ctx, selectAccount+` JOIN user_route r ON r.organisation_id = u.organisation_id AND r.user_id = u.id WHERE r.username = $1`,
		routed(username))
}

// accountOf finds an account by its home and id.
func (g *Guard) accountOf(ctx context.Context, home, user int64) (holder, bool, error) {
	return g.find(ctx, selectAccount+` WHERE u.organisation_id = $1 AND u.id = $2`, home, user)
}

func (g *Guard) find(ctx context.Context, query string, args ...any) (f holder, ok bool, err error) {
	err = g.db.Read(ctx, func(q db.Queryer) (err error) { f, err = db.One(q, scanHolder, query, args...); return err })
	if errors.Is(err, db.ErrNone) {
		return holder{}, false, nil
	}
	return f, err == nil, err
}

// Self is a user who acts on the own account, from the organisation it is in now.
type Self struct{ Organisation, User int64 }

// self finds the account of a user who acts on it. Programs have none: they are Forbidden.
func (g *Guard) self(ctx context.Context, who Self) (holder, error) {
	if who.User == 0 {
		return holder{}, fault.New(fault.Forbidden, "only users can do this, with an auth token of their own")
	}
	var p place
	err := g.db.Read(ctx, func(q db.Queryer) (err error) { p, err = findPlace(q, who.Organisation, who.User); return err })
	if err != nil {
		return holder{}, err
	}
	acc, ok, err := g.accountOf(ctx, p.home, p.user)
	if err == nil && !ok {
		err = fault.Missing("User", who.User)
	}
	return acc, err
}

// confirm is self for what asks for the password once more. Wrong ones count as failed logins.
func (g *Guard) confirm(ctx context.Context, who Self, field, password string) (holder, error) {
	acc, err := g.self(ctx, who)
	if err != nil {
		return holder{}, err
	}
	suspect := suspect{key: tokenKey{confirmKey, acc.user}}
	if err := g.locked(suspect); err != nil {
		return holder{}, err
	}
	ok, err := g.passwords.matches(ctx, password, acc.password)
	if err != nil {
		return holder{}, err
	}
	if !ok {
		g.failed(suspect)
		return holder{}, fault.Invalid(fault.New(fault.InvalidFormat, "User - %s is wrong", field))
	}
	g.passed(suspect)
	return acc, nil
}
