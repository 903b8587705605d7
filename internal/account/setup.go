package account

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/value"
)

const setupSetting = "setup_token"

// SetupToken makes the one-time token that sets up an empty database and returns its text, "" when there is an
// organisation already. Each start makes a new one, since only a hash is kept; the one before is void then.
func SetupToken(ctx context.Context, d *db.DB) (string, error) {
	text := setupPrefix + newSecret()
	done := false
	err := d.Write(ctx, nil, func(tx *db.Tx) (err error) {
		if done, err = isSetUp(tx); done || err != nil {
			return err
		}
		_, err = tx.Exec(`INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
			setupSetting, hex.EncodeToString(fingerprint(text)))
		return err
	})
	if err != nil {
		return "", fmt.Errorf("setup token: %w", err)
	}
	if done {
		return "", nil
	}
	return text, nil
}

// Setup is the body that makes the operator of an empty platform.
type Setup struct {
	SetupToken   string            `json:"setup_token" required:"true" doc:"What the first start printed."`
	Organisation SetupOrganisation `json:"organisation" required:"true"`
	Username     string            `json:"username" required:"true" doc:"E-mail address of the administrator."`
	Name         value.Opt[string] `json:"name" doc:"Name of the administrator."`
}

// SetupOrganisation is the operator to be.
type SetupOrganisation struct {
	Name     string               `json:"name" required:"true"`
	Country  value.Opt[value.Ref] `json:"country"`
	Currency value.Opt[value.Ref] `json:"currency" doc:"Euro when absent."`
	TimeZone value.Opt[string]    `json:"time_zone" doc:"IANA name, UTC when absent: where billing months end."`
}

// SetUp is what a setup made. The application token is shown only here.
type SetUp struct {
	ApplicationToken string      `json:"application_token"`
	Organisation     value.Named `json:"organisation"`
	User             struct {
		ID value.ID `json:"id"`
	} `json:"user"`
}

// setupKey is what failed attempts at the setup count for.
func setupKey() tokenKey { return tokenKey{organisation: -1} }

// Setup makes the operator organisation, its administrator and a first application token. It works once; who comes
// with a wrong setup token gets ErrRefused or, in time, TooManyRequests.
func (g *Guard) Setup(ctx context.Context, from netip.Addr, s Setup) (SetUp, error) {
	who := suspectOf(from, setupKey())
	if err := g.locked(who); err != nil {
		return SetUp{}, err
	}
	hash := hex.EncodeToString(fingerprint(s.SetupToken))
	o := Organisation{
		Type: Operator, Name: strings.TrimSpace(s.Organisation.Name), TimeZone: s.Organisation.TimeZone.Value,
		Country:  int64(s.Organisation.Country.Value.ID.Value),
		Currency: int64(s.Organisation.Currency.Value.ID.Value),
	}
	o.fill(g.clock)
	u := User{Username: s.Username, Name: s.Name.Value, Role: RoleAdministrator}
	u.fill(g.clock)
	err := g.db.Read(ctx, func(q db.Queryer) error {
		if err := checkSetup(q, hash); err != nil {
			return err
		}
		if err := o.check(q); err != nil {
			return err
		}
		return u.check()
	})
	if errors.Is(err, ErrRefused) {
		g.failed(who)
	}
	if err != nil {
		return SetUp{}, err
	}
	g.passed(who)
	return g.setUp(ctx, hash, o, u)
}

func (g *Guard) setUp(ctx context.Context, hash string, o Organisation, u User) (made SetUp, err error) {
	if o.ID, err = g.db.NextID(ctx, "organisation", 0); err != nil {
		return SetUp{}, err
	}
	if u.ID, err = g.db.NextID(ctx, "user", o.ID); err != nil {
		return SetUp{}, err
	}
	token, err := g.db.NextID(ctx, "application_token", o.ID)
	if err != nil {
		return SetUp{}, err
	}
	u.Organisation = o.ID
	text := tokenKey{o.ID, token}.newTokenText()
	err = g.db.Write(ctx, nil, func(tx *db.Tx) error {
		// Taking the token out is what makes one of two at once the first: the other waits here and finds nothing.
		taken, err := tx.Exec(`DELETE FROM setting WHERE name = $1 AND value = $2`, setupSetting, hash)
		if err != nil {
			return err
		}
		done, err := isSetUp(tx)
		if err != nil {
			return err
		}
		if taken == 0 || done {
			return errSetUp()
		}
		if err := insertOrganisation(tx, o); err != nil {
			return err
		}
		if err := insertUser(tx, u); err != nil {
			return err
		}
		return insertToken(tx, Owner{Organisation: o.ID, Creator: u.ID, Role: RoleAdministrator}, tokenRow{
			id: token, description: "Made by the setup", hash: fingerprint(text), created: o.Created,
		})
	})
	if err != nil {
		return SetUp{}, err
	}
	made.ApplicationToken, made.Organisation = text, value.Named{ID: value.ID(o.ID), Name: o.Name}
	made.User.ID = value.ID(u.ID)
	return made, nil
}

// checkSetup says whether a setup may go on with the token of the given hash. The token is read first: it goes away in
// the transaction that brings the organisation, so who misses it sees the organisation. Comparing hashes takes no time
// that would tell anything about the token.
func checkSetup(q db.Queryer, hash string) error {
	known, err := db.All(q, db.Text, `SELECT value FROM setting WHERE name = $1`, setupSetting)
	if err != nil {
		return err
	}
	done, err := isSetUp(q)
	if err != nil {
		return err
	}
	if done {
		return errSetUp()
	}
	if len(known) == 0 || known[0] != hash {
		return ErrRefused
	}
	return nil
}

func isSetUp(q db.Queryer) (bool, error) {
	some, err := db.All(q, db.Int, `SELECT id FROM organisation LIMIT 1`)
	return len(some) > 0, err
}

func errSetUp() error { return fault.New(fault.Forbidden, "the platform has been set up already") }
