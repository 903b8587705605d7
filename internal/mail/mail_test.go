package mail

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/clock"
)

// server is a mail server that takes letters, after refusing the first ones with given answers.
type server struct {
	net.Listener
	config *tls.Config
	from   string // the way to TLS that it offers

	mu       sync.Mutex
	refusals []string
	tries    int
	login    string
	letters  []string
}

// certified gives a server a certificate for 127.0.0.1, and its clients the trust in it.
func certified(t *testing.T) (config, trust *tls.Config) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(parsed)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, &tls.Config{RootCAs: roots}
}

func serve(t *testing.T, way string, config *tls.Config, refusals ...string) *server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{Listener: l, config: config, from: way, refusals: refusals}
	if way == ImplicitTLS {
		s.Listener = tls.NewListener(l, config)
	}
	t.Cleanup(func() { s.Close() })
	go func() {
		for {
			conn, err := s.Accept()
			if err != nil {
				return
			}
			s.talk(conn)
		}
	}()
	return s
}

func (s *server) talk(conn net.Conn) {
	defer func() { conn.Close() }()
	in := bufio.NewReader(conn)
	say := func(format string, args ...any) { fmt.Fprintf(conn, format+"\r\n", args...) }
	secure := s.from == ImplicitTLS
	say("220 test ready")
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		verb, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch strings.ToUpper(verb) {
		case "EHLO":
			if s.from == StartTLS && !secure {
				say("250-test\r\n250 STARTTLS")
			} else {
				say("250-test\r\n250 AUTH PLAIN")
			}
		case "STARTTLS":
			if s.from != StartTLS {
				say("502 what is that")
				continue
			}
			say("220 go")
			conn = tls.Server(conn, s.config)
			in, secure = bufio.NewReader(conn), true
		case "AUTH":
			text, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(rest, "PLAIN "))
			s.mu.Lock()
			s.login = strings.ReplaceAll(string(text), "\x00", "|")
			s.mu.Unlock()
			say("235 welcome")
		case "MAIL":
			s.mu.Lock()
			answer := "250 fine"
			if s.tries++; s.tries <= len(s.refusals) {
				answer = s.refusals[s.tries-1]
			}
			s.mu.Unlock()
			say("%s", answer)
		case "DATA":
			say("354 go on")
			var b strings.Builder
			for {
				line, err := in.ReadString('\n')
				if err != nil || line == ".\r\n" {
					break
				}
				b.WriteString(line)
			}
			s.mu.Lock()
			s.letters = append(s.letters, b.String())
			s.mu.Unlock()
			say("250 taken")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 fine")
		}
	}
}

func office(s Server) *Office {
	return (&Office{
		From: mail.Address{Name: "Simstead", Address: "no-reply@iot.example"}, Base: "https://iot.example", Server: s, Pause: time.Millisecond,
		Clock: clock.NewFake(time.Unix(1_700_000_000, 0)).Clock(), Log: slog.New(slog.DiscardHandler),
	}).Open()
}

// work does what was posted.
func work(o *Office) {
	done, cancel := context.WithCancel(context.Background())
	cancel()
	o.Run(done)
}

func TestServers(t *testing.T) {
	config, trust := certified(t)
	for _, way := range []string{StartTLS, ImplicitTLS, Plaintext} {
		t.Run(way, func(t *testing.T) {
			s := serve(t, way, config)
			to := Server{Addr: s.Addr().String(), TLS: way, Trust: trust}
			if way != Plaintext {
				to.Username, to.Password = "me", "secret"
			}
			o := office(to)
			o.Post(&Letter{Kind: Activation, To: "ada@fleet.example", Name: "Ada", Organisation: "Fleet", Key: "sta_1.2.x"})
			work(o)
			if len(s.letters) != 1 {
				t.Fatalf("%d letters", len(s.letters))
			}
			m, err := mail.ReadMessage(strings.NewReader(s.letters[0]))
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(quotedprintable.NewReader(m.Body))
			if err != nil || !strings.Contains(string(text), "    sta_1.2.x\r\n") || !strings.HasPrefix(string(text), "Hello Ada,\r\n") {
				t.Errorf("%v %s", err, text)
			}
			if to, err := m.Header.AddressList("To"); err != nil || to[0].Address != "ada@fleet.example" {
				t.Errorf("%v %v", to, err)
			}
			if way != Plaintext && s.login != "|me|secret" {
				t.Errorf("login %q", s.login)
			}
		})
	}
}

// A certificate that nobody vouches for, and a server that offers no TLS where it must: nothing is sent.
func TestNoLetterWithoutTrust(t *testing.T) {
	config, trust := certified(t)
	_, strangers := certified(t)
	for name, c := range map[string]struct {
		offers, wants string
		trust         *tls.Config
	}{"unknown authority": {StartTLS, StartTLS, strangers}, "no STARTTLS": {Plaintext, StartTLS, trust}, "no TLS": {Plaintext, ImplicitTLS, trust}} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, c.offers, config)
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			err := Server{Addr: s.Addr().String(), TLS: c.wants, Trust: c.trust}.send(ctx, "a@b.example", "c@d.example", []byte("x"))
			if err == nil || len(s.letters) > 0 || s.tries > 0 {
				t.Errorf("%v, %d tries", err, s.tries)
			}
		})
	}
}

func TestAttempts(t *testing.T) {
	busy, never := "451 later", "550 no such sender"
	for name, c := range map[string]struct {
		refusals        []string
		tries, arrivals int
	}{
		"once":     {nil, 1, 1},
		"later":    {[]string{busy, busy}, 3, 1},
		"refused":  {[]string{never}, 1, 0},
		"given up": {[]string{busy, busy, busy, busy, busy}, 4, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, Plaintext, nil, c.refusals...)
			o := office(Server{Addr: s.Addr().String(), TLS: Plaintext})
			o.work(t.Context(), func(context.Context) (*Letter, error) { return &Letter{To: "a@b.example"}, nil }, nil)
			if s.tries != c.tries || len(s.letters) != c.arrivals {
				t.Errorf("%d tries, %d letters", s.tries, len(s.letters))
			}
		})
	}
}

// Names that customers choose make no headers, and letters in the folder are for their owner's eyes.
func TestFolder(t *testing.T) {
	o := office(Server{})
	o.Folder = filepath.Join(t.TempDir(), "outbox")
	o.Post(&Letter{Kind: Invitation, To: "ada@fleet.example", Name: "Ada\r\nBcc: eve@evil.example", Organisation: "Fleet\r\nBcc: eve@evil.example\r\n\r\nHä", Key: "k"})
	o.Post(nil)
	o.Do(func(context.Context) (*Letter, error) { return nil, nil })
	work(o)
	names, err := filepath.Glob(filepath.Join(o.Folder, "*.eml"))
	if err != nil || len(names) != 1 {
		t.Fatal(names, err)
	}
	if info, err := os.Stat(names[0]); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	file, err := os.Open(names[0])
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	m, err := mail.ReadMessage(file)
	if err != nil || m.Header.Get("Bcc") != "" || len(m.Header) != 9 {
		t.Errorf("%v %v", m, err)
	}
}

// Whoever posts never waits: what is too much is dropped.
func TestTooManyLetters(t *testing.T) {
	o := office(Server{})
	done := 0
	for range 2 * waiting {
		o.Do(func(context.Context) (*Letter, error) { done++; return nil, nil })
	}
	work(o)
	if done != waiting {
		t.Errorf("%d errands", done)
	}
}
