package account

import (
	"context"
	"net/mail"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
)

// Roles of users and of the tokens they create.
const (
	RoleAdministrator int64 = 1
	RoleUser          int64 = 2
	RoleObserver      int64 = 3
)

// Statuses of users.
const (
	UserPending   int64 = 0
	UserActive    int64 = 1
	UserSuspended int64 = 2
)

// User is a user of an organisation.
type User struct {
	Organisation int64
	ID           int64
	Username     string // an e-mail address
	Name         string
	Status       int64
	Role         int64
	Created      int64 // µs
}

// CreateUser checks and stores a new active user and returns the id.
func CreateUser(ctx context.Context, d *db.DB, c clock.Clock, u User) (id int64, err error) {
	u.fill(c)
	if err := u.check(); err != nil {
		return 0, err
	}
	if u.ID, err = d.NextID(ctx, "user", u.Organisation); err != nil {
		return 0, err
	}
	return u.ID, d.Write(ctx, []int64{u.Organisation}, func(tx *db.Tx) error {
		if tx.Head(u.Organisation) == nil {
			return fault.Missing("Organisation", u.Organisation)
		}
		return insertUser(tx, u)
	})
}

// SetUser gives a user another status and role; what its tokens may do follows at once. tx holds the organisation's
// head.
func SetUser(tx *db.Tx, organisation, user, status, role int64) error {
	n, err := tx.Exec(`UPDATE account_user SET status_id = $3, role_id = $4 WHERE organisation_id = $1 AND id = $2`,
		organisation, user, status, role)
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.Missing("User", user)
	}
	tx.Head(organisation).Changed()
	return nil
}

func (u *User) fill(c clock.Clock) { u.Status, u.Created = UserActive, c.Micros() }

func (u *User) check() error {
	var wrong []*fault.Error
	address, err := mail.ParseAddress(u.Username)
	if err != nil || address.Address != u.Username || checkText(u.Username, 1, 254) != "" {
		wrong = append(wrong, fault.New(fault.InvalidFormat, "User - username: expected an e-mail address"))
	}
	if what := checkText(u.Name, 0, 255); what != "" {
		wrong = append(wrong, fault.New(fault.InvalidFormat, "User - name: %s", what))
	}
	if u.Role < RoleAdministrator || u.Role > RoleObserver {
		wrong = append(wrong, fault.New(fault.InvalidReference, "User - role: there is none with id %d", u.Role))
	}
	return fault.Invalid(wrong...)
}

// insertUser stores a user. Under the organisation's head nobody else can take the same username meanwhile.
func insertUser(tx *db.Tx, u User) error {
	taken, err := db.All(tx, db.Int, `SELECT id FROM account_user WHERE organisation_id = $1 AND username = $2`, u.Organisation, u.Username)
	if err != nil {
		return err
	}
	if len(taken) > 0 {
		return fault.New(fault.Duplicated, "User - username: %s exists already", u.Username)
	}
	_, err = tx.Exec(`INSERT INTO account_user (organisation_id, id, username, name, status_id, role_id, created)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`, u.Organisation, u.ID, u.Username, u.Name, u.Status, u.Role, u.Created)
	return err
}
