package app

import (
	"encoding/hex"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/simstead/simstead/internal/usage"
	"github.com/simstead/simstead/internal/wire/radius"
)

func load(t *testing.T, file string) (Config, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "simstead.yaml")
	if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	return Load(Defaults(), path, nil)
}

func TestGatewayOfTheConfiguration(t *testing.T) {
	c, err := load(t, `radius_clients:
  - name: pgw-1
    address: 10.20.0.0/16
    secret: s
    framed_pool: iot
    dynamic: [disconnect, rate, interim]
    coa_port: 1700
    coa_secret: other
    coa_timeout: 500ms
    coa_tries: 2
    coa_attributes: [user_name, session_id, nas]
    qos:
      - wispr
      - {vendor: 2011, type: 2, integer: "{down_bps}", no_limit: "4000000000"}
  - {address: 2001:db8::1, secret: s}
  - {address: 2001:db8::2, secret: s, dynamic: []}
`)
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.gateways()
	if err != nil {
		t.Fatal(err)
	}
	want := []radius.NAS{
		{
			Prefix: netip.MustParsePrefix("10.20.0.0/16"), Secret: "s", Name: "pgw-1", FramedPool: "iot",
			Dynamic: radius.Dynamic{
				Abilities: usage.CanEnd | usage.CanChangeRate | usage.CanReauthorise, Port: 1700, Secret: "other",
				Mentions: radius.MentionUserName | radius.MentionSessionID | radius.MentionNAS, Timeout: 500 * time.Millisecond, Tries: 2,
			},
		},
		{Prefix: netip.MustParsePrefix("2001:db8::1/128"), Secret: "s", Dynamic: radius.Dynamic{Abilities: usage.CanEnd}},
		{Prefix: netip.MustParsePrefix("2001:db8::2/128"), Secret: "s"},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(radius.NAS{}, "QoS"), cmpopts.EquateComparable(netip.Prefix{})); diff != "" {
		t.Errorf("gateways (-want +got):\n%s", diff)
	}
	var b []byte
	for _, template := range got[0].QoS {
		b = template.Append(b, usage.Rate{Up: 1, Down: 2}, false)
	}
	if got, want := hex.EncodeToString(b), "1a0c0000372a070600000001"+"1a0c0000372a080600000002"+"1a0c000007db020600000002"; got != want {
		t.Errorf("QoS attributes %s, want %s", got, want)
	}
}

func TestGatewaysThatAreRefused(t *testing.T) {
	for entry, says := range map[string]string{
		"coa_secert: x":                            `unknown key "coa_secert"`,
		"qos: [{vendro: 1, type: 2, text: x}]":     `unknown key "vendro"`,
		"qos: [cisco]":                             `no QoS template "cisco"`,
		"qos: [{type: 256, text: x}]":              "is 256, not between",
		"qos: [{type: 1, text: '{up}'}]":           "no placeholder {up}",
		"dynamic: [everything]":                    `not "everything"`,
		"dynamic: [rate]":                          "no QoS template says how",
		"coa_port: 70000":                          "70000 is no port",
		"coa_tries: 11":                            "11 times",
		"coa_timeout: 11s":                         "11s",
		"coa_attributes: [nas]":                    "name no session",
		"coa_attributes: [class]":                  `mention "class"`,
		"framed_pool: " + strings.Repeat("x", 254): "pool has more than 253",
	} {
		if _, err := load(t, "radius_clients:\n  - address: 10.0.0.1\n    secret: s\n    "+entry+"\n"); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: error %v, want %q", entry, err, says)
		}
	}
}
