package rest

import (
	"errors"
	"net/http"
	"strings"

	"github.com/simstead/simstead/internal/fault"
)

// maxToken is the longest bearer token that is looked at, in bytes. Ours are a tenth of it.
const maxToken = 8 << 10

// admit finds out who calls and whether they may, before anything of the request is read.
func (a *API) admit(x *exchange) error {
	err := a.identify(x)
	if refused := a.gauge.count(x); refused != nil {
		return refused
	}
	if err != nil {
		return err
	}
	if !x.op.Allows(x.caller) {
		return fault.New(fault.Forbidden, "you have no permission for this entry point")
	}
	return nil
}

// identify finds out who calls: nobody in particular where no token is needed.
func (a *API) identify(x *exchange) error {
	if x.op.Role == Public {
		x.caller = Caller{From: x.origin.client}
		return nil
	}
	token, ok := bearer(x.r.Header.Get("Authorization"))
	if !ok {
		return Plain{http.StatusUnauthorized, "a bearer token is required: POST /api/v1/authenticate gives one"}
	}
	caller, err := a.Authenticator.Authenticate(x.r.Context(), token, x.origin.client)
	if errors.Is(err, ErrGarbled) {
		return Plain{http.StatusUnauthorized, ErrGarbled.Error()}
	}
	if err != nil {
		return err
	}
	caller.From = x.origin.client
	x.caller = caller
	return nil
}

// bearer takes the token out of an Authorization header (RFC 6750 2.1). False means that there is none that could be
// a token: the characters are those of a JWT (RFC 7515: three parts of base64url).
func bearer(header string) (string, bool) {
	scheme, token, ok := strings.Cut(header, " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") || len(header) > maxToken {
		return "", false
	}
	token = strings.TrimSpace(token)
	for i := range len(token) {
		c := token[i]
		if c != '.' && c != '-' && c != '_' && c != '=' && (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') {
			return "", false
		}
	}
	return token, token != ""
}
