package app

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/wire/diameter"
	"github.com/simstead/simstead/internal/wire/diameter/client"
)

func TestPeersOfTheConfiguration(t *testing.T) {
	c, err := load(t, `diameter_addr: 10.0.0.1:3868
diameter_origin_host: ocs.example
diameter_origin_realm: example
diameter_peers:
  - {origin_host: smf.localdomain, realm: localdomain, address: 10.20.0.4, dialect: open5gs}
  - {origin_host: dra.example, address: 10.30.0.0/24, dialect: 3gpp, relay: true, reject_delay: 5ms}
  - {origin_host: pgw.example, dialect: open5gs, reject_delay: 0s}
`)
	if err != nil {
		t.Fatal(err)
	}
	if c.DiameterAddr != "10.0.0.1:3868" || c.DiameterOriginHost != "ocs.example" || c.DiameterOriginRealm != "example" {
		t.Errorf("configuration %+v", c)
	}
	late, soon := diameter.TGPP(), diameter.Open5GS()
	late.RefusalDelay, soon.RefusalDelay = 5*time.Millisecond, 0
	want := []diameter.Peer{
		{OriginHost: "smf.localdomain", Realm: "localdomain", Source: netip.MustParsePrefix("10.20.0.4/32"), Dialect: diameter.Open5GS()},
		{OriginHost: "dra.example", Source: netip.MustParsePrefix("10.30.0.0/24"), Dialect: late, Relay: true},
		{OriginHost: "pgw.example", Dialect: soon},
	}
	comparable := cmpopts.EquateComparable(netip.Prefix{})
	got, err := c.peers()
	if diff := cmp.Diff(want, got, comparable); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	c, err = Load(Defaults(), "/dev/null", []string{"SIMSTEAD_DIAMETER_PEERS=smf.localdomain=10.20.0.4=open5gs, *=10.30.0.0/24=3gpp", "SIMSTEAD_DIAMETER_ADDR="})
	if err != nil {
		t.Fatal(err)
	}
	want = []diameter.Peer{
		{OriginHost: "smf.localdomain", Source: netip.MustParsePrefix("10.20.0.4/32"), Dialect: diameter.Open5GS()},
		{OriginHost: "*", Source: netip.MustParsePrefix("10.30.0.0/24"), Dialect: diameter.TGPP()},
	}
	if got, err = c.peers(); err != nil || c.DiameterAddr != "" {
		t.Errorf("address %q: %v", c.DiameterAddr, err)
	}
	if diff := cmp.Diff(want, got, comparable); diff != "" {
		t.Errorf("environment (-want +got):\n%s", diff)
	}
}

func TestPeersThatAreRefused(t *testing.T) {
	for entry, says := range map[string]string{
		"diameter_peers: [{origin_host: a, address: 10.0.0.1}]":                                       `dialect of a is ""`,
		"diameter_peers: [{origin_host: a, address: 10.0.0.1, dialect: cisco}]":                       `"cisco", not open5gs or 3gpp`,
		"diameter_peers: [{address: 10.0.0.1, dialect: 3gpp}]":                                        "no origin_host",
		"diameter_peers: [{origin_host: '*', dialect: 3gpp}]":                                         "* has no address",
		"diameter_peers: [{origin_host: a, address: here, dialect: 3gpp}]":                            `"here" is neither`,
		"diameter_peers: [{origin_host: a, address: 10.0.0.1, dialect: 3gpp, reject_delay: 6s}]":      "reject_delay of a",
		"diameter_peers: [{origin_host: a, address: 10.0.0.1, dialect: 3gpp, reject_delay: -1s}]":     "reject_delay of a",
		"diameter_peers: [{origin_host: a, address: 10.0.0.1, dialect: 3gpp, refusal_delay: 1s}]":     `unknown key "refusal_delay"`,
		"diameter_peers: [{origin_host: a, address: 10.0.0.1, dialect: 3gpp, reject_delay: someday}]": "configuration",
		"diameter_origin_host: ''": "must not be empty",
	} {
		if _, err := load(t, entry+"\n"); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: error %v, want %q", entry, err, says)
		}
	}
}

// serve runs an installation on SQLite until the test ends, or until stop is called.
func serve(t *testing.T, change func(*Config)) (a *App, stop func() error) {
	t.Helper()
	c := Defaults()
	c.HTTPAddr, c.RADIUSAuthAddr, c.RADIUSAcctAddr, c.DiameterAddr = "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0"
	c.DataDir = t.TempDir()
	change(&c)
	a, err := New(t.Context(), c, clock.System(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Listen(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	a.Ready()
	ended := false
	stop = func() error {
		if ended {
			return nil
		}
		ended = true
		cancel()
		return <-done
	}
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	return a, stop
}

func gateway(host string) *client.Client {
	return &client.Client{
		OriginHost: host, OriginRealm: "localdomain", DestinationRealm: "localdomain", Clock: clock.System(), Log: slog.New(slog.DiscardHandler),
	}
}

// A configured gateway may connect, and what it asks goes through the flow; another may not.
func TestGyAndGxReachTheFlow(t *testing.T) {
	a, stop := serve(t, func(c *Config) {
		c.DiameterPeers = []DiameterPeer{{OriginHost: "smf.localdomain", Address: "127.0.0.0/8", Dialect: "open5gs"}}
	})
	if err := gateway("else.localdomain").Dial(t.Context(), a.DiameterAddr().String()); err == nil || !strings.Contains(err.Error(), "3010") {
		t.Errorf("a stranger is told %v", err)
	}
	g := gateway("smf.localdomain")
	if err := g.Dial(t.Context(), a.DiameterAddr().String()); err != nil {
		t.Fatal(err)
	}
	if s := g.Server(); s.OriginHost != "simstead.localdomain" || s.OriginRealm != "localdomain" {
		t.Errorf("the server is %+v", s)
	}
	nobody := client.Session{IMSI: "999990000000001", APN: "internet", PLMN: "26201", RAT: 6}
	ask := client.Request{
		Session: &nobody, SessionID: g.NewSessionID("gy"), Type: client.Initial, RatingGroup: client.Absent, Reason: client.Absent,
		Requested: 1_000_000, Action: client.Absent, At: clock.System().Micros() / clock.Second,
	}
	credit, err := g.AwaitCredit(t.Context(), ask)
	if err != nil || credit.Result != 5030 {
		t.Errorf("Gy answers %+v: %v", credit, err)
	}
	ask.SessionID = g.NewSessionID("gx")
	policy, err := g.AwaitPolicy(t.Context(), ask)
	if err != nil || policy.Result != 5030 {
		t.Errorf("Gx answers %+v: %v", policy, err)
	}
	if n := a.Flow.Counters.UnknownIMSI.Load(); n != 2 {
		t.Errorf("the flow has seen %d unknown IMSIs", n)
	}
	metrics := get(t, a.URL()+"/metrics")
	for _, want := range []string{
		`simstead_diameter_connections 1`, `simstead_diameter_answers_total{interface="gy",result="5030"} 1`,
		`simstead_diameter_answers_total{interface="gx",result="5030"} 1`,
		`simstead_streams{status="Error"} 0`,
	} {
		if !strings.Contains(metrics, want) {
			t.Errorf("the metrics do not say %s", want)
		}
	}
	if err := stop(); err != nil {
		t.Errorf("Run: %v", err)
	}
	select {
	case <-g.Done():
	case <-time.After(5 * time.Second):
		t.Error("the gateway is still connected")
	}
}

func get(t *testing.T, url string) string {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	b, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestWithoutDiameter(t *testing.T) {
	a, _ := serve(t, func(c *Config) { c.DiameterAddr = "" })
	if a.Diameter != nil || a.DiameterAddr().IsValid() {
		t.Errorf("served at %s", a.DiameterAddr())
	}
	if got := get(t, a.URL()+"/readyz"); got != "ready\n" {
		t.Errorf("/readyz says %q", got)
	}
}
