package account

import (
	"context"
	"crypto/sha256"
	"errors"
	"net/netip"
	"strconv"
	"time"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/mail"
	"github.com/simstead/simstead/internal/value"
)

const (
	halfwayLife = 10 * time.Minute // of an MFA token
	trustLife   = 90 * clock.Day   // of a device
	maxDevices  = 50               // of a user; the oldest give way
)

// Device is one that a user trusts: no second factor is asked for there.
type Device struct {
	ID              value.ID         `json:"id"`
	OperatingSystem string           `json:"operating_system"`
	Browser         string           `json:"browser"`
	Name            string           `json:"name"`
	Activated       value.EntityTime `json:"activation_date"`
}

// NewDevice is a device that is to be trusted.
type NewDevice struct {
	Fingerprint     string            `json:"fingerprint" required:"true" doc:"What the device alone can tell again."`
	OperatingSystem string            `json:"operating_system" required:"true"`
	Browser         string            `json:"browser" required:"true"`
	Name            value.Opt[string] `json:"name"`
}

func (d NewDevice) check() error {
	wrong := fault.RequiredText("TrustedDevice", "fingerprint", d.Fingerprint, fault.MaxText)
	for _, field := range []struct{ name, text string }{{"operating_system", d.OperatingSystem}, {"browser", d.Browser}, {"name", d.Name.Value}} {
		wrong = append(wrong, fault.Text("TrustedDevice", field.name, field.text, fault.MaxText)...)
	}
	return fault.Invalid(wrong...)
}

// afterPassword lets a user in, or asks for the second factor where there is one and the device is not trusted.
func (g *Guard) afterPassword(ctx context.Context, acc holder, fingerprintText string) (Passage, error) {
	var all []key
	trusted := false
	err := g.db.Read(ctx, func(q db.Queryer) (err error) {
		if all, err = keysOf(q, acc.home, acc.user); err != nil || fingerprintText == "" {
			return err
		}
		_, err = db.One(q, db.Int, `SELECT id FROM user_device WHERE organisation_id = $1 AND user_id = $2 AND fingerprint_hash = $3 AND expires > $4`,
			acc.home, acc.user, hashOf(fingerprintText), g.clock.Micros())
		trusted = err == nil
		if errors.Is(err, db.ErrNone) {
			err = nil
		}
		return err
	})
	if err != nil {
		return Passage{}, err
	}
	second, email := false, key{}
	for _, k := range all {
		if k.status == KeyActive {
			second = true
			if k.kind == KeyEmail {
				email = k
			}
		}
	}
	if !second || trusted {
		return g.letIn(ctx, acc, acc.lands)
	}
	text, err := g.signer.sign(claims{Organisation: acc.home, User: acc.user, Epoch: acc.epoch}, "user:"+strconv.FormatInt(acc.user, 10), halfway, halfwayLife)
	if err != nil || email.id == 0 {
		return Passage{MFAToken: text}, err
	}
	letter, err := g.sendCode(ctx, acc, email)
	return Passage{MFAToken: text, Letter: letter}, err
}

// sendCode puts a new code in the place of the one before.
func (g *Guard) sendCode(ctx context.Context, acc holder, k key) (*mail.Letter, error) {
	hash, expires, letter := g.newCode(acc)
	return letter, g.db.Write(ctx, []int64{acc.home}, func(tx *db.Tx) error {
		_, err := tx.Exec(`UPDATE user_mfa SET code_hash = $4, code_expires = $5 WHERE organisation_id = $1 AND user_id = $2 AND id = $3`,
			acc.home, acc.user, k.id, hash, expires)
		return err
	})
}

// LoginCode lets a user in who has shown the password, by a code of a second factor; and trusts the device from then on
// when one is given.
func (g *Guard) LoginCode(ctx context.Context, from netip.Addr, mfaToken, code string, device *NewDevice) (Passage, error) {
	c, err := g.signer.read(g.signer.halves, mfaToken)
	if err != nil || c.User == 0 || g.clock.Micros() >= c.ExpiresAt.UnixMicro() {
		return Passage{}, ErrRefused
	}
	who := suspect{key: tokenKey{confirmKey, c.User}}
	if err := g.locked(who); err != nil {
		return Passage{}, err
	}
	if device != nil {
		if err := device.check(); err != nil {
			return Passage{}, err
		}
	}
	acc, known, err := g.accountOf(ctx, c.Organisation, c.User)
	if err != nil {
		return Passage{}, err
	}
	if !known || acc.epoch != c.Epoch || acc.refused() != "" {
		return Passage{}, ErrRefused
	}
	good, err := g.useAny(ctx, acc, code, device)
	if err != nil {
		return Passage{}, err
	}
	if !good {
		g.failed(who)
		g.tellLogin(ctx, acc, from, "the code is wrong")
		return Passage{}, ErrRefused
	}
	g.passed(who)
	return g.letIn(ctx, acc, acc.lands)
}

// useAny tries a code on all active keys.
func (g *Guard) useAny(ctx context.Context, acc holder, code string, device *NewDevice) (good bool, err error) {
	id := int64(0)
	if device != nil {
		if id, err = g.db.NextID(ctx, "user_device", acc.home); err != nil {
			return false, err
		}
	}
	err = g.db.Write(ctx, []int64{acc.home}, func(tx *db.Tx) error {
		good = false
		all, err := keysOf(tx, acc.home, acc.user)
		for _, k := range all {
			if err == nil && k.status == KeyActive && !good {
				good, err = g.use(tx, acc, k, code)
			}
		}
		if err != nil || !good || device == nil {
			return err
		}
		return g.trust(tx, acc, id, *device)
	})
	return good, err
}

func (g *Guard) trust(tx *db.Tx, acc holder, id int64, d NewDevice) error {
	now := g.clock.Micros()
	_, err := tx.Exec(`DELETE FROM user_device WHERE organisation_id = $1 AND user_id = $2 AND (expires <= $3 OR fingerprint_hash = $4 OR id IN (
		SELECT id FROM user_device WHERE organisation_id = $1 AND user_id = $2 ORDER BY id DESC LIMIT 1000 OFFSET $5))`,
		acc.home, acc.user, now, hashOf(d.Fingerprint), int64(maxDevices-1))
	if err == nil {
		_, err = tx.Exec(`INSERT INTO user_device (organisation_id, user_id, id, fingerprint_hash, operating_system, browser, name, activated, expires)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			acc.home, acc.user, id, hashOf(d.Fingerprint), d.OperatingSystem, d.Browser, d.Name.Value, now, now+trustLife)
	}
	return err
}

func hashOf(text string) []byte {
	sum := sha256.Sum256([]byte(text))
	return sum[:]
}

// Devices lists what a user of an organisation trusts.
func (g *Guard) Devices(ctx context.Context, organisation, user int64) (list []Device, err error) {
	err = g.db.Read(ctx, func(q db.Queryer) error {
		p, err := findPlace(q, organisation, user)
		if err != nil {
			return err
		}
		list, err = db.All(q, func(r *db.Row) Device {
			return Device{value.ID(r.Int()), r.Text(), r.Text(), r.Text(), value.EntityTime(r.Int())}
		}, `SELECT id, operating_system, browser, name, activated FROM user_device WHERE organisation_id = $1 AND user_id = $2 AND expires > $3 ORDER BY id`,
			p.home, user, g.clock.Micros())
		return err
	})
	return list, err
}

// Distrust ends the trust in a device.
func (g *Guard) Distrust(ctx context.Context, organisation, user, device int64) error {
	acc, err := g.self(ctx, Self{organisation, user})
	if err != nil {
		return err
	}
	return g.db.Write(ctx, []int64{acc.home}, func(tx *db.Tx) error {
		n, err := tx.Exec(`DELETE FROM user_device WHERE organisation_id = $1 AND user_id = $2 AND id = $3`, acc.home, user, device)
		if err == nil && n == 0 {
			err = fault.Missing("Trusted device", device)
		}
		return err
	})
}
