package app

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/simstead/simstead/internal/secret"
)

// KeyFile is where the master keys stand; "" when they are given themselves.
func (c Config) KeyFile() string {
	switch {
	case c.MasterKey != "":
		return ""
	case c.MasterKeyFile != "":
		return c.MasterKeyFile
	}
	return filepath.Join(c.DataDir, "master.key")
}

// Keys are the master keys of a configuration. A file that is not there is made, with a new key.
func Keys(c Config) (*secret.Keys, error) {
	path := c.KeyFile()
	if path == "" {
		keys, err := secret.New(strings.FieldsFunc(c.MasterKey, func(r rune) bool { return r == ',' || r == ' ' })...)
		if err != nil {
			return nil, fmt.Errorf("configuration: master_key: %w", err)
		}
		return keys, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("directory of the master key: %w", err)
	}
	return secret.File(path)
}
