package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
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
func (s *Sink) sign(head []byte, secrets []string, b body) []byte {
	sum := sha256.New()
	hash(sum, b)
	id := "msg_" + hex.EncodeToString(sum.Sum(nil)[:16])
	timestamp := strconv.FormatInt(s.clock.Now().Unix(), 10)
	signatures := make([]string, len(secrets))
	for i, secret := range secrets {
		mac := hmac.New(sha256.New, signingKey(secret))
		_, _ = io.WriteString(mac, id+"."+timestamp+".") // a hash never fails
		hash(mac, b)
		signatures[i] = "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	return fmt.Appendf(head, "Webhook-Id: %s\r\nWebhook-Timestamp: %s\r\nWebhook-Signature: %s\r\n", id, timestamp, strings.Join(signatures, " "))
}

func hash(into io.Writer, b body) {
	b.each(func(part []byte) bool {
		_, _ = into.Write(part)
		return true
	})
}
