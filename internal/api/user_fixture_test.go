package api

import (
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"io"
	"mime/quotedprintable"
	"net/http"
	"net/http/httptest"
	netmail "net/mail"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/db/dbtest"
	"github.com/simstead/simstead/internal/mail"
	"github.com/simstead/simstead/internal/rest"
)

// people is a fixture with the real guard before it and an office that writes letters into a folder.
type people struct {
	*fixture
	from   string // client address
	outbox string
	admins map[int64]string // auth token of an application token, by organisation
}

const passphrase = "correct horse battery staple"

// sha is a password as clients send it.
func sha(password string) string {
	sum := sha1.Sum([]byte(password))
	return hex.EncodeToString(sum[:])
}

func eachPeople(t *testing.T, test func(p *people)) {
	onEach(t, func(*API, *rest.API) {}, func(f *fixture) { test(newPeople(f)) })
}

func newPeople(f *fixture) *people {
	f.t.Helper()
	p := &people{fixture: f, from: "192.0.2.7", outbox: f.t.TempDir(), admins: map[int64]string{}}
	var err error
	f.api.Guard, err = account.NewGuard(context.Background(), f.db, f.clock.Clock())
	f.must(err)
	f.api.Office = (&mail.Office{
		From: netmail.Address{Address: "simstead@iot.example"}, Base: "https://iot.example", Folder: p.outbox, Clock: f.clock.Clock(), Log: dbtest.Quiet(),
	}).Open()
	f.api.Guard.Office, f.api.UserCredentials = f.api.Office, true
	r := rest.New(rest.Config{
		Title: "Test", Version: "1", Authenticator: Authenticator{f.api.Guard}, Log: dbtest.Quiet(), Clock: f.clock.Clock(),
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
	})
	f.api.Register(r)
	server := httptest.NewServer(r.Handler())
	f.t.Cleanup(server.Close)
	f.url = server.URL
	for _, organisation := range []int64{f.operator, f.reseller, f.enterprise, f.other} {
		text, err := account.CreateToken(f.t.Context(), f.db, f.clock.Clock(), account.Owner{Organisation: organisation, Role: account.RoleAdministrator}, account.NewToken{})
		f.must(err)
		p.admins[organisation] = p.token(fmt.Sprintf(`{"application_token": %q}`, text))
	}
	return p
}

// send asks with a bearer token; path follows /api.
func (p *people) send(bearer, method, path, body string) answer {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), method, p.url+"/api"+path, bytes.NewBufferString(body))
	p.must(err)
	r.Header.Set("X-Forwarded-For", p.from)
	r.Header.Set("Content-Type", "application/json")
	if bearer != "" {
		r.Header.Set("Authorization", "Bearer "+bearer)
	}
	res, err := http.DefaultClient.Do(r)
	p.must(err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	p.must(err)
	return answer{res.StatusCode, res.Header, string(text)}
}

// admin asks as a program that administers an organisation.
func (p *people) admin(organisation int64, method, path, body string) answer {
	p.t.Helper()
	return p.send(p.admins[organisation], method, path, body)
}

// ok asserts a status and returns the answer.
func (p *people) ok(a answer, status int) answer {
	p.t.Helper()
	if a.status != status {
		p.t.Fatalf("got %d, want %d: %s", a.status, status, a.body)
	}
	return a
}

func (p *people) authenticate(body string) answer {
	p.t.Helper()
	return p.send("", http.MethodPost, "/v1/authenticate", body)
}

// token is the auth token that a credential is traded for.
func (p *people) token(body string) string {
	p.t.Helper()
	return p.tokens(body).AuthToken
}

func (p *people) tokens(body string) (out authTokens) {
	p.t.Helper()
	p.authenticate(body).into(p.t, 200, &out)
	return out
}

func password(username, password string) string {
	return fmt.Sprintf(`{"username": %q, "password": %q}`, username, sha(password))
}

// letters are those that were sent since the last look, oldest first.
func (p *people) letters() (all []letter) {
	p.t.Helper()
	done, cancel := context.WithCancel(context.Background())
	cancel()
	p.api.Office.Run(done)
	names, err := filepath.Glob(filepath.Join(p.outbox, "*.eml"))
	p.must(err)
	slices.SortFunc(names, func(a, b string) int { return len(a) - len(b) })
	for _, name := range names {
		text, err := os.ReadFile(name)
		p.must(err)
		p.must(os.Remove(name))
		m, err := netmail.ReadMessage(bytes.NewReader(text))
		p.must(err)
		body, err := io.ReadAll(quotedprintable.NewReader(m.Body))
		p.must(err)
		l := letter{to: m.Header.Get("To"), subject: m.Header.Get("Subject"), text: string(body)}
		l.key = regexp.MustCompile(`sta_\S+`).FindString(l.text)
		l.code = regexp.MustCompile(`(?m)^    (\d{6})\r?$`).FindString(l.text)
		all = append(all, l)
	}
	return all
}

type letter struct{ to, subject, text, key, code string }

// letter is the one letter that was sent since the last look.
func (p *people) letter() letter {
	p.t.Helper()
	all := p.letters()
	if len(all) != 1 {
		p.t.Fatalf("%d letters: %+v", len(all), all)
	}
	return all[0]
}

// join invites a user with a role and accepts for it.
func (p *people) join(organisation int64, username string, role int) int64 {
	p.t.Helper()
	var made invited
	p.admin(organisation, http.MethodPost, "/v2/user/invitation",
		fmt.Sprintf(`{"username": %q, "name": "Some One", "roles": [{"id": %d}]}`, username, role)).into(p.t, 201, &made)
	p.ok(p.send("", http.MethodPost, "/v2/user/activation", fmt.Sprintf(`{"activationKey": %q, "password": %q}`, p.letter().key, sha(passphrase))), 204)
	return int64(made.ID)
}

// events are the descriptions of an organisation's events of a type.
func (p *people) events(organisation int64, kind int) (list []map[string]any) {
	p.t.Helper()
	p.letters() // what is done behind is done then
	p.admin(organisation, http.MethodGet, fmt.Sprintf("/v1/event?q=type:%d", kind), "").into(p.t, 200, &list)
	return list
}
