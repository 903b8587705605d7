package webhook

import (
	"bufio"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/stream"
)

// listenRaw answers one request with 200 and returns its head as it came over the wire.
func listenRaw(t *testing.T) (url string, head func() string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	got := make(chan string, 1)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		var b strings.Builder
		for r := bufio.NewReader(conn); ; {
			line, err := r.ReadString('\n')
			if b.WriteString(line); err != nil || line == "\r\n" {
				break
			}
		}
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
		got <- b.String()
	}()
	return "http://" + l.Addr().String(), func() string { return <-got }
}

// The headers of each generation are these and no others: Go's own would be a change of what receivers know.
func TestHeadersOfGenerations(t *testing.T) {
	const modern = "POST /in HTTP/1.1|Host: HOST|User-Agent: DataStreamer/2.0|Content-Length: 8|Accept: application/json|" +
		"Accept-Encoding: gzip, deflate|Content-Type: application/json||"
	for _, tt := range []struct {
		generation  int64
		agent, want string
	}{
		{stream.OldFormat, "", "POST /in HTTP/1.1|Host: HOST|User-Agent: TLD|Content-Length: 8|Content-Type: application/json||"},
		{stream.OldFormat, "example", "POST /in HTTP/1.1|Host: HOST|User-Agent: example|Content-Length: 8|Content-Type: application/json||"},
		{stream.MigratedFormat, "example", modern},
		{stream.NewFormat, "", modern},
	} {
		t.Run(fmt.Sprint(tt.generation, tt.agent), func(t *testing.T) {
			url, head := listenRaw(t)
			d := Destination{Policy: loopback(), Clock: clock.System(), OldAgent: tt.agent}
			sink, err := d.Open(&stream.Stream{Generation: tt.generation, Credentials: json.RawMessage(`{"url": "` + url + `/in", "size": 1}`)})
			if err != nil {
				t.Fatal(err)
			}
			defer sink.Close()
			if n, err := sink.Send(t.Context(), records(1)); n != 1 || err != nil {
				t.Fatal(n, err)
			}
			want := strings.ReplaceAll(strings.ReplaceAll(tt.want, "HOST", strings.TrimPrefix(url, "http://")), "|", "\r\n")
			if diff := cmp.Diff(want, head()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// The scheme's own published example.
const (
	exampleSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	otherSecret   = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
)

func TestSignature(t *testing.T) {
	var header http.Header
	var bodies []string
	server := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		data, _ := io.ReadAll(r.Body)
		header, bodies = r.Header, append(bodies, string(data))
	})
	for _, secrets := range [][]string{nil, {exampleSecret}, {otherSecret, exampleSecret}} {
		s := open(t, Credentials{URL: server.URL, Size: 10, Headers: []string{"webhook-id:mine"}}, loopback())
		s.secrets = func(int64) []string { return secrets }
		ids := map[string]bool{}
		for n := range 2 { // a repeat has the same id
			if _, err := s.Send(t.Context(), records(3)); err != nil {
				t.Fatal(err)
			}
			if len(secrets) == 0 {
				if len(header["Webhook-Id"]) != 0 || len(header["Webhook-Signature"]) != 0 {
					t.Errorf("signed without a secret: %v", header)
				}
				continue
			}
			id, at := header.Get("Webhook-Id"), header.Get("Webhook-Timestamp")
			var want []string
			for _, secret := range secrets {
				key, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
				mac := hmac.New(sha256.New, key)
				fmt.Fprintf(mac, "%s.%s.%s", id, at, bodies[len(bodies)-1])
				want = append(want, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
			}
			if got := header.Get("Webhook-Signature"); got != strings.Join(want, " ") {
				t.Errorf("%d secrets, try %d: got %s, want %s", len(secrets), n, got, want)
			}
			if at != fmt.Sprint(noon.Unix()) || !strings.HasPrefix(id, "msg_") {
				t.Errorf("id %q, timestamp %q", id, at)
			}
			ids[id] = true
		}
		if len(secrets) > 0 && len(ids) != 1 {
			t.Errorf("the same request has the ids %v", ids)
		}
	}
}

// Only streams in the New format are signed: the headers of the others are published.
func TestDeprecatedFormatsAreNotSigned(t *testing.T) {
	url, head := listenRaw(t)
	sink, err := Destination{Policy: loopback(), Clock: clock.System()}.Open(&stream.Stream{
		Generation: stream.MigratedFormat, Credentials: json.RawMessage(`{"url": "` + url + `"}`), Signing: []stream.SigningKey{{Secret: exampleSecret}},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer sink.Close()
	if _, err := sink.Send(t.Context(), records(1)); err != nil {
		t.Fatal(err)
	}
	if got := head(); strings.Contains(strings.ToLower(got), "webhook-") {
		t.Error(got)
	}
}

func TestWhatIsKept(t *testing.T) {
	stored := `{"url":"https://a.example/in","method":"PUT","headers":["X-A:one","X-B:two","X-A:three"],"size":7}`
	d := Destination{}
	for name, tt := range map[string]struct{ given, want string }{
		"nothing":           {`{}`, stored},
		"as it is shown":    {string(d.Mask(json.RawMessage(stored))), stored},
		"a path":            {`{"url":"https://A.example/other"}`, strings.Replace(stored, "a.example/in", "A.example/other", 1)},
		"a size":            {`{"size":1}`, strings.Replace(stored, `"size":7`, `"size":1`, 1)},
		"one of the values": {`{"headers":["X-A:***","X-B:new","X-A:***"]}`, strings.Replace(stored, "X-B:two", "X-B:new", 1)},
		"no headers":        {`{"headers":[]}`, strings.Replace(stored, `["X-A:one","X-B:two","X-A:three"]`, `[]`, 1)},
		"another host":      {`{"url":"https://b.example/in"}`, "headers are required"},
		"another port":      {`{"url":"https://a.example:8443/in"}`, "headers are required"},
		"host and headers":  {`{"url":"https://b.example/in","headers":["X-A:***"]}`, "value masked"},
		"a size beside it":  {`{"url":"https://b.example/in","size":0}`, "size must be"},
		"unknown header":    {`{"headers":["X-C:***"]}`, "value masked"},
	} {
		t.Run(name, func(t *testing.T) {
			got, wrong := d.Check(json.RawMessage(tt.given), json.RawMessage(stored))
			if len(wrong) > 0 {
				if !strings.Contains(fmt.Sprint(wrong), tt.want) {
					t.Errorf("%v", wrong)
				}
				return
			}
			if diff := cmp.Diff(tt.want, string(got)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
