package rest

import (
	"context"
	"net/netip"
)

// Role is what a caller may do at most; each role may do what the ones before it may.
type Role uint8

// The roles of the contract, and Public for what needs no token.
const (
	Public        Role = iota
	Observer           // may read
	User               // may write
	Administrator      // may also manage users
)

// RoleByID returns the role of one of the contract's role ids; Public, which may do nothing, for any other number.
func RoleByID(id int64) Role {
	if id < 1 || id > 3 {
		return Public
	}
	return Role(4 - id)
}

// ID is the contract's number of the role: 1 Administrator, 2 User, 3 Observer.
func (r Role) ID() int64 { return 4 - int64(r) }

// String is the role's name in the contract.
func (r Role) String() string {
	return [...]string{"Public", "Observer", "User", "Administrator"}[r]
}

// OrganisationType is the level of an organisation.
type OrganisationType uint8

// The levels, from the top. An operator sells through resellers to enterprises.
const (
	Operator OrganisationType = iota + 1
	Reseller
	Enterprise
)

// String is the level's name.
func (t OrganisationType) String() string {
	return [...]string{"Any", "Operator", "Reseller", "Enterprise"}[t]
}

// Caller is who sent a request. For a Public operation only From is known.
type Caller struct {
	Organisation int64
	Type         OrganisationType
	Role         Role
	User         int64
	Username     string
	Token        int64  // the application token that stands behind the session; 0 for a user's own
	Support      bool   // somebody of an organisation above is looking after this one; then User and Token are 0
	Session      string // names the bearer token in the logs, and is not one
	From         netip.Addr
}

// Authenticator tells who holds a bearer token. It answers ErrGarbled for text that is no token of ours, and faults
// InvalidToken (revoked, or its user or organisation is gone) and TokenExpired.
type Authenticator interface {
	Authenticate(ctx context.Context, bearer string, from netip.Addr) (Caller, error)
}

// Op is the data of one operation.
type Op struct {
	Method, Path, ID, Tag, Summary, Description string

	Role    Role               // the least role that may call it
	For     []OrganisationType // whose callers may call it; all when empty
	Class   string             // rate class
	Status  int                // of success, where it is not the shape's own
	Invalid int                // of a body with wrong values, where it is not 422
	Errors  []int              // further statuses it answers, for the document
	PerPage int                // rows on a page by default, for the document
	MaxBody int64              // bytes; 0 means 1 MiB
	Near    bool               // the Location of what it makes is a path, without scheme and host

	Examples []Example // of its body, for the document
}

// Example is a body that an operation takes.
type Example struct{ Name, Summary, Body string }

// Bulk is the MaxBody of operations that take many objects at once, in bytes.
const Bulk = 8 << 20

const defaultMaxBody = 1 << 20

// Allows reports whether a caller may call the operation.
func (o Op) Allows(c Caller) bool {
	if c.Role < o.Role {
		return false
	}
	for _, t := range o.For {
		if t == c.Type {
			return true
		}
	}
	return len(o.For) == 0
}
