package egress

import (
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// trap is a listener on loopback that counts the connections it gets, on IPv4 and, where the machine has it, on IPv6.
type trap struct {
	port     string
	accepted atomic.Int64
}

func newTrap(t *testing.T) *trap {
	t.Helper()
	four, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(four.Addr().String())
	tr := &trap{port: port}
	tr.serve(t, four)
	if six, err := net.Listen("tcp6", "[::1]:"+port); err == nil {
		tr.serve(t, six)
	}
	return tr
}

func (tr *trap) serve(t *testing.T, l net.Listener) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			tr.accepted.Add(1)
			conn.Close()
		}
	}()
	t.Cleanup(func() { l.Close(); <-done })
}

func lines(t *testing.T, file string) []string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for line := range strings.SplitSeq(strings.TrimSuffix(string(data), "\n"), "\n") {
		if strings.HasPrefix(line, "#") {
			continue
		}
		text, err := strconv.Unquote(`"` + line + `"`)
		if err != nil {
			t.Fatalf("%s: %q: %v", file, line, err)
		}
		out = append(out, text)
	}
	return out
}

// TestTrap shows that the trap does see a connection of a client that may make one.
func TestTrap(t *testing.T) {
	tr := newTrap(t)
	policy := Policy{AllowHTTP: true, AllowBareIP: true, Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}
	if _, err := policy.Client(time.Second).Get("http://127.0.0.1:" + tr.port); err == nil {
		t.Fatal("the trap answered")
	}
	if tr.accepted.Load() == 0 {
		t.Fatal("the trap saw nothing")
	}
}

// TestHostileURLs asks both defences, each alone: the form under the strict policy, and the connection under one that
// lets every form through and a resolver for which every name is loopback.
func TestHostileURLs(t *testing.T) {
	tr := newTrap(t)
	strict := Policy{Resolver: answering("127.0.0.1", "::1")}
	loose := Policy{AllowHTTP: true, AllowBareIP: true, Resolver: strict.Resolver}
	client := loose.Client(5 * time.Second)
	defer client.CloseIdleConnections()
	urls := lines(t, "testdata/hostile_urls.txt")
	if len(urls) < 150 {
		t.Fatalf("only %d URLs", len(urls))
	}
	leadsOn := map[string]bool{} // form is fine, the name leads to loopback
	for _, host := range []string{
		"localhost6", "localhost.localdomain", "ip6-localhost", "ip6-loopback", "127.0.0.1.nip.example",
		"7f000001.rebind.example", "spoofed.example", "localtest.example", "metadata.google.internal", "metadata",
		"instance-data",
	} {
		leadsOn[host] = true
	}
	for _, text := range urls {
		text = strings.ReplaceAll(text, "{port}", tr.port)
		t.Run(text, func(t *testing.T) {
			var refused *Refused
			u, err := strict.CheckURL(text)
			switch {
			case err == nil && !leadsOn[u.Hostname()]:
				t.Error("the form was let through")
			case err != nil && (!errors.As(err, &refused) || refused.Reason == ""):
				t.Errorf("not a reason: %v", err)
			}
			resp, getErr := client.Get(text)
			if getErr == nil {
				resp.Body.Close()
				t.Error("got an answer")
			}
			if err == nil && !errors.As(getErr, &refused) {
				t.Errorf("connect: %v, want a refusal", getErr)
			}
			if parsed, problem := url.Parse(text); problem == nil {
				if conn, err := loose.Connect(t.Context(), parsed); err == nil {
					conn.Close()
					t.Error("connected")
				}
			}
			if n := tr.accepted.Swap(0); n != 0 {
				t.Errorf("%d connections were made", n)
			}
		})
	}
}

// TestRefusedAddresses lets a name lead to each address.
func TestRefusedAddresses(t *testing.T) {
	for _, text := range lines(t, "testdata/refused_addresses.txt") {
		t.Run(text, func(t *testing.T) {
			addr := netip.MustParseAddr(text)
			var refused *Refused
			if err := (Policy{}).CheckAddr(addr); !errors.As(err, &refused) || refused.Block == "" || refused.Addr != addr {
				t.Errorf("CheckAddr: %v", err)
			}
			client := Policy{Resolver: answering(text)}.Client(5 * time.Second)
			resp, err := client.Get("https://rebind.example/")
			if err == nil {
				resp.Body.Close()
				t.Fatal("got an answer")
			}
			refused = nil
			if !errors.As(err, &refused) {
				t.Fatalf("connect: %v, want a refusal", err)
			}
			if got := Explain(err); strings.Contains(got, text) || got != "the host leads to an address that is not public" {
				t.Errorf("the customer is told %q", got)
			}
		})
	}
}

func TestPublicAddresses(t *testing.T) {
	for _, text := range []string{
		"1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
		"128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.0", "192.167.255.255",
		"192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255", "2000::1", "2001:200::1", "2001:4860:4860::8888",
		"2003::1", "2600::1", "2a00:1450::1", "64:ff9b::8.8.8.8", "::ffff:8.8.8.8",
	} {
		if err := (Policy{}).CheckAddr(netip.MustParseAddr(text)); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestCheckURLAccepts(t *testing.T) {
	open := Policy{
		AllowHTTP: true, AllowBareIP: true,
		Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("fd00:1::/32")},
	}
	for _, tt := range []struct {
		name, url string
		policy    Policy
	}{
		{"host", "https://example.com", Policy{}},
		{"upper case", "HTTPS://EXAMPLE.COM/Path", Policy{}},
		{"port, path and query", "https://in.example.com:8443/a/b%20c?key=v&x=@y:z", Policy{}},
		{"lowest port", "https://example.com:1/", Policy{}},
		{"highest port", "https://example.com:65535/", Policy{}},
		{"final dot", "https://example.com./", Policy{}},
		{"international", "https://xn--bcher-kva.example/", Policy{}},
		{"underscore", "https://my_hook.example.com/", Policy{}},
		{"digits in front", "https://1.2.3.4.example/", Policy{}},
		{"http", "http://example.com/", open},
		{"public IPv4", "https://8.8.8.8/", open},
		{"public IPv6", "https://[2a00:1450::1]:8443/", open},
		{"opened IPv4", "http://127.0.0.1:8080/", open},
		{"opened IPv6", "https://[fd00:1::5]/", open},
		{"opened localhost", "https://localhost:8080/", open},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := tt.policy.CheckURL(tt.url); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestCheckURLSaysWhy(t *testing.T) {
	bare := Policy{AllowBareIP: true}
	for _, tt := range []struct {
		url, want string
		policy    Policy
	}{
		{"", "empty", Policy{}},
		{"https://e.example/" + strings.Repeat("x", maxURL), "longer than 2048", Policy{}},
		{"https://e.example/%zz", "cannot be read", Policy{}},
		{"http://e.example/", "https://", Policy{}},
		{"ftp://e.example/", "https:// or http://", Policy{AllowHTTP: true}},
		{"https://user:hush@e.example/", "user name or password", Policy{}},
		{"https://e.example/#x", "fragment", Policy{}},
		{"https:///x", "no host", Policy{}},
		{"https://e.example:0/", "between 1 and 65535", Policy{}},
		{"https://e.example:/", "no port", Policy{}},
		{"https://8.8.8.8/", "not an IP address", Policy{}},
		{"https://134744072/", "not an IP address", Policy{}},
		{"https://134744072/", "usual notation", bare},
		{"https://010.8.8.8/", "usual notation", bare},
		{"https://[::ffff:8.8.8.8]/", "usual notation", bare},
		{"https://[2a00:1450::1%25eth0]/", "usual notation", bare},
		{"https://169.254.169.254/", "cloud metadata", bare},
		{"https://10.0.0.1/", "private network", bare},
		{"https://localhost/", "loopback", Policy{}},
		{"https://bücher.example/", "xn--", Policy{}},
		{"https://" + strings.Repeat("a", 64) + ".example/", "host name", Policy{}},
		{"https://" + strings.Repeat("a.", 127) + "example/", "host name", Policy{}},
	} {
		t.Run(tt.url[:min(len(tt.url), 60)], func(t *testing.T) {
			_, err := tt.policy.CheckURL(tt.url)
			var refused *Refused
			if !errors.As(err, &refused) || !strings.Contains(refused.Reason, tt.want) || strings.Contains(refused.Reason, "hush") {
				t.Errorf("got %v, want ... %s ...", err, tt.want)
			}
		})
	}
}

// TestRebinding is a name whose form is fine and which leads inside when it is connected to, by every one of its
// addresses.
func TestRebinding(t *testing.T) {
	tr := newTrap(t)
	policy := Policy{AllowHTTP: true, Resolver: answering("127.0.0.1", "10.0.0.1", "::1", "fd00:ec2::254")}
	url := "http://rebind.example:" + tr.port + "/"
	if _, err := policy.CheckURL(url); err != nil {
		t.Fatal(err)
	}
	u, _ := policy.CheckURL(url)
	if _, err := policy.Connect(t.Context(), u); err == nil {
		t.Error("connected")
	}
	_, err := policy.Client(5 * time.Second).Get(url)
	var refused *Refused
	if !errors.As(err, &refused) || refused.Block == "" || !refused.Addr.IsValid() {
		t.Errorf("got %v, want a refusal", err)
	}
	if n := tr.accepted.Load(); n != 0 {
		t.Errorf("%d connections were made", n)
	}
}

func loopback(t *testing.T) Policy {
	t.Helper()
	return Policy{
		AllowHTTP: true, AllowBareIP: true,
		Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")},
	}
}

func TestRedirectIsTheAnswer(t *testing.T) {
	tr := newTrap(t)
	for _, code := range []int{301, 302, 303, 307, 308} {
		server := httptest.NewServer(http.RedirectHandler("http://127.0.0.1:"+tr.port+"/", code))
		client := loopback(t).Client(5 * time.Second)
		resp, err := client.Post(server.URL, "text/plain", strings.NewReader("x"))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != code {
			t.Errorf("got %d, want %d", resp.StatusCode, code)
		}
		client.CloseIdleConnections()
		server.Close()
	}
	if n := tr.accepted.Load(); n != 0 {
		t.Errorf("%d connections to the redirect's target", n)
	}
}

func TestNoProxy(t *testing.T) {
	tr := newTrap(t)
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"} {
		t.Setenv(name, "http://127.0.0.1:"+tr.port)
	}
	policy := loopback(t)
	if policy.Transport().Proxy != nil {
		t.Error("the transport has a proxy")
	}
	policy.Resolver = answering("10.0.0.1")
	if _, err := policy.Client(5 * time.Second).Get("http://e.example/"); err == nil {
		t.Error("got an answer")
	}
	if n := tr.accepted.Load(); n != 0 {
		t.Errorf("%d connections to the proxy", n)
	}
}

func TestExplain(t *testing.T) {
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0) // of failed handshakes
	secure.StartTLS()
	defer secure.Close()
	closed := httptest.NewServer(nil)
	closed.Close()
	stuck := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-stuck }))
	defer slow.Close()
	defer close(stuck)
	garbage := rawServer(t, "no HTTP here\r\n\r\n")
	hangup := rawServer(t, "")
	trusting := loopback(t)
	trusting.Roots = secure.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	trusting.Resolver = answering("127.0.0.1")
	unnamed := loopback(t)
	unnamed.Resolver = answering()
	_, securePort, _ := net.SplitHostPort(secure.Listener.Addr().String())

	for _, tt := range []struct {
		name, url, want string
		policy          Policy
	}{
		{"refused connection", closed.URL, "connection refused", loopback(t)},
		{"unknown authority", secure.URL, "the certificate is signed by an unknown authority", loopback(t)},
		{"other host's certificate", "https://other.test:" + securePort, "the certificate is not valid for the host", trusting},
		{"no TLS", strings.Replace(plain.URL, "http", "https", 1), "the destination does not speak TLS", loopback(t)},
		{"no HTTP", garbage, "the destination did not answer with valid HTTP", loopback(t)},
		{"hang-up", hangup, "connection closed by the destination", loopback(t)},
		{"timeout", slow.URL, "the destination did not answer in time", loopback(t)},
		{"no such name", "https://nobody.example", "no such host", unnamed},
		{"refused address", "https://10.0.0.1", "the host leads to an address that is not public", Policy{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			client := tt.policy.Client(500 * time.Millisecond)
			defer client.CloseIdleConnections()
			resp, err := client.Get(tt.url)
			if err == nil {
				resp.Body.Close()
				t.Fatal("got an answer")
			}
			if got := Explain(err); got != tt.want {
				t.Errorf("got %q, want %q (%v)", got, tt.want, err)
			}
		})
	}
}

// rawServer answers every connection with the text and hangs up.
func rawServer(t *testing.T, text string) string {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Read(make([]byte, 4096))
			_, _ = io.WriteString(conn, text)
			conn.Close()
		}
	}()
	return "http://" + l.Addr().String()
}

func FuzzCheckURL(f *testing.F) {
	data, err := os.ReadFile("testdata/hostile_urls.txt")
	if err != nil {
		f.Fatal(err)
	}
	for line := range strings.SplitSeq(string(data), "\n") {
		f.Add(line)
	}
	f.Add("https://example.com:8443/path?x=y")
	f.Fuzz(func(t *testing.T, raw string) {
		u, err := Policy{}.CheckURL(raw)
		if err != nil {
			var refused *Refused
			if !errors.As(err, &refused) {
				t.Fatalf("not a refusal: %v", err)
			}
			return
		}
		if u.Scheme != "https" || u.User != nil || u.Fragment != "" || u.Hostname() == "" {
			t.Errorf("let through %q", raw)
		}
		if _, err := netip.ParseAddr(strings.TrimSuffix(u.Hostname(), ".")); err == nil || net.ParseIP(u.Hostname()) != nil {
			t.Errorf("let an address through: %q", raw)
		}
	})
}
