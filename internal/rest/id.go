package rest

import (
	"errors"
	"strings"

	"github.com/simstead/simstead/internal/value"
)

// PathID is an id in a path. It is read from 12 or 12.0.
type PathID int64

// UnmarshalText implements encoding.TextUnmarshaler.
func (id *PathID) UnmarshalText(text []byte) error {
	n, err := value.ParseID(string(text))
	*id = PathID(n)
	return err
}

// OrgID is an organisation's id in a path, or "my" for the caller's own.
type OrgID struct {
	ID int64
	My bool
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (o *OrgID) UnmarshalText(text []byte) (err error) {
	o.ID, o.My, err = idOrMy(string(text))
	return err
}

// Of is the organisation meant by the given caller.
func (o OrgID) Of(c Caller) int64 {
	if o.My {
		return c.Organisation
	}
	return o.ID
}

// UserID is a user's id in a path, "my" for the caller, or a username.
type UserID struct {
	ID       int64
	My       bool
	Username string // set when the path names the user by its e-mail address; then ID is 0
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (u *UserID) UnmarshalText(text []byte) (err error) {
	if strings.Contains(string(text), "@") {
		u.Username = string(text)
		return nil
	}
	u.ID, u.My, err = idOrMy(string(text))
	return err
}

// Of is the id of the user meant by the given caller; 0 when the path has a username.
func (u UserID) Of(c Caller) int64 {
	if u.My {
		return c.User
	}
	return u.ID
}

func idOrMy(text string) (id int64, my bool, err error) {
	if text == "my" {
		return 0, true, nil
	}
	n, err := value.ParseID(text)
	if err != nil {
		err = errors.New(`id must be a whole number or "my"`)
	}
	return int64(n), false, err
}
