package api

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"
)

// codeOf is what an authenticator app shows (RFC 6238), written down a second time.
func codeOf(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha1.New, key)
	_ = binary.Write(mac, binary.BigEndian, uint64(at.Unix()/30))
	sum := mac.Sum(nil)
	part := sum[sum[19]&15:]
	return fmt.Sprintf("%06d", (binary.BigEndian.Uint32(part)&0x7fffffff)%1000000)
}

type madeKey struct {
	ID     int64
	Status struct{ ID int64 }
	Type   struct{ ID int64 }
	Secret string `json:"secret_key"`
	URI    string `json:"otpauth"`
}

func (p *people) addKey(bearer string, kind int) (k madeKey) {
	p.t.Helper()
	p.send(bearer, "POST", "/v1/user/mfa", fmt.Sprintf(`{"type": {"id": %d}, "password": %q}`, kind, sha(passphrase))).into(p.t, 200, &k)
	return k
}

func TestTOTP(t *testing.T) {
	eachPeople(t, func(p *people) {
		id := p.join(p.enterprise, "ada@fleet.example", 2)
		admin := p.join(p.enterprise, "boss@fleet.example", 1)
		bearer := p.token(password("ada@fleet.example", passphrase))
		p.send(bearer, "POST", "/v1/user/mfa", `{"type": {"id": 0}, "password": "wrong"}`).fails(p.t, 422, 1400)
		p.send(bearer, "POST", "/v1/user/mfa", fmt.Sprintf(`{"type": {"id": 7}, "password": %q}`, sha(passphrase))).fails(p.t, 422, 1400)
		k := p.addKey(bearer, 0)
		uri, err := url.Parse(k.URI)
		if err != nil || uri.Scheme != "otpauth" || uri.Query().Get("secret") != k.Secret || !strings.Contains(uri.Path, "ada@fleet.example") || k.Status.ID != 0 {
			p.t.Errorf("%+v", k)
		}
		// A pending key is asked for by nobody; it gives way to another.
		p.token(password("ada@fleet.example", passphrase))
		k = p.addKey(bearer, 0)
		now := func() time.Time { return p.clock.Clock().Now() }
		path := fmt.Sprintf("/v1/user/mfa/%d", k.ID)
		activate := func(path, code string) answer {
			return p.send(bearer, "PATCH", path, fmt.Sprintf(`{"status": {"id": 1}, "code": %q}`, code))
		}
		activate("/v1/user/mfa/99999", codeOf(p.t, k.Secret, now())).fails(p.t, 404, 1401)
		for range 2 {
			activate(path, codeOf(p.t, k.Secret, now().Add(-2*time.Minute))).fails(p.t, 422, 1403)
		}
		p.ok(activate(path, codeOf(p.t, k.Secret, now().Add(-30*time.Second))), 204)
		activate(path, codeOf(p.t, k.Secret, now())).fails(p.t, 409, 1405)
		p.send(bearer, "POST", "/v1/user/mfa", fmt.Sprintf(`{"type": {"id": 0}, "password": %q}`, sha(passphrase))).fails(p.t, 409, 1405)

		half := p.tokens(password("ada@fleet.example", passphrase))
		if half.AuthToken != "" || half.RefreshToken != "" || half.MFAToken == "" {
			p.t.Fatalf("%+v", half)
		}
		p.send(half.MFAToken, "GET", "/v1/user/my", "").fails(p.t, 401, 1102) // it is no auth token
		code := codeOf(p.t, k.Secret, now())
		with := func(token, code, device string) answer {
			return p.authenticate(fmt.Sprintf(`{"mfa_token": %q, "code": %q%s}`, token, code, device))
		}
		if a := with(bearer, code, ""); a.status != 401 || a.body != "" { // nor is an auth token one of these
			p.t.Errorf("%v", a)
		}
		if a := with(half.MFAToken, "000000", ""); a.status != 401 || a.body != "" {
			p.t.Errorf("%v", a)
		}
		with(half.MFAToken, code, `, "trusted_device": {"fingerprint": "", "operating_system": "Linux", "browser": "Firefox"}`).fails(p.t, 400, 1400)
		var in authTokens
		with(half.MFAToken, code, `, "trusted_device": {"fingerprint": "f-1", "operating_system": "Linux", "browser": "Firefox", "name": "Desk"}`).into(p.t, 200, &in)
		if a := with(half.MFAToken, code, ""); a.status != 401 { // a code is good once
			p.t.Errorf("%v", a)
		}

		var devices []map[string]any
		p.send(in.AuthToken, "GET", "/v1/user/my/mfa/trusted_device", "").into(p.t, 200, &devices)
		same(p.t, loose(devices), fmt.Sprintf(`[{"id": %v, "operating_system": "Linux", "browser": "Firefox", "name": "Desk", "activation_date": "2026-11-15T12:00:30.000+0000"}]`, devices[0]["id"]))
		trusted := fmt.Sprintf(`{"username": "ada@fleet.example", "password": %q, "fingerprint": "f-1"}`, sha(passphrase))
		if got := p.tokens(trusted); got.AuthToken == "" {
			p.t.Error("the device is not trusted")
		}
		if got := p.tokens(strings.ReplaceAll(trusted, "f-1", "f-2")); got.AuthToken != "" {
			p.t.Error("another device is trusted")
		}
		p.clock.Advance(90*24*time.Hour - time.Minute)
		if got := p.tokens(trusted); got.AuthToken == "" {
			p.t.Error("the trust ended early")
		}
		p.clock.Advance(time.Minute)
		if got := p.tokens(trusted); got.AuthToken != "" {
			p.t.Error("the trust did not end")
		}

		// Whoever lost the second factor gets in again when an administrator takes it away.
		boss := p.token(password("boss@fleet.example", passphrase))
		var user map[string]any
		p.send(boss, "GET", fmt.Sprintf("/v1/user/%d", id), "").into(p.t, 200, &user)
		if mfa := user["mfa"].([]any); len(mfa) != 1 || strings.Contains(fmt.Sprint(mfa), k.Secret) {
			p.t.Errorf("%v", user)
		}
		path = fmt.Sprintf("/v1/user/%d/mfa/%d", id, k.ID)
		p.ok(p.send(boss, "DELETE", path, ""), 204)
		p.send(boss, "DELETE", path, "").fails(p.t, 404, 1401)
		bearer = p.token(password("ada@fleet.example", passphrase))
		p.send(bearer, "DELETE", fmt.Sprintf("/v1/user/%d/mfa/1", admin), "").fails(p.t, 404, 1401)
		p.admins[p.enterprise] = boss
		if e := p.events(p.enterprise, 14); len(e) != 1 || e[0]["user"].(map[string]any)["username"] != "boss@fleet.example" {
			p.t.Errorf("%v", e)
		}
	})
}

func TestCodesByMail(t *testing.T) {
	eachPeople(t, func(p *people) {
		p.join(p.enterprise, "ada@fleet.example", 2)
		bearer := p.token(password("ada@fleet.example", passphrase))
		k := p.addKey(bearer, 1)
		if k.Secret != "" || k.URI != "" {
			p.t.Errorf("%+v", k)
		}
		l := p.letter()
		path := fmt.Sprintf("/v1/user/mfa/%d", k.ID)
		activate := func(code string) answer {
			return p.send(bearer, "PATCH", path, fmt.Sprintf(`{"status": {"id": 1}, "code": %q}`, strings.TrimSpace(code)))
		}
		p.ok(activate(l.code), 204)
		login := func() string {
			p.t.Helper()
			half := p.tokens(password("ada@fleet.example", passphrase))
			if half.AuthToken != "" {
				p.t.Fatal("in without a code")
			}
			return half.MFAToken
		}
		with := func(token, code string) answer {
			return p.authenticate(fmt.Sprintf(`{"mfa_token": %q, "code": %q}`, token, strings.TrimSpace(code)))
		}
		token := login()
		first := p.letter().code
		token = login()
		second := p.letter().code
		if first != second {
			if a := with(token, first); a.status != 401 {
				p.t.Errorf("an older code: %v", a)
			}
		}
		p.ok(with(token, second), 200)
		if a := with(token, second); a.status != 401 {
			p.t.Errorf("twice: %v", a)
		}
		p.clock.Advance(time.Minute)
		token = login()
		code := p.letter().code
		p.clock.Advance(10*time.Minute + 6*time.Second)
		if a := with(token, code); a.status != 401 || a.body != "" {
			p.t.Errorf("too late: %v", a)
		}
		token = login()
		code = p.letter().code
		for range 3 {
			with(token, "x")
		}
		with(token, code).fails(p.t, 401, 1105) // guessing ends after three
	})
}
