package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// Requests are signed by the scheme of Standard Webhooks, version 1: the signature is HMAC-SHA256 over
// "<webhook-id>.<webhook-timestamp>.<body>". With two secrets there are two signatures, either of which a receiver may
// accept: that is how a secret is replaced without a gap.
const (
	secretPrefix = "whsec_"
	maxSecrets   = 2
	leastSecret  = 24 // bytes
	mostSecret   = 64
)

// signingKey reads a secret as it is written: whsec_ and base64.
func signingKey(secret string) ([]byte, bool) {
	text, ok := strings.CutPrefix(secret, secretPrefix)
	if !ok {
		return nil, false
	}
	key, err := base64.StdEncoding.DecodeString(text)
	return key, err == nil && len(key) >= leastSecret && len(key) <= mostSecret
}

// checkSecrets says what is wrong with signing secrets, without repeating any; "" when nothing is.
func checkSecrets(secrets []string) string {
	if len(secrets) > maxSecrets {
		return fmt.Sprintf("signing_secrets must be at most %d", maxSecrets)
	}
	for i, secret := range secrets {
		if _, ok := signingKey(secret); !ok {
			return fmt.Sprintf("signing_secrets[%d] must be whsec_ and the base64 of %d to %d bytes", i, leastSecret, mostSecret)
		}
	}
	return ""
}

// sign adds the three headers. The id is that of the body: a request that is sent again has the same.
func (s *Sink) sign(header http.Header, b *body) {
	sum := sha256.New()
	b.copyTo(sum)
	id := "msg_" + hex.EncodeToString(sum.Sum(nil)[:16])
	timestamp := strconv.FormatInt(s.clock.Now().Unix(), 10)
	signatures := make([]string, len(s.keys))
	for i, key := range s.keys {
		mac := hmac.New(sha256.New, key)
		_, _ = io.WriteString(mac, id+"."+timestamp+".") // a hash never fails
		b.copyTo(mac)
		signatures[i] = "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	header.Set("Webhook-Id", id)
	header.Set("Webhook-Timestamp", timestamp)
	header.Set("Webhook-Signature", strings.Join(signatures, " "))
}
