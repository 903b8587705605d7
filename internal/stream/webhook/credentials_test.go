package webhook

import (
	"encoding/json"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/simstead/simstead/internal/egress"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/stream/format"
)

func TestCredentialsDefaults(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		want     Credentials
	}{
		{"url alone", `{"url":"https://e.example"}`, Credentials{URL: "https://e.example", Method: "POST", Size: 3000}},
		{"nulls", `{"url":"u","method":null,"headers":null,"size":null}`, Credentials{URL: "u", Method: "POST", Size: 3000}},
		{
			"all", `{"url":"u","method":"put","headers":["a:b"],"size":1,"more":2}`,
			Credentials{URL: "u", Method: "PUT", Headers: []string{"a:b"}, Size: 1},
		},
		{"size as text", `{"size":"17"}`, Credentials{Method: "POST", Size: 17}},
		{"size as decimal", `{"size":17.0}`, Credentials{Method: "POST", Size: 17}},
		{"size zero", `{"size":0}`, Credentials{Method: "POST"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got Credentials
			if err := json.Unmarshal([]byte(tt.in), &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	for _, bad := range []string{`{"size":1.5}`, `{"size":"many"}`, `{"size":[1]}`, `{"headers":"a:b"}`, `[]`} {
		if err := json.Unmarshal([]byte(bad), new(Credentials)); err == nil {
			t.Errorf("%s was read", bad)
		}
	}
}

func TestValidate(t *testing.T) {
	good := Credentials{URL: "https://e.example/in", Method: "POST", Size: 3000}
	with := func(change func(*Credentials)) Credentials { c := good; change(&c); return c }
	header := func(lines ...string) Credentials { return with(func(c *Credentials) { c.Headers = lines }) }
	for _, tt := range []struct {
		name string
		in   Credentials
		want []string // code and a part of each message; none when valid
	}{
		{"good", good, nil},
		{"size 1", with(func(c *Credentials) { c.Size = 1 }), nil},
		{"size 10000", with(func(c *Credentials) { c.Size = 10000 }), nil},
		{"PATCH", with(func(c *Credentials) { c.Method = "PATCH" }), nil},
		{"no url", with(func(c *Credentials) { c.URL = "" }), []string{"Required url is required"}},
		{"http", with(func(c *Credentials) { c.URL = "http://e.example" }), []string{"InvalidFormat url: the URL must begin"}},
		{"address", with(func(c *Credentials) { c.URL = "https://10.0.0.1" }), []string{"InvalidFormat url: the host must be a name"}},
		{"GET", with(func(c *Credentials) { c.Method = "GET" }), []string{"InvalidFormat method must be"}},
		{"size 0", with(func(c *Credentials) { c.Size = 0 }), []string{"InvalidFormat size must be between 1 and 10000"}},
		{"size 10001", with(func(c *Credentials) { c.Size = 10001 }), []string{"InvalidFormat size must be between 1 and 10000"}},
		{"everything", Credentials{}, []string{"Required url", "InvalidFormat method", "InvalidFormat size"}},
		{"headers", header("Authorization:Basic aHVzaA==", "X-Empty:", "x_y : z\t", "X-Utf8: é"), nil},
		{"50 headers", header(slices.Repeat([]string{"a:b"}, 50)...), nil},
		{"51 headers", header(slices.Repeat([]string{"a:b"}, 51)...), []string{"InvalidFormat headers must be at most 50"}},
		{"longest header", header("a:" + strings.Repeat("x", 8190)), nil},
		{"too long a header", header("a:" + strings.Repeat("x", 8191)), []string{"InvalidFormat headers[0] is longer"}},
		{"no colon", header("ok:1", "hush"), []string{"InvalidFormat headers[1] must have the form"}},
		{"no name", header(":hush"), []string{"InvalidFormat headers[0] has a name"}},
		{"blank in the name", header("a b:hush"), []string{"InvalidFormat headers[0] has a name"}},
		{"break in the name", header("a\r\nHost:hush"), []string{"InvalidFormat headers[0] has a name"}},
		{"break before the name", header("\r\na:hush"), []string{"InvalidFormat headers[0] has a name"}},
		{"CR LF", header("a:hush\r\nHost: evil"), []string{"InvalidFormat headers[0] has a value"}},
		{"LF at the end", header("a:hush\n"), []string{"InvalidFormat headers[0] has a value"}},
		{"NUL", header("a:hush\x00"), []string{"InvalidFormat headers[0] has a value"}},
		{"DEL", header("a:hush\x7f"), []string{"InvalidFormat headers[0] has a value"}},
		{"masked", header("Authorization:***"), []string{"InvalidFormat headers[0] has its value masked"}},
		{"Host", header("host:hush"), []string{"InvalidFormat headers[0] must not be Host"}},
		{"Content-Length", header("CONTENT-LENGTH:0"), []string{"InvalidFormat headers[0] must not be Content-Length"}},
		{"Transfer-Encoding", header("transfer-encoding : chunked"), []string{"InvalidFormat headers[0] must not be Transfer-Encoding"}},
		{"Connection", header("Connection:close"), []string{"InvalidFormat headers[0] must not be Connection"}},
		{"Expect", header("expect:100-continue"), []string{"InvalidFormat headers[0] must not be Expect"}},
		{"TE", header("te:trailers"), []string{"InvalidFormat headers[0] must not be Te"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := tt.in.Validate(egress.Policy{})
			if len(got) != len(tt.want) {
				t.Fatalf("got %v, want %q", got, tt.want)
			}
			for i, e := range got {
				if text := e.Token() + " " + e.Message; !strings.HasPrefix(text, tt.want[i]) || strings.Contains(text, "hush") {
					t.Errorf("got %q, want %q", text, tt.want[i])
				}
			}
			if (fault.Invalid(got...) == nil) != (tt.want == nil) {
				t.Error("Invalid disagrees")
			}
		})
	}
}

func TestValidatePolicy(t *testing.T) {
	c := Credentials{URL: "http://127.0.0.1:8080/", Method: "POST", Size: 1}
	open := egress.Policy{AllowHTTP: true, AllowBareIP: true, Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}
	if wrong := c.Validate(open); len(wrong) != 0 {
		t.Error(wrong)
	}
}

func TestMasked(t *testing.T) {
	c := Credentials{URL: "https://e.example", Method: "POST", Size: 2, Headers: []string{"Authorization: Basic aHVzaA==", "X-Key:a:b"}}
	data, err := json.Marshal(c.Masked())
	if err != nil {
		t.Fatal(err)
	}
	want := `{"url":"https://e.example","method":"POST","headers":["Authorization:***","X-Key:***"],"size":2}`
	if diff := cmp.Diff(want, string(data)); diff != "" {
		t.Error(diff)
	}
	if c.Headers[1] != "X-Key:a:b" {
		t.Error("the original was masked")
	}
	if data, _ := json.Marshal(Credentials{}.Masked()); !strings.Contains(string(data), `"headers":[]`) {
		t.Errorf("no headers: %s", data)
	}
}

// FuzzHeader checks that a header which is let through is one line in a request.
func FuzzHeader(f *testing.F) {
	for _, line := range []string{"a:b", "a:b\r\nc:d", "Host:x", " a : b ", "\x00:", "a:\x7f"} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		if checkHeader(line) != "" {
			return
		}
		var out strings.Builder
		header := requestHeader(ours(format.New, ""), []string{line})
		if err := header.Write(&out); err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(out.String(), "\r\n"); n != 4 && n != 5 || strings.Count(out.String(), "\n") != n {
			t.Errorf("%q makes %q", line, out.String())
		}
		for name := range header {
			if slices.Contains(forbidden, name) {
				t.Errorf("%q sets %s", line, name)
			}
		}
	})
}
