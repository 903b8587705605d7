package account

import (
	"context"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // the contract's clients hash with it before they send
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
)

// Cost of a password hash: argon2id (RFC 9106), 19 MiB, two passes. It takes some 40 ms of one core.
const (
	hashMemory  = 19 << 10 // KiB
	hashPasses  = 2
	hashThreads = 1
	hashBytes   = 32
	saltBytes   = 16

	hashName = "argon2id"
	hashCost = "m=19456,t=2,p=1" // as it is written
)

// hasher hashes passwords, a few at a time: whoever floods the login with guesses gets no more of the machine than that.
type hasher struct {
	slots chan struct{}
	dummy string // compared with when there is no user, so that this takes as long
}

func newHasher(parallel int) *hasher {
	h := &hasher{slots: make(chan struct{}, parallel)}
	salt, sum := make([]byte, saltBytes), make([]byte, hashBytes)
	h.dummy = written(salt, sum)
	return h
}

func (h *hasher) run(ctx context.Context, password string, salt []byte) ([]byte, error) {
	select {
	case h.slots <- struct{}{}:
		defer func() { <-h.slots }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return argon2.IDKey([]byte(strings.ToLower(password)), salt, hashPasses, hashMemory, hashThreads, hashBytes), nil
}

// hash is what is stored of a password.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltBytes)
	rand.Read(salt) // it never fails, and ends the process should it have to
	sum, err := h.run(ctx, password, salt)
	return written(salt, sum), err
}

// written is a hash in the form of the Password Hashing Competition.
func written(salt, sum []byte) string {
	return fmt.Sprintf("$%s$v=%d$%s$%s$%s", hashName, argon2.Version, hashCost,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(sum))
}

// matches compares a password with a stored hash, "" of which none matches; that takes as long.
func (h *hasher) matches(ctx context.Context, password, stored string) (bool, error) {
	known := stored != ""
	if !known {
		stored = h.dummy
	}
	parts := strings.Split(stored, "$")
	if len(parts) != 6 || parts[3] != hashCost || parts[1] != hashName {
		return false, errors.New("a stored password has an unknown form")
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return false, fmt.Errorf("read a stored password: %w", err)
	}
	want, err := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil {
		return false, fmt.Errorf("read a stored password: %w", err)
	}
	sum, err := h.run(ctx, password, salt)
	return err == nil && known && subtle.ConstantTimeCompare(sum, want) == 1, err
}

// checkPassword says what is wrong with a new password, which comes as its SHA-1. Little can be seen of one then: only that
// there is none, or that it is the username.
func checkPassword(field, password, username string) error {
	if sum, err := hex.DecodeString(password); err != nil || len(sum) != sha1.Size {
		return fault.Invalid(fault.New(fault.InvalidFormat, "User - %s: expected the SHA-1 of the password as 40 hexadecimal digits", field))
	}
	for _, bad := range []string{"", username, routed(username)} {
		if sum := sha1.Sum([]byte(bad)); strings.EqualFold(password, hex.EncodeToString(sum[:])) { //nolint:gosec // as above
			return fault.Invalid(fault.New(fault.InvalidFormat, "User - %s: choose one that is not so easily guessed", field))
		}
	}
	return nil
}

// setPassword stores a hash. All that was let in with the old one is put out.
func setPassword(tx *db.Tx, home, user int64, hash string) error {
	if err := voidSessions(tx, home, user); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE user_credential SET password = $3 WHERE organisation_id = $1 AND user_id = $2`, home, user, hash)
	return err
}

// ChangePassword changes the password of a user who knows the old one. Every session of the user ends, this one too.
func (g *Guard) ChangePassword(ctx context.Context, who Self, old, fresh string) error {
	acc, err := g.confirm(ctx, who, "old_password", old)
	if err != nil {
		return err
	}
	if err := checkPassword("new_password", fresh, acc.username); err != nil {
		return err
	}
	hash, err := g.passwords.hash(ctx, fresh)
	if err != nil {
		return err
	}
	return everywhere(ctx, g.db, acc.home, acc.user, func(tx *db.Tx, p place, _ []int64) error {
		return setPassword(tx, p.home, p.user, hash)
	})
}
