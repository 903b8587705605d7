package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/value"
)

// tokens are the texts of the demo's application tokens. The database holds only their hashes, so they are kept beside
// it and stay good over restarts.
type tokens struct {
	Customer string // of the first enterprise's administrator
	Operator string // of the operator's
}

func loadTokens(ctx context.Context, d *db.DB, c clock.Clock, guard *account.Guard, dir string, s *seeded) (t tokens, err error) {
	path := filepath.Join(dir, "demo-tokens.json")
	text, err := os.ReadFile(path)
	if err == nil && json.Unmarshal(text, &t) == nil && t.Customer != "" && t.Operator != "" && alive(ctx, guard, t) {
		return t, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return t, err
	}
	create := func(organisation int64) string {
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return ""
		}
		var text string
		text, err = account.CreateToken(ctx, d, c, account.Owner{Organisation: organisation, Creator: s.Administrators[organisation], Role: 1},
			account.NewToken{Description: value.Some("Demo")})
		return text
	}
	err = nil
	t = tokens{Customer: create(s.Enterprises[0]), Operator: create(s.Operator)}
	if err != nil {
		return t, fmt.Errorf("make the demo's tokens: %w", err)
	}
	if text, err = json.Marshal(t); err != nil {
		return t, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return t, err
	}
	return t, WriteFile(path, text)
}

// alive reports whether the kept tokens belong to this database.
func alive(ctx context.Context, guard *account.Guard, t tokens) bool {
	for _, text := range []string{t.Customer, t.Operator} {
		if _, err := guard.Login(ctx, text, netip.AddrFrom4([4]byte{127, 0, 0, 1})); err != nil {
			return false
		}
	}
	return true
}

// WriteFile replaces a file as a whole: a reader sees the old text or the new one, never a part.
func WriteFile(path string, text []byte) error {
	temporary := fmt.Sprintf("%s.%d", path, time.Now().UnixNano()) //nolint:forbidigo // a name, not a date
	if err := os.WriteFile(temporary, text, 0o600); err != nil {
		return err
	}
	return os.Rename(temporary, path)
}
