package account

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
)

const (
	tokenPrefix = "sst_" // lets secret scanners know one of ours
	setupPrefix = "sss_"
	secretBytes = 32
	secretText  = 43 // characters of it in base64url
)

// newSecret is 256 random bits as 43 characters of base64url.
func newSecret() string {
	b := make([]byte, secretBytes)
	rand.Read(b) // it never fails, and ends the process should it have to
	return base64.RawURLEncoding.EncodeToString(b)
}

// tokenKey names an application token.
type tokenKey struct{ organisation, id int64 }

// newTokenText makes the text of a new application token. It says itself where to look it up.
func (k tokenKey) newTokenText() string {
	return fmt.Sprintf("%s%d.%d.%s", tokenPrefix, k.organisation, k.id, newSecret())
}

// parseTokenText reads which token a text claims to be. False means that it can be none.
func parseTokenText(text string) (k tokenKey, ok bool) {
	if strings.Count(text, ".") != 2 {
		return tokenKey{}, false
	}
	return parseKey(tokenPrefix, text)
}

// fingerprint is what is stored of a secret text. It needs no salt and no slow hash: nobody guesses 256 random bits.
func fingerprint(text string) []byte {
	sum := sha256.Sum256([]byte(text))
	return sum[:]
}
