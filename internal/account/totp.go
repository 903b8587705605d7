package account

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // RFC 6238's default, the one that every authenticator app knows
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"

	"github.com/simstead/simstead/internal/clock"
)

const (
	totpStep   = 30 * clock.Second
	totpSkew   = 1  // steps that a device's clock may be off, either way
	totpSecret = 20 // bytes, as RFC 4226 4 (R6) recommends
	codeDigits = 6
)

// totp is the code of a time step (RFC 6238 4.2, RFC 4226 5.3).
func totp(secret []byte, step int64) string {
	mac := hmac.New(sha1.New, secret)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(step))) // a hash never fails
	sum := mac.Sum(nil)
	offset := sum[len(sum)-1] & 0xf
	number := binary.BigEndian.Uint32(sum[offset:]) & 0x7fffffff
	return fmt.Sprintf("%0*d", codeDigits, number%1_000_000)
}

// totpAt is the time step that a code belongs to, after the last one that was used; 0 when to none. now is in µs.
func totpAt(secret []byte, code string, now, last int64) (step int64) {
	for at := now/totpStep - totpSkew; at <= now/totpStep+totpSkew; at++ {
		if hmac.Equal([]byte(totp(secret, at)), []byte(code)) && at > last {
			step = at
		}
	}
	return step
}

func totpText(secret []byte) string {
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret)
}

// totpURI is what authenticator apps read from a QR code.
func totpURI(secret, username string) string {
	query := url.Values{"secret": {secret}, "issuer": {"Simstead"}, "digits": {"6"}, "period": {"30"}, "algorithm": {"SHA1"}}
	return "otpauth://totp/Simstead:" + url.PathEscape(username) + "?" + query.Encode()
}
