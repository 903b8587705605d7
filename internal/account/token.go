package account

import (
	"context"
	"net/netip"
	"strings"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/value"
)

// Statuses of application tokens. A revoked one can be activated again: the contract forbids neither way.
const (
	TokenActivated int64 = 0
	TokenRevoked   int64 = 1
)

// Token is an application token without its secret, which is shown once and not stored.
type Token struct {
	ID          value.ID         `json:"id"`
	Description string           `json:"description"`
	Created     value.EntityTime `json:"created"`
	Status      value.Described  `json:"status"`
	ExpiryDate  value.EntityTime `json:"expiry_date" doc:"From then on the token is good for nothing; null: never."`
	IP          *string          `json:"ip" doc:"Addresses it is good from, as CIDR or one address; null: any."`
	Creator     *Creator         `json:"creator" doc:"Null for a token of the platform's own."`
}

// Creator is the user who made a token, in its list.
type Creator struct {
	ID       value.ID `json:"id"`
	Username string   `json:"username"`
	Name     string   `json:"name"`
}

// NewToken is the body that asks for an application token.
type NewToken struct {
	ID          value.Opt[value.ID]         `json:"id" doc:"Must not be given."`
	Description value.Opt[string]           `json:"description"`
	ExpiryDate  value.Opt[value.EntityTime] `json:"expiry_date" doc:"A date, or a time with or without a zone, in the future."`
	IP          value.Opt[string]           `json:"ip" doc:"CIDR or a single address."`
	// An addition to the contract, which knows no way for a new organisation's first program to get in.
	Organisation value.Opt[value.Ref] `json:"organisation" doc:"Whose token it is: your own organisation, which is meant when it is not told, or one below it."`
}

// TokenPatch is the body that changes one.
type TokenPatch struct {
	Description value.Opt[string]    `json:"description"`
	Status      value.Opt[value.Ref] `json:"status" doc:"0 Activated, 1 Revoked."`
}

// Owner is whom a new token belongs to. It can do what its creator can, from moment to moment.
type Owner struct {
	Organisation int64
	Creator      int64      // a user, 0 = the platform itself
	Role         int64      // of a token without a creator
	Giver        *Supporter // who makes it for an organisation below: its log tells; nil = the organisation itself
}

// CreateToken stores a new token and returns its text, which nobody can learn afterwards.
func CreateToken(ctx context.Context, d *db.DB, c clock.Clock, o Owner, n NewToken) (text string, err error) {
	ip, err := n.check(c.Micros())
	if err != nil {
		return "", err
	}
	id, err := d.NextID(ctx, "application_token", o.Organisation)
	if err != nil {
		return "", err
	}
	text = tokenKey{o.Organisation, id}.newTokenText()
	return text, d.Write(ctx, []int64{o.Organisation}, func(tx *db.Tx) error {
		if tx.Head(o.Organisation) == nil {
			return fault.Missing("Organisation", o.Organisation)
		}
		err := insertToken(tx, o, tokenRow{
			id: id, description: n.Description.Value, hash: fingerprint(text), ip: ip, expiry: int64(n.ExpiryDate.Value), created: c.Micros(),
		})
		if err != nil || o.Giver == nil {
			return err
		}
		return o.Giver.tellToken(tx, c.Micros(), o.Organisation, id)
	})
}

func (n *NewToken) check(now int64) (ip string, err error) {
	var wrong []*fault.Error
	if n.ID.Set {
		wrong = append(wrong, fault.New(fault.NotAllowed, "ApplicationToken - id: must not be given"))
	}
	wrong = append(wrong, fault.Text("ApplicationToken", "description", n.Description.Value, fault.MaxText)...)
	if n.ExpiryDate.Has() && int64(n.ExpiryDate.Value) <= now {
		wrong = append(wrong, fault.New(fault.InvalidFormat, "ApplicationToken - expiry_date: expected a time in the future"))
	}
	ip, ok := canonicalIP(n.IP.Value)
	if !ok {
		wrong = append(wrong, fault.New(fault.InvalidFormat, "ApplicationToken - ip: expected CIDR such as 192.0.2.0/24, or an address"))
	}
	return ip, fault.Invalid(wrong...)
}

// canonicalIP is a CIDR or an address without host bits and without zone; "" is any address.
func canonicalIP(text string) (string, bool) {
	if text == "" {
		return "", true
	}
	if !strings.Contains(text, "/") {
		addr, err := netip.ParseAddr(text)
		return addr.Unmap().String(), err == nil && addr.Zone() == ""
	}
	prefix, err := netip.ParsePrefix(text)
	return prefix.Masked().String(), err == nil && !prefix.Addr().Is4In6()
}

// allows reports whether an address is one that a canonical ip is good for.
func allows(ip string, from netip.Addr) bool {
	if ip == "" {
		return true
	}
	from = from.Unmap()
	if prefix, err := netip.ParsePrefix(ip); err == nil {
		return prefix.Contains(from)
	}
	addr, err := netip.ParseAddr(ip)
	return err == nil && addr == from
}

// PatchToken changes a token. tx holds the organisation's head.
func PatchToken(tx *db.Tx, organisation, id int64, p TokenPatch) error {
	wrong := fault.Text("ApplicationToken", "description", p.Description.Value, fault.MaxText)
	status := int64(p.Status.Value.ID.Value)
	switch {
	case p.Status.Set && !p.Status.Value.ID.Has():
		wrong = append(wrong, fault.New(fault.Required, "ApplicationToken - status: its id is required"))
	case status != TokenActivated && status != TokenRevoked:
		wrong = append(wrong, fault.New(fault.InvalidReference, "ApplicationToken - status: there is none with id %d", status))
	}
	if err := fault.Invalid(wrong...); err != nil {
		return err
	}
	n, err := updateToken(tx, organisation, id, p, status)
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.Missing("ApplicationToken", id)
	}
	if p.Status.Set {
		tx.Head(organisation).Changed()
	}
	return nil
}
