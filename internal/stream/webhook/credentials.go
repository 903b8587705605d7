package webhook

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/simstead/simstead/internal/egress"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/value"
)

// Limits and defaults of the credentials.
const (
	DefaultMethod = http.MethodPost
	DefaultSize   = 3000
	MaxSize       = 10_000
	maxHeaders    = 50
	maxHeader     = 8 << 10 // bytes of one "name:value"
	mask          = "***"
)

// Credentials is where and how a RestAPI stream delivers.
type Credentials struct {
	URL     string   `json:"url"`
	Method  string   `json:"method"`  // POST, PUT or PATCH
	Headers []string `json:"headers"` // "name:value", sent beside the contract's own
	Size    int      `json:"size"`    // records in a request at most; 1 sends the bare object, more an array
}

// UnmarshalJSON implements json.Unmarshaler: absent or null fields get their defaults, the size may come as 1, 1.0
// or "1".
func (c *Credentials) UnmarshalJSON(data []byte) error {
	var in struct {
		URL     string          `json:"url"`
		Method  string          `json:"method"`
		Headers []string        `json:"headers"`
		Size    json.RawMessage `json:"size"`
	}
	if err := json.Unmarshal(data, &in); err != nil {
		return err
	}
	*c = Credentials{URL: in.URL, Method: strings.ToUpper(in.Method), Headers: in.Headers, Size: DefaultSize}
	if c.Method == "" {
		c.Method = DefaultMethod
	}
	if text := strings.Trim(string(in.Size), `"`); text != "" && text != "null" {
		size, err := value.ParseID(text)
		if err != nil {
			return errors.New("size must be a whole number")
		}
		c.Size = int(size)
	}
	return nil
}

// Validate returns what is wrong with the form of the credentials. It contacts nobody, and its texts repeat no value
// that may be secret.
func (c Credentials) Validate(policy egress.Policy) []*fault.Error {
	var wrong []*fault.Error
	if c.URL == "" {
		wrong = append(wrong, fault.New(fault.Required, "url is required"))
	} else if _, err := policy.CheckURL(c.URL); err != nil {
		wrong = append(wrong, fault.New(fault.InvalidFormat, "url: %v", err))
	}
	if !slices.Contains([]string{http.MethodPost, http.MethodPut, http.MethodPatch}, c.Method) {
		wrong = append(wrong, fault.New(fault.InvalidFormat, "method must be POST, PUT or PATCH"))
	}
	if c.Size < 1 || c.Size > MaxSize {
		wrong = append(wrong, fault.New(fault.InvalidFormat, "size must be between 1 and %d", MaxSize))
	}
	if len(c.Headers) > maxHeaders {
		return append(wrong, fault.New(fault.InvalidFormat, "headers must be at most %d", maxHeaders))
	}
	for i, header := range c.Headers {
		if problem := checkHeader(header); problem != "" {
			wrong = append(wrong, fault.New(fault.InvalidFormat, "headers[%d] %s", i, problem))
		}
	}
	return wrong
}

// keep takes over from stored credentials what was not given, or was given as it is shown: masked. Headers do not move to
// another host unless they are given again: who may change the URL may not thereby learn what they hold.
func (c *Credentials) keep(given json.RawMessage, stored Credentials) []*fault.Error {
	var fields map[string]json.RawMessage
	_ = json.Unmarshal(given, &fields) // it is an object: it was read before
	absent := func(name string) bool { return len(fields[name]) == 0 || string(fields[name]) == "null" }
	if absent("url") {
		c.URL = stored.URL
	}
	if absent("method") {
		c.Method = stored.Method
	}
	if absent("size") {
		c.Size = stored.Size
	}
	if absent("headers") {
		if c.Headers = stored.Headers; len(c.Headers) > 0 && origin(c.URL) != origin(stored.URL) {
			return []*fault.Error{fault.New(fault.Required, "DataStream - credentials: headers are required when the url names another host")}
		}
		return nil
	}
	if origin(c.URL) == origin(stored.URL) {
		c.unmask(stored.Headers)
	}
	return nil
}

// unmask puts stored values in the place of masked ones; the nth header of a name is the nth stored one of that name.
func (c *Credentials) unmask(stored []string) {
	seen := map[string]int{}
	for i, line := range c.Headers {
		name, value := splitHeader(line)
		name = strings.ToLower(name)
		nth := seen[name]
		seen[name]++
		if value != mask {
			continue
		}
		for _, old := range stored {
			if other, _ := splitHeader(old); strings.ToLower(other) == name {
				if nth == 0 {
					c.Headers[i] = old
					break
				}
				nth--
			}
		}
	}
}

// origin is where a URL leads to: its scheme, host and port.
func origin(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Scheme + "://" + u.Host)
}

// Masked returns the credentials as they may be read: a header keeps its name and loses its value.
func (c Credentials) Masked() Credentials {
	headers := make([]string, len(c.Headers))
	for i, header := range c.Headers {
		name, _ := splitHeader(header)
		headers[i] = name + ":" + mask
	}
	c.Headers = headers
	return c
}
