package radius

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"

	"github.com/simstead/simstead/internal/usage"
)

// A Class attribute is one octet of version, eight of organisation id, the IMSI in ASCII and eight of signature: a
// gateway repeats it in its accounting but cannot name another organisation.
const (
	classVersion   = 1
	classHead      = 1 + 8
	classSignature = 8
)

// sealClass returns nil for the zero Class.
func sealClass(c usage.Class, secret []byte) []byte {
	if c == (usage.Class{}) || len(c.IMSI) > maxIMSI {
		return nil
	}
	b := make([]byte, 0, classHead+maxIMSI+classSignature)
	b = append(b, classVersion)
	b = binary.BigEndian.AppendUint64(b, uint64(c.Organisation))
	b = append(b, c.IMSI...)
	return append(b, signClass(b, secret)...)
}

// openClass reports whether we made the attribute.
func openClass(b, secret []byte) (usage.Class, bool) {
	end := len(b) - classSignature
	if end < classHead || end > classHead+maxIMSI || b[0] != classVersion {
		return usage.Class{}, false
	}
	if !hmac.Equal(b[end:], signClass(b[:end], secret)) {
		return usage.Class{}, false
	}
	return usage.Class{Organisation: int64(binary.BigEndian.Uint64(b[1:])), IMSI: string(b[classHead:end])}, true
}

func signClass(b, secret []byte) []byte {
	mac := hmac.New(sha256.New, secret)
	mac.Write(b)
	return mac.Sum(nil)[:classSignature]
}
