package client

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/wire/diameter"
	"github.com/simstead/simstead/internal/wire/diameter/packet"
)

// relayHost is the identity of the relay; its certificate has to carry it, even where there is no TLS.
const relayHost = "dra.localdomain"

// relay is a freeDiameter that passes on what it gets: somebody else's reading of the same standards.
type relay struct {
	addr string
	mu   sync.Mutex
	log  []string
	grew chan struct{} // buffered by one
}

func freeAddr(t *testing.T) *net.TCPAddr {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr)
}

func writeFile(t *testing.T, name string, text []byte) {
	t.Helper()
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// certify writes a certificate for the relay and its key.
func certify(t *testing.T, dir string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: relayHost}, DNSNames: []string{relayHost},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, "cert.pem"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert}))
	writeFile(t, filepath.Join(dir, "key.pem"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))
}

// startRelay starts freeDiameter between clients and a server. It is not skipped when it is missing.
func startRelay(t *testing.T, server string) *relay {
	t.Helper()
	path, err := exec.LookPath("freeDiameterd")
	if err != nil {
		t.Fatal("freeDiameterd is missing: install the packages freediameterd and freediameter-extensions")
	}
	dir := t.TempDir()
	certify(t, dir)
	_, serverPort, err := net.SplitHostPort(server)
	if err != nil {
		t.Fatal(err)
	}
	at, secure := freeAddr(t), freeAddr(t)
	writeFile(t, filepath.Join(dir, "allowed.conf"), []byte("ALLOW_IPSEC *.localdomain\n"))
	writeFile(t, filepath.Join(dir, "relay.conf"), fmt.Appendf(nil, `
Identity = %q;
Realm = "localdomain";
Port = %d;
SecPort = %d;
No_SCTP;
No_IPv6;
ListenOn = "127.0.0.1";
TLS_Cred = "%[4]s/cert.pem", "%[4]s/key.pem";
TLS_CA = "%[4]s/cert.pem";
LoadExtension = "dict_rfc5777.fdx";
LoadExtension = "dict_nasreq.fdx";
LoadExtension = "dict_dcca.fdx";
LoadExtension = "dict_dcca_3gpp.fdx";
LoadExtension = "acl_wl.fdx" : "%[4]s/allowed.conf";
ConnectPeer = "ocs.example" { ConnectTo = "127.0.0.1"; No_TLS; Port = %[5]s; };
`, relayHost, at.Port, secure.Port, dir, serverPort))
	// WithoutCancel: the relay goes before the server stops, but not before the clients have.
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	cmd := exec.CommandContext(ctx, path, "-c", filepath.Join(dir, "relay.conf"))
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	r := &relay{addr: at.String(), grew: make(chan struct{}, 1)}
	read := make(chan struct{})
	go func() {
		defer close(read)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			r.mu.Lock()
			r.log = append(r.log, lines.Text())
			r.mu.Unlock()
			select {
			case r.grew <- struct{}{}:
			default:
			}
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-read
		_ = cmd.Wait() // it was told to go
		if t.Failed() {
			t.Log(strings.Join(r.log, "\n"))
		}
	})
	return r
}

// says waits until the relay's log has a line like this.
func (r *relay) says(t *testing.T, pattern string) {
	t.Helper()
	wanted, late := regexp.MustCompile(pattern), time.After(45*time.Second)
	for {
		r.mu.Lock()
		log := strings.Join(r.log, "\n")
		r.mu.Unlock()
		if wanted.MatchString(log) {
			return
		}
		if strings.Contains(log, "FATAL") {
			t.Fatal("freeDiameter does not start")
		}
		select {
		case <-r.grew:
		case <-late:
			t.Fatalf("freeDiameter does not say %q", pattern)
		}
	}
}

func TestSessionThroughFreeDiameter(t *testing.T) {
	l := &ledger{quota: map[string]int64{imsi: 250_000}, slice: 100_000}
	s, addr := serve(t, l, diameter.Open5GS())
	r := startRelay(t, addr)
	r.says(t, `STATE_OPEN.*ocs\.example`)
	c := dial(t, r.addr, "smf.localdomain", true, newClock())
	c.DestinationRealm = "example"
	if c.Server().OriginHost != relayHost {
		t.Errorf("connected to %+v", c.Server())
	}
	b := &Bearer{Client: c, Session: device(), RatingGroup: Absent}
	if err := b.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	asked := l.requests[0]
	if asked.Peer != relayHost || asked.OriginHost != "smf.localdomain" || asked.OriginRealm != "localdomain" || asked.IMEISV != device().IMEISV {
		t.Errorf("asked %+v", asked)
	}
	answered := make(chan uint32, 1) // back through the relay, to the gateway that it hides
	if err := s.ReauthoriseCredit(asked.Target(), func(result uint32, err error) {
		if err != nil {
			t.Errorf("re-authorisation: %v", err)
		}
		answered <- result
	}); err != nil {
		t.Fatal(err)
	}
	if got := <-answered; got != packet.ResultLimitedSuccess {
		t.Errorf("re-authorisation answered %d", got)
	}
	passed, err := b.Carry(t.Context(), 100_000, 400_000)
	if passed != 250_000 || err == nil || !b.Ended() || l.left(imsi) != 0 {
		t.Errorf("%d octets passed, %d left: %v", passed, l.left(imsi), err)
	}
}
