package app

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"

	"github.com/simstead/simstead/internal/db"
)

// storedKey returns an installation's random key of 32 bytes, made when it is first asked for. Every node reads the same.
func storedKey(ctx context.Context, d *db.DB, name string) (key []byte, err error) {
	fresh := make([]byte, 32)
	rand.Read(fresh) // it never fails
	var text string
	err = d.Write(ctx, nil, func(tx *db.Tx) error {
		if _, err := tx.Exec(`INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING`, name, hex.EncodeToString(fresh)); err != nil {
			return err
		}
		text, err = db.One(tx, db.Text, `SELECT value FROM setting WHERE name = $1`, name)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("key %s: %w", name, err)
	}
	return hex.DecodeString(text)
}
