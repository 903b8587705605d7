// Package secret seals what the database holds for others, such as the credentials of data streams: AES-256-GCM under a
// master key that stands outside the database. A sealed text names its key, so that keys can be replaced one by one, and
// opens only for what it was sealed for: it cannot be moved to another row.
package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"sync"
)

// Size is the length of a master key in bytes. Keys are written as twice as many hexadecimal digits.
const Size = 32

// ErrKey says that a text was sealed with a key that is not there.
var ErrKey = errors.New("it is sealed with a key that is not there")

// ErrSealed says that a text is not what was sealed for this place.
var ErrSealed = errors.New("it was not sealed for this place or was changed")

const mark = "sealed:v1:"

// Keys are the master keys of an installation: the first seals, all of them open. A nil *Keys leaves everything clear.
type Keys struct {
	source func() ([]string, error) // reads the keys anew

	mu      sync.Mutex
	current string // id
	byID    map[string]cipher.AEAD
}

// New makes keys of their hexadecimal texts, the one that seals first.
func New(texts ...string) (*Keys, error) {
	k := &Keys{}
	return k, k.set(texts)
}

func (k *Keys) set(texts []string) error {
	if len(texts) == 0 {
		return errors.New("there is no master key")
	}
	current, byID := "", map[string]cipher.AEAD{}
	for _, text := range texts {
		key, err := hex.DecodeString(text)
		if err != nil || len(key) != Size {
			return fmt.Errorf("a master key must be %d hexadecimal digits", 2*Size)
		}
		block, err := aes.NewCipher(key)
		if err != nil {
			return err
		}
		aead, err := cipher.NewGCMWithRandomNonce(block)
		if err != nil {
			return err
		}
		if id := keyID(key); byID[id] == nil {
			byID[id] = aead
			if current == "" {
				current = id
			}
		}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.current, k.byID = current, byID
	return nil
}

// keyID names a key without telling it.
func keyID(key []byte) string {
	sum := sha256.Sum256(append([]byte("simstead master key "), key...))
	return hex.EncodeToString(sum[:4])
}

// refresh reads the keys again: another process may have replaced them.
func (k *Keys) refresh() error {
	if k.source == nil {
		return nil
	}
	texts, err := k.source()
	if err != nil {
		return err
	}
	return k.set(texts)
}

// Seal encrypts a text for a place, which is the only one that Open gives it back for. What is sealed already, and is of the
// newest key, stays as it is.
func (k *Keys) Seal(text, place string) (string, error) {
	if k == nil {
		return text, nil
	}
	if err := k.refresh(); err != nil {
		return "", err
	}
	clear, err := k.Open(text, place)
	if err != nil {
		return "", err
	}
	k.mu.Lock()
	current, aead := k.current, k.byID[k.current]
	k.mu.Unlock()
	if strings.HasPrefix(text, mark+current+":") {
		return text, nil
	}
	sealed := aead.Seal(nil, nil, []byte(clear), []byte(place))
	return mark + current + ":" + base64.RawURLEncoding.EncodeToString(sealed), nil
}

// Open decrypts a text that was sealed for a place. A clear text is returned as it is. The error is ErrKey or ErrSealed.
func (k *Keys) Open(text, place string) (string, error) {
	rest, sealed := strings.CutPrefix(text, mark)
	if !sealed {
		return text, nil
	}
	id, body, _ := strings.Cut(rest, ":")
	aead := k.find(id)
	if aead == nil {
		return "", ErrKey
	}
	bytes, err := base64.RawURLEncoding.DecodeString(body)
	if err != nil {
		return "", ErrSealed
	}
	clear, err := aead.Open(nil, nil, bytes, []byte(place))
	if err != nil {
		return "", ErrSealed
	}
	return string(clear), nil
}

// find returns a key by its id; nil when there is none, also not after another look.
func (k *Keys) find(id string) cipher.AEAD {
	if k == nil {
		return nil
	}
	k.mu.Lock()
	aead := k.byID[id]
	k.mu.Unlock()
	if aead == nil && k.refresh() == nil {
		k.mu.Lock()
		defer k.mu.Unlock()
		return k.byID[id]
	}
	return aead
}

// Current reports whether a text is sealed with the key that seals now.
func (k *Keys) Current(text string) bool {
	if k == nil {
		return true
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return strings.HasPrefix(text, mark+k.current+":")
}
