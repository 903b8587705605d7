package console

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/simstead/simstead/internal/clock"
)

// Client calls a server for a profile.
type Client struct {
	Profile *Profile
	Clock   clock.Clock
	Renewed func() error // called when the profile has got another auth token; nil: nobody keeps it
	HTTP    *http.Client // nil: one of its own, which waits two minutes for an answer
}

// bearerFor is how long an auth token is used; it is good a little longer.
const bearerFor = 230 * clock.Minute

// answer is what a server said.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// Call runs a command and writes what it answers to out as JSON. all reads every page of a list. A body is sent when the
// command takes one.
func (c *Client) Call(ctx context.Context, cmd *Command, args []string, query url.Values, body []byte, all bool, out io.Writer) error {
	at := fill(cmd.Path, args)
	if all && cmd.Paged {
		return c.pages(ctx, at, query, out)
	}
	a, err := c.request(ctx, cmd.Method, at, query, body)
	if err != nil {
		return err
	}
	if len(bytes.TrimSpace(a.body)) > 0 {
		return printJSON(out, a.body)
	}
	if place := a.header.Get("Location"); place != "" {
		made := map[string]any{"location": place}
		if id, err := strconv.ParseInt(path.Base(place), 10, 64); err == nil {
			made["id"] = id
		}
		text, err := json.Marshal(made)
		if err != nil {
			return fmt.Errorf("print: %w", err)
		}
		return printJSON(out, text)
	}
	return nil
}

// fill puts arguments into a path in place of its parameters.
func fill(at string, args []string) string {
	for _, arg := range args {
		at = strings.Replace(at, parameter.FindString(at), url.PathEscape(arg), 1)
	}
	return at
}

// pages writes the rows of all pages as one array.
func (c *Client) pages(ctx context.Context, at string, query url.Values, out io.Writer) error {
	if query == nil {
		query = url.Values{}
	}
	before := "[\n  "
	for page, last := 1, 1; page <= last; page++ {
		query.Set("page", strconv.Itoa(page))
		a, err := c.request(ctx, http.MethodGet, at, query, nil)
		if err != nil {
			return err
		}
		var rows []json.RawMessage
		if err := json.Unmarshal(a.body, &rows); err != nil {
			return fmt.Errorf("the answer is no list: %w", err)
		}
		last, _ = strconv.Atoi(a.header.Get("X-Total-Pages"))
		for _, row := range rows {
			if _, err := fmt.Fprintf(out, "%s%s", before, row); err != nil {
				return err
			}
			before = ",\n  "
		}
	}
	end := "\n]\n"
	if strings.HasPrefix(before, "[") {
		end = "[]\n"
	}
	_, err := io.WriteString(out, end)
	return err
}

// request sends one request, with another auth token when the one it has is not good any more.
func (c *Client) request(ctx context.Context, method, at string, query url.Values, body []byte) (answer, error) {
	fresh := false
	if c.Profile.Token != "" && (c.Profile.Bearer == "" || c.Clock.Micros() >= c.Profile.Expires) && !strings.HasSuffix(at, "/authenticate") {
		fresh = true
		if err := c.authenticate(ctx); err != nil {
			return answer{}, err
		}
	}
	a, err := c.send(ctx, method, at, query, body)
	if err == nil && a.status == http.StatusUnauthorized && !fresh && c.Profile.Token != "" {
		if err = c.authenticate(ctx); err == nil {
			a, err = c.send(ctx, method, at, query, body)
		}
	}
	if err == nil && a.status >= 400 {
		err = said(a)
	}
	return a, err
}

// authenticate trades the application token for an auth token.
func (c *Client) authenticate(ctx context.Context) error {
	body, err := json.Marshal(map[string]string{"application_token": c.Profile.Token})
	if err != nil {
		return fmt.Errorf("authenticate: %w", err)
	}
	c.Profile.Bearer = ""
	a, err := c.send(ctx, http.MethodPost, "/api/v1/authenticate", nil, body)
	if err != nil {
		return err
	}
	var got struct {
		Bearer string `json:"auth_token"`
	}
	switch {
	case a.status == http.StatusUnauthorized && len(a.body) == 0:
		return errors.New("the server refuses the application token: it is unknown, revoked, expired or used from a wrong address")
	case a.status >= 400:
		return said(a)
	case json.Unmarshal(a.body, &got) != nil || got.Bearer == "":
		return fmt.Errorf("%s is no Simstead: it answers no auth token", c.Profile.URL)
	}
	c.Profile.Bearer, c.Profile.Expires = got.Bearer, c.Clock.Micros()+bearerFor
	if c.Renewed != nil {
		return c.Renewed()
	}
	return nil
}

func (c *Client) send(ctx context.Context, method, at string, query url.Values, body []byte) (answer, error) {
	target := strings.TrimSuffix(c.Profile.URL, "/") + at
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	r, err := http.NewRequestWithContext(ctx, method, target, bytes.NewReader(body))
	if err != nil {
		return answer{}, fmt.Errorf("the server's address is wrong: %w", err)
	}
	if len(body) > 0 {
		r.Header.Set("Content-Type", "application/json")
	}
	if c.Profile.Bearer != "" {
		r.Header.Set("Authorization", "Bearer "+c.Profile.Bearer)
	}
	client := c.HTTP
	if client == nil {
		client = &http.Client{Timeout: 2 * time.Minute}
	}
	res, err := client.Do(r)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err
		}
		return answer{}, fmt.Errorf("cannot reach %s: %w", c.Profile.URL, err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return answer{}, fmt.Errorf("the answer of %s broke off: %w", c.Profile.URL, err)
	}
	return answer{res.StatusCode, res.Header, text}, nil
}

// said is the error that a server answered, in one sentence.
func said(a answer) error {
	var e struct {
		Token   string `json:"error_token"`
		Message string `json:"message"`
	}
	_ = json.Unmarshal(a.body, &e)
	text := strconv.Itoa(a.status)
	for _, more := range []string{e.Token, e.Message} {
		if more != "" {
			text += " " + more
		}
	}
	if e.Message == "" {
		text += " " + http.StatusText(a.status)
	}
	if wait := a.header.Get("Retry-After"); wait != "" {
		text += ", try again in " + wait + " s"
	}
	return errors.New(text)
}

func printJSON(out io.Writer, text []byte) error {
	var b bytes.Buffer
	if err := json.Indent(&b, text, "", "  "); err != nil {
		return fmt.Errorf("the answer is not JSON: %w", err)
	}
	b.WriteByte('\n')
	_, err := out.Write(b.Bytes())
	return err
}
