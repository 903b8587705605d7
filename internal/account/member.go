package account

import (
	"errors"
	"fmt"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/list"
	"github.com/simstead/simstead/internal/value"
)

// Member is a user as an organisation sees it.
type Member struct {
	ID           value.ID         `json:"id"`
	Username     string           `json:"username" doc:"E-mail address."`
	Name         string           `json:"name"`
	Created      value.EntityTime `json:"created"`
	Status       value.Described  `json:"status"`
	Organisation value.Named      `json:"organisation" doc:"Where the account is at home."`
}

// Profile is a user in full.
type Profile struct {
	Member
	Roles []value.Named `json:"roles"`
	MFA   []KeyView     `json:"mfa" doc:"Second factors."`
	In    int64         `json:"-"` // organisation that was looked into: the caller's own, or one below it
	Home  int64         `json:"-"` // where the account is
}

// MembersPerPage is how many users a page of the list has by default; the contract does not say.
const MembersPerPage = 100

// MemberList is what q and sort may name in the list of users.
func MemberList() list.Spec {
	return list.Spec{
		IDColumn: "u.id", PerPage: MembersPerPage, MaxPerPage: 1000,
		Fields: map[string]list.Field{
			"id":           {Column: "u.id", Kind: list.Number},
			"status":       {Column: "u.status_id", Kind: list.Number},
			"name":         {Column: "u.name", Kind: list.Text},
			"username":     {Column: "u.username", Kind: list.Text},
			"organisation": {Column: "u.home_id", Kind: list.Number},
			"created":      {Column: "u.created", Kind: list.Day, NoFilter: true},
		},
	}
}

// members are the users that organisation $1 sees: those in it, and those at home in one below it.
const members = `WITH RECURSIVE down (id) AS (
		SELECT id FROM organisation WHERE parent_id = $1
		UNION SELECT o.id FROM down JOIN organisation o ON o.parent_id = down.id),
	seen (organisation_id) AS (SELECT id FROM down UNION SELECT id FROM organisation WHERE id = $1)`

const seen = ` FROM account_user u JOIN seen ON seen.organisation_id = u.organisation_id
	LEFT JOIN organisation h ON h.id = CASE WHEN u.status_id = 0 THEN u.organisation_id ELSE u.home_id END
	WHERE (u.organisation_id = $1 OR u.home_id = u.organisation_id
		AND NOT EXISTS (SELECT 1 FROM account_user own WHERE own.organisation_id = $1 AND own.id = u.id))`

const memberColumns = `u.id, u.username, u.name, u.created, u.status_id, h.id, h.name`

// ListMembers reads a page of the users that an organisation sees, and counts all of them. Whose home is elsewhere is not
// told before the invitation is accepted.
func ListMembers(q db.Queryer, organisation int64, query list.Query) ([]Member, int, error) {
	where, args := query.Where(2)
	args = append([]any{organisation}, args...)
	total, err := db.One(q, db.Int, members+` SELECT COUNT(*)`+seen+where, args...)
	if err != nil {
		return nil, 0, fmt.Errorf("count users: %w", err)
	}
	_, offset, limit, _ := query.Window(int(total))
	rows, err := db.All(q, scanMember, fmt.Sprintf(`%s SELECT %s%s%s ORDER BY %s LIMIT $%d OFFSET $%d`,
		members, memberColumns, seen, where, query.OrderBy(), len(args)+1, len(args)+2), append(args, limit, offset)...)
	if err != nil {
		return nil, 0, fmt.Errorf("list users: %w", err)
	}
	return rows, int(total), nil
}

func scanMember(r *db.Row) Member {
	return Member{
		ID: value.ID(r.Int()), Username: r.Text(), Name: r.Text(), Created: value.EntityTime(r.Int()),
		Status: describe(UserStatuses(), r.Int()), Organisation: value.Named{ID: value.ID(r.Int()), Name: r.Text()},
	}
}

// FindMember reads a user that an organisation sees, by id or, when that is 0, by username.
func FindMember(q db.Queryer, organisation, id int64, username string) (Profile, error) {
	where, by := ` AND u.id = $2`, any(id)
	if id == 0 && username != "" {
		where, by = ` AND LOWER(u.username) = LOWER($2)`, username
	}
	p, err := db.One(q, func(r *db.Row) Profile {
		p := Profile{Member: scanMember(r), In: r.Int(), Home: r.Int()}
		p.Roles = roleSet(r.Int()).named()
		return p
	}, members+` SELECT `+memberColumns+`, u.organisation_id, u.home_id, u.roles`+seen+where, organisation, by)
	if errors.Is(err, db.ErrNone) {
		if username != "" {
			return Profile{}, fault.Missing("User", username)
		}
		return Profile{}, fault.Missing("User", id)
	}
	if err == nil {
		p.MFA, err = keys(q, p.Home, int64(p.ID))
	}
	return p, err
}
