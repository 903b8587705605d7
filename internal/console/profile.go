package console

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Profile is a server and what is shown to it.
type Profile struct {
	URL     string `json:"url"`
	Token   string `json:"application_token"`
	Bearer  string `json:"auth_token,omitempty"` // that was got for the token
	Expires int64  `json:"expires,omitempty"`    // when the bearer should be renewed, µs since the epoch
}

// Profiles is the file that keeps them. It holds secrets: nobody but its owner may read it.
type Profiles struct {
	Default string              `json:"default"`
	All     map[string]*Profile `json:"profiles"`
	path    string
}

// ProfilePath is where the file of this user is.
func ProfilePath() (string, error) {
	folder, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("there is no place for profiles: %w", err)
	}
	return filepath.Join(folder, "simstead", "profiles.json"), nil
}

// OpenProfiles reads the file; one that is not there has no profiles.
func OpenProfiles(path string) (*Profiles, error) {
	p := &Profiles{All: map[string]*Profile{}, path: path}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return p, nil
	}
	if err != nil {
		return nil, fmt.Errorf("profiles: %w", err)
	}
	if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("others may read the tokens in %s: chmod 600 it", path)
	}
	if err := json.Unmarshal(text, p); err != nil {
		return nil, fmt.Errorf("profiles: %s: %w", path, err)
	}
	return p, nil
}

// Save writes the file anew, whole or not at all.
func (p *Profiles) Save() error {
	text, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return fmt.Errorf("profiles: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(p.path), 0o700); err != nil {
		return fmt.Errorf("profiles: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(p.path), ".profiles-") // mode 0600
	if err != nil {
		return fmt.Errorf("profiles: %w", err)
	}
	_, err = f.Write(append(text, '\n'))
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), p.path)
	}
	if err != nil {
		return fmt.Errorf("profiles: %w", errors.Join(err, os.Remove(f.Name())))
	}
	return nil
}

// Get returns a profile by its name; "" is the default one.
func (p *Profiles) Get(name string) (*Profile, error) {
	if name == "" {
		name = p.Default
	}
	if one, ok := p.All[name]; ok {
		return one, nil
	}
	if name == "" {
		return nil, errors.New("there is no profile yet: simstead api profile set NAME --server URL --token-file FILE")
	}
	return nil, fmt.Errorf("there is no profile %q: simstead api profile list shows those that are", name)
}
