package account

import (
	"context"
	"errors"
	"slices"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
)

// place is where a user was found: in an organisation, with its home.
type place struct {
	in, home, user int64
	username, name string
	status         int64
	roles          roleSet
}

func (p place) guest() bool { return p.in != p.home }

// findPlace finds a user in an organisation. Users of other organisations are missing.
func findPlace(q db.Queryer, organisation, user int64) (place, error) {
	p, err := db.One(q, func(r *db.Row) place {
		return place{in: organisation, user: user, home: r.Int(), username: r.Text(), name: r.Text(), status: r.Int(), roles: roleSet(r.Int())}
	}, `SELECT home_id, username, name, status_id, roles FROM account_user WHERE organisation_id = $1 AND id = $2`, organisation, user)
	if errors.Is(err, db.ErrNone) {
		return place{}, fault.Missing("User", user)
	}
	return p, err
}

// workspaces lists the organisations that a user is in, its home first.
func workspaces(q db.Queryer, home, user int64) ([]int64, error) {
	guest, err := db.All(q, db.Int, `SELECT workspace_id FROM user_workspace WHERE organisation_id = $1 AND user_id = $2 ORDER BY workspace_id`, home, user)
	return append([]int64{home}, guest...), err
}

// errMoved asks everywhere to read the organisations again.
var errMoved = errors.New("the user's organisations have changed meanwhile")

// everywhere runs a change of an account under the heads of all organisations that the user is in, and lets each of them
// know: what the user's tokens may do is read again. p is the user as it is then.
func everywhere(ctx context.Context, d *db.DB, organisation, user int64, fn func(tx *db.Tx, p place, in []int64) error) (err error) {
	for range 3 {
		var in []int64
		err = d.Read(ctx, func(q db.Queryer) error {
			p, err := findPlace(q, organisation, user)
			if err == nil {
				in, err = workspaces(q, p.home, user)
			}
			return err
		})
		if err != nil {
			return err
		}
		err = d.Write(ctx, in, func(tx *db.Tx) error {
			p, err := findPlace(tx, organisation, user)
			if err != nil {
				return err
			}
			now, err := workspaces(tx, p.home, user)
			if err != nil {
				return err
			}
			for _, id := range now {
				if !slices.Contains(in, id) {
					return errMoved
				}
				tx.Head(id).Changed()
			}
			return fn(tx, p, now)
		})
		if !errors.Is(err, errMoved) {
			return err
		}
	}
	return err
}
