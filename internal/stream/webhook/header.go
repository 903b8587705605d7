package webhook

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/simstead/simstead/internal/stream/format"
)

// ours are the headers that the contract fixes in a generation. Old ones had no more than their agent's name.
func ours(generation int64, oldAgent string) http.Header {
	if generation == format.Old {
		return http.Header{"User-Agent": {oldAgent}, "Content-Type": {"application/json"}}
	}
	return http.Header{
		"User-Agent":      {"DataStreamer/2.0"},
		"Accept":          {"application/json"},
		"Accept-Encoding": {"gzip, deflate"},
		"Content-Type":    {"application/json"},
	}
}

// forbidden are the headers that belong to the connection (RFC 9110 7.6.1), to the request's framing or to its target.
var forbidden = []string{
	"Host", "Content-Length", "Transfer-Encoding", "Connection", "Keep-Alive", "Proxy-Connection", "Te", "Trailer",
	"Upgrade", "Expect",
}

// requestHeader joins the contract's headers and the customer's. A custom header of the same name is left out, and so are
// those that would look like a signature.
func requestHeader(fixed http.Header, custom []string) http.Header {
	header := fixed.Clone()
	for _, line := range custom {
		name, value := splitHeader(line)
		if fixed.Get(name) == "" && !strings.HasPrefix(strings.ToLower(name), "webhook-") {
			header.Add(name, value)
		}
	}
	return header
}

// checkHeader says what is wrong with a "name:value", without repeating the value; "" when nothing is.
func checkHeader(line string) string {
	if len(line) > maxHeader {
		return fmt.Sprintf("is longer than %d bytes", maxHeader)
	}
	if !strings.Contains(line, ":") {
		return "must have the form name:value"
	}
	name, value := splitHeader(line)
	switch {
	case !validToken(name):
		return "has a name that is not valid in HTTP"
	case !validValue(value):
		return "has a value with a control character"
	case slices.Contains(forbidden, http.CanonicalHeaderKey(name)):
		return "must not be " + http.CanonicalHeaderKey(name)
	case value == mask:
		return "has its value masked; send the value itself"
	}
	return ""
}

// splitHeader takes only blanks off, never a line break: that has to be seen by validValue.
func splitHeader(line string) (name, value string) {
	name, value, _ = strings.Cut(line, ":")
	return strings.Trim(name, " \t"), strings.Trim(value, " \t")
}

// validToken checks a field name (RFC 9110 5.6.2).
func validToken(name string) bool {
	for i := range len(name) {
		c := name[i]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		digit := c >= '0' && c <= '9'
		if !letter && !digit && strings.IndexByte("!#$%&'*+-.^_`|~", c) < 0 {
			return false
		}
	}
	return name != ""
}

// validValue checks a field value (RFC 9110 5.5): no control character but the tab.
func validValue(value string) bool {
	for i := range len(value) {
		if c := value[i]; (c < ' ' && c != '\t') || c == 0x7f {
			return false
		}
	}
	return true
}
