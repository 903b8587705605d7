package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// signingKey reads a secret as it is written: whsec_ and base64.
func signingKey(secret string) []byte {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		return []byte(secret) // ours are well formed
	}
	return key
}

// sign adds the headers of the Standard Webhooks scheme, version 1: the signature is HMAC-SHA256 over
// "<webhook-id>.<webhook-timestamp>.<body>". With several secrets there are several signatures, any of which a receiver may
// accept: that is how a secret is replaced without a gap. The id is that of the body: a request that is sent again has the same.
func (s *Sink) sign(header http.Header, secrets []string, b *body) {
	sum := sha256.New()
	b.copyTo(sum)
	id := "msg_" + hex.EncodeToString(sum.Sum(nil)[:16])
	timestamp := strconv.FormatInt(s.clock.Now().Unix(), 10)
	signatures := make([]string, len(secrets))
	for i, secret := range secrets {
		mac := hmac.New(sha256.New, signingKey(secret))
		_, _ = io.WriteString(mac, id+"."+timestamp+".") // a hash never fails
		b.copyTo(mac)
		signatures[i] = "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	header.Set("Webhook-Id", id)
	header.Set("Webhook-Timestamp", timestamp)
	header.Set("Webhook-Signature", strings.Join(signatures, " "))
}
