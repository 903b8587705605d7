// Package mail writes the platform's few letters, in plain words, and sends them: by SMTP (RFC 5321), or into a folder when
// no server is set. A letter holds keys that are stored nowhere in clear, so letters wait in memory: who gets none asks for
// another one.
package mail

import (
	"fmt"
	"strings"
)

// Kind says what a letter is about.
type Kind uint8

// The kinds of letters.
const (
	Activation Kind = iota // of a new account, or of its new address
	Invitation             // into a further organisation
	Reset                  // of a password
	Code                   // a second factor
)

// Letter is what somebody is told.
type Letter struct {
	Kind         Kind
	To           string // e-mail address
	Name         string // of the reader
	Organisation string
	Key          string // activation key
	Code         string // six digits
}

// text is the subject and the body of a letter. base is the address of the platform, without a slash at its end.
func (l Letter) text(base string) (subject, body string) {
	use := fmt.Sprintf("    %s\n\nSend it to %s as activationKey", l.Key, base+"/api/v1/user/activation")
	switch l.Kind {
	case Activation:
		subject = "Activate your account"
		body = fmt.Sprintf("an account was made for you in %s. This is your activation key, good once and for three days:\n\n"+
			"%s, with the password you want.\n", l.Organisation, use)
	case Invitation:
		subject = "You are invited to " + l.Organisation
		body = fmt.Sprintf("%s invites you to work there with your account. This is the key that accepts, good once and for three days:\n\n"+
			"    %s\n\nSend it to %s as activationKey. To decline, do nothing.\n", l.Organisation, l.Key, base+"/api/v2/user/activation")
	case Reset:
		subject = "Set a new password"
		body = fmt.Sprintf("somebody, hopefully you, asked for a new password. This is the key to set it, good once and for an hour:\n\n"+
			"%s, with the new password. If it was not you, do nothing: the old one stays good.\n", use)
	case Code:
		subject = "Your code: " + l.Code
		body = fmt.Sprintf("this is your code, good once and for ten minutes:\n\n    %s\n\nIf you are not logging in right now, somebody knows your password: change it.\n", l.Code)
	}
	return subject, "Hello" + greeting(l.Name) + ",\n\n" + body
}

func greeting(name string) string {
	if name = strings.TrimSpace(name); name == "" {
		return ""
	}
	return " " + name
}
