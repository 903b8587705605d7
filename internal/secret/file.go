package secret

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// fresh makes a key.
func fresh() string {
	key := make([]byte, Size)
	rand.Read(key) // it never fails
	return hex.EncodeToString(key)
}

// File reads the keys of a file, one a line, the one that seals first; lines that begin with # do not count. A file that
// does not exist is made, with a new key, for its owner's eyes only. A file that others may read is refused. Keys that
// another process adds to the file later are found.
func File(path string) (*Keys, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		if err := write(path, []string{fresh()}, true); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, fmt.Errorf("make the master key: %w", err)
		}
	}
	k := &Keys{source: func() ([]string, error) { return read(path) }}
	return k, k.refresh()
}

func read(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("master key: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("master key: %s must be readable by its owner only (chmod 600)", path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("master key: %w", err)
	}
	var keys []string
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			keys = append(keys, line)
		}
	}
	return keys, nil
}

// write puts keys in the place of what the file held; exclusively, when there must be no file.
func write(path string, keys []string, exclusive bool) error {
	temporary, err := os.CreateTemp(filepath.Dir(path), ".master-key-*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name()) //nolint:errcheck // gone when all went well
	_, err = temporary.WriteString("# Master keys of Simstead, newest first. Who loses them loses the credentials of data streams.\n" +
		strings.Join(keys, "\n") + "\n")
	if err = errors.Join(err, temporary.Sync(), temporary.Close()); err != nil {
		return err
	}
	if exclusive {
		return os.Link(temporary.Name(), path)
	}
	return os.Rename(temporary.Name(), path)
}

// Add puts a new key before those of a file: from then on it seals. The others still open.
func Add(path string) error {
	keys, err := read(path)
	if err != nil {
		return err
	}
	return write(path, slices.Insert(keys, 0, fresh()), false)
}

// Trim leaves a file only the key that seals. What is still sealed with another one is lost then.
func Trim(path string) error {
	keys, err := read(path)
	if err != nil || len(keys) < 2 {
		return err
	}
	return write(path, keys[:1], false)
}
