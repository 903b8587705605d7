package account

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/event"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/value"
)

const supportLife = time.Hour

// supporter is who looks after somebody else's organisation: a user, or a program.
type supporter struct {
	Organisation int64 `json:"org_id"`
	User         int64 `json:"user_id,omitempty"`
	Epoch        int64 `json:"epoch,omitempty"`
	Token        int64 `json:"application_token_id,omitempty"`
}

// Supporter asks to look after a user's organisation. One of User and Token is set.
type Supporter struct {
	Organisation, User, Token int64
	Username                  string
}

// Support gives an administrator an auth token for the organisation of a user below it, for an hour. With it goes the wanted
// role; what is done carries no user, and the organisation's log tells who came.
func (g *Guard) Support(ctx context.Context, by Supporter, user, role int64) (string, error) {
	if role != RoleAdministrator && role != RoleObserver {
		return "", fault.Invalid(fault.New(fault.InvalidReference, "SupportToken - role: expected 1 or 3"))
	}
	target, from, err := g.supported(ctx, by, user)
	if err != nil {
		return "", err
	}
	c := claims{Organisation: target.home, User: target.user, Role: role, Support: &supporter{Organisation: by.Organisation, User: by.User, Token: by.Token}}
	if by.User != 0 {
		s, _, err := g.userStateOf(ctx, tokenKey{by.Organisation, by.User})
		if err != nil {
			return "", err
		}
		c.Support.Epoch = s.epoch
	}
	detail, err := json.Marshal(map[string]any{"support_username": by.Username, "support_user_org": named(by.Organisation, from), "target_username": target.username})
	if err != nil {
		return "", err
	}
	now := g.clock.Micros()
	err = g.db.Write(ctx, []int64{target.home}, func(tx *db.Tx) error {
		return event.Append(tx, now, event.Event{
			Organisation: target.home, Time: now, Type: event.SupportAccess, User: target.user, Detail: string(detail),
			Description: fmt.Sprintf("Support by %s of %s, as %s", by.who(), from, describeRole(role)),
		})
	})
	if err != nil {
		return "", err
	}
	return g.signer.sign(c, "support:"+strconv.FormatInt(target.user, 10), issuer, supportLife)
}

func (s Supporter) who() string {
	if s.User != 0 {
		return s.Username
	}
	return fmt.Sprintf("application token %d", s.Token)
}

// tellToken logs in an organisation whose head tx holds that somebody above it made an application token for it.
func (s Supporter) tellToken(tx *db.Tx, now, organisation, token int64) error {
	from, err := Get(tx, s.Organisation)
	if err != nil {
		return err
	}
	detail, err := json.Marshal(map[string]any{
		"support_username": s.Username, "support_user_org": named(s.Organisation, from.Name), "application_token_id": token,
	})
	if err != nil {
		return err
	}
	return event.Append(tx, now, event.Event{
		Organisation: organisation, Time: now, Type: event.SupportAccess, Detail: string(detail),
		Description: fmt.Sprintf("Application token %d was made by %s of %s", token, s.who(), from.Name),
	})
}

// supported finds the user to be looked after, and the name of the supporter's organisation.
func (g *Guard) supported(ctx context.Context, by Supporter, user int64) (target holder, from string, err error) {
	if by.User == user && user != 0 {
		return target, "", fault.New(fault.Forbidden, "you need no support token for yourself")
	}
	home := int64(0)
	err = g.db.Read(ctx, func(q db.Queryer) (err error) {
		if home, err = db.OwnerOf(q, "user", user); err != nil {
			return err
		}
		below, err := Descendant(q, by.Organisation, home)
		if err != nil {
			return err
		}
		if !below {
			if _, err = findPlace(q, by.Organisation, user); err == nil {
				err = fault.New(fault.Forbidden, "support is for users of organisations below yours")
			}
			return err
		}
		o, err := Get(q, by.Organisation)
		from = o.Name
		return err
	})
	if err != nil {
		return target, "", err
	}
	target, known, err := g.accountOf(ctx, home, user)
	if err == nil && (!known || target.refused() != "") {
		err = fault.Missing("User", user)
	}
	return target, from, err
}

// supporterIs says whether a supporter still is an administrator who gets in.
func (g *Guard) supporterIs(ctx context.Context, s supporter) error {
	if s.User != 0 {
		now, found, err := g.userStateOf(ctx, tokenKey{s.Organisation, s.User})
		if err == nil && (!found || now.refusal() != "" || now.role != RoleAdministrator || now.epoch != s.Epoch) {
			err = errInvalid()
		}
		return err
	}
	now, found, err := g.stateOf(ctx, tokenKey{s.Organisation, s.Token})
	if err == nil && (!found || now.role != RoleAdministrator || now.withdrawn(g.clock.Micros()) != "") {
		err = errInvalid()
	}
	return err
}

func named(id int64, name string) value.Named { return value.Named{ID: value.ID(id), Name: name} }

func describeRole(id int64) string {
	for _, role := range UserRoles() {
		if int64(role.ID) == id {
			return role.Name
		}
	}
	return ""
}
