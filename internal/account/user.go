package account

import (
	"context"
	"net/mail"
	"strings"

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

// Statuses of users, in each of their organisations.
const (
	UserPending   int64 = 0
	UserActive    int64 = 1
	UserSuspended int64 = 2
)

// User is a user of an organisation: one of its own, or a guest whose home is another one.
type User struct {
	Organisation int64
	ID           int64  // the same in all organisations that a user is in
	Home         int64  // organisation of the account; 0 = this one, when it is created
	Username     string // an e-mail address
	Name         string
	Status       int64
	Role         int64 // the strongest of Roles
	Created      int64 // µs
	roles        roleSet
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

// CountUsers counts the users of an organisation, its guests among them.
func CountUsers(q db.Queryer, organisation int64) (int64, error) {
	return db.One(q, db.Int, `SELECT COUNT(*) FROM account_user WHERE organisation_id = $1`, organisation)
}

// SetUser gives a user another status and role; what its tokens may do follows at once. tx holds the organisation's
// head.
func SetUser(tx *db.Tx, organisation, user, status, role int64) error {
	n, err := tx.Exec(`UPDATE account_user SET status_id = $3, role_id = $4, roles = $5 WHERE organisation_id = $1 AND id = $2`,
		organisation, user, status, role, int64(rolesOf(role)))
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.Missing("User", user)
	}
	tx.Head(organisation).Changed()
	return nil
}

func (u *User) fill(c clock.Clock) {
	u.Status, u.Created = UserActive, c.Micros()
	if u.roles == 0 {
		u.roles = rolesOf(u.Role)
	}
}

func (u *User) check() error {
	var wrong []*fault.Error
	if !isUsername(u.Username) {
		wrong = append(wrong, fault.New(fault.InvalidFormat, "User - username: expected an e-mail address"))
	}
	wrong = append(wrong, fault.Text("User", "name", u.Name, fault.MaxText)...)
	if !isRole(u.Role) {
		wrong = append(wrong, fault.New(fault.InvalidReference, "User - role: there is none with id %d", u.Role))
	}
	return fault.Invalid(wrong...)
}

func isUsername(text string) bool {
	address, err := mail.ParseAddress(text)
	return err == nil && address.Address == text && fault.IsText(text, 254)
}

// insertUser stores a user whose home is where it is created. The route lets nobody else have the username, but for whoever
// had it in an organisation that is gone.
func insertUser(tx *db.Tx, u User) error {
	_, err := tx.Exec(`DELETE FROM user_route WHERE username = $1 AND organisation_id IN (SELECT id FROM organisation WHERE status_id = $2)`,
		routed(u.Username), OrganisationDeleted)
	if err != nil {
		return err
	}
	taken, err := tx.Exec(`INSERT INTO user_route (username, organisation_id, user_id) VALUES ($1, $2, $3) ON CONFLICT (username) DO NOTHING`,
		routed(u.Username), u.Organisation, u.ID)
	if err != nil {
		return err
	}
	if taken == 0 {
		return errTaken(u.Username)
	}
	u.Home = u.Organisation
	return insertMember(tx, u)
}

// insertMember stores that a user is in an organisation.
func insertMember(tx *db.Tx, u User) error {
	_, err := tx.Exec(`INSERT INTO account_user (organisation_id, id, home_id, username, name, status_id, role_id, roles, created)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		u.Organisation, u.ID, u.Home, u.Username, u.Name, u.Status, u.roles.strongest(), int64(u.roles), u.Created)
	return err
}

// routed is a username as it is looked for: nobody means another mailbox by other capitals.
func routed(username string) string { return strings.ToLower(username) }

func errTaken(username string) error {
	return fault.New(fault.Duplicated, "User - username: %s exists already", username)
}
