package stream

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/value"
)

const (
	signingPrefix  = "whsec_" // of a secret of the Standard Webhooks scheme; base64 follows
	signingBytes   = 32
	signingOverlap = clock.Day // how long a replaced secret goes on signing beside its successor, µs
	signingMost    = 3         // secrets of a stream at a time
)

// SigningKey is a secret that a stream's requests are signed with by the Standard Webhooks scheme.
type SigningKey struct {
	Secret  string `json:"secret"`
	Created int64  `json:"created"` // µs
	Until   int64  `json:"until"`   // µs; 0 until it is replaced
}

// SigningView is a signing secret as it can be listed: the secret itself is shown only when it is made.
type SigningView struct {
	Created value.EntityTime  `json:"created"`
	Until   *value.EntityTime `json:"until" doc:"When it ends, because it was replaced; null for the one in use."`
}

// Secrets are those that a request is signed with at a time in µs, newest first; none when the stream does not sign.
func (s *Stream) Secrets(now int64) (out []string) {
	for _, k := range s.Signing {
		if k.Until == 0 || k.Until > now {
			out = append(out, k.Secret)
		}
	}
	return out
}

// SigningKeys lists the secrets of a time in µs, newest first.
func (s *Stream) SigningKeys(now int64) []SigningView {
	out := []SigningView{}
	for _, k := range s.Signing {
		v := SigningView{Created: value.EntityTime(k.Created)}
		if k.Until != 0 {
			until := value.EntityTime(k.Until)
			v.Until = &until
		}
		if k.Until == 0 || k.Until > now {
			out = append(out, v)
		}
	}
	return out
}

// Sign gives the stream a new signing secret and returns it. The one before it goes on for a day, so that the receiver can
// change over. now is in µs.
func (s *Stream) Sign(now int64) (string, error) {
	if s.ConnectionType != RestAPI || s.Generation != NewFormat {
		return "", fault.Invalid(fault.New(fault.NotAllowed, "DataStream - only streams of the new format to a RestAPI are signed"))
	}
	bytes := make([]byte, signingBytes)
	_, _ = rand.Read(bytes) // never fails
	made := SigningKey{Secret: signingPrefix + base64.StdEncoding.EncodeToString(bytes), Created: now}
	keys := []SigningKey{made}
	for _, k := range s.Signing {
		if k.Until == 0 {
			k.Until = now + signingOverlap
		}
		if k.Until > now && len(keys) < signingMost {
			keys = append(keys, k)
		}
	}
	s.Signing = keys
	return made.Secret, nil
}

// signingText is how the keys are stored; "" for none.
func (s *Stream) signingText() string {
	if len(s.Signing) == 0 {
		return ""
	}
	text, _ := json.Marshal(s.Signing) // texts and numbers
	return string(text)
}

func signingOf(text string) (keys []SigningKey) {
	_ = json.Unmarshal([]byte(text), &keys) // as signingText wrote it
	return keys
}
