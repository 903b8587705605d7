package app

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/v2"
)

// Config is all that an installation can be told. Each field has one name, in the file as it stands in the tag and in
// the environment as SIMSTEAD_ and the same in upper case.
type Config struct {
	HTTPAddr       string   `koanf:"http_addr"`
	RADIUSAuthAddr string   `koanf:"radius_auth_addr"`
	RADIUSAcctAddr string   `koanf:"radius_acct_addr"`
	DiameterAddr   string   `koanf:"diameter_addr"` // empty = no Gy and Gx
	DataDir        string   `koanf:"data_dir"`
	DatabaseURL    string   `koanf:"database_url"`    // empty = SQLite in the data directory
	DatabaseConns  int      `koanf:"database_conns"`  // PostgreSQL connections
	TrustedProxies []string `koanf:"trusted_proxies"` // networks whose X-Forwarded-* headers are believed
	LogLevel       string   `koanf:"log_level"`       // debug, info, warn, error

	UserCredentials bool `koanf:"user_credentials"` // users may log in with name and password

	RADIUSClients []RADIUSClient `koanf:"radius_clients"`

	DiameterOriginHost  string         `koanf:"diameter_origin_host"`  // our name
	DiameterOriginRealm string         `koanf:"diameter_origin_realm"` // our realm
	DiameterPeers       []DiameterPeer `koanf:"diameter_peers"`

	RecordInterval time.Duration `koanf:"record_interval"`  // an open session's slice becomes a record after this
	RecordMinBytes int64         `koanf:"record_min_bytes"` // and with at least this volume
	Interim        time.Duration `koanf:"interim_interval"` // told to gateways as Acct-Interim-Interval
	SessionIdle    time.Duration `koanf:"session_idle"`     // a session that is silent for longer counts as lost
	RejectInterval time.Duration `koanf:"reject_interval"`  // one rejected event per endpoint and reason in this time

	ShortInterim        time.Duration `koanf:"short_interim_interval"` // the same where little is left
	CreditSlice         int64         `koanf:"credit_slice"`           // bytes that a gateway is granted at once
	CreditValidity      time.Duration `koanf:"credit_validity"`        // how long a grant is good
	CreditBlindValidity time.Duration `koanf:"credit_blind_validity"`  // the same for gateways that cannot be told anything in mid-session
	CalendarSpread      time.Duration `koanf:"calendar_spread"`        // over which the requests after the end of a month are spread

	EventRetention time.Duration `koanf:"event_retention"` // how long events are kept, by the day
	UsageRetention time.Duration `koanf:"usage_retention"` // how long usage records are kept, by the day

	BillingCloseAfter time.Duration `koanf:"billing_close_after"` // a month's statements stand so long after its end; 0 = only when told

	MasterKey     string `koanf:"master_key"`      // seals credentials: 64 hexadecimal digits; older keys may follow after commas
	MasterKeyFile string `koanf:"master_key_file"` // where it stands instead; made when it is not there; empty = master.key in the data directory

	StreamMemory      int64         `koanf:"stream_memory"`       // bytes of records that wait for their destinations, about
	StreamOldAgent    string        `koanf:"stream_old_agent"`    // what webhooks of the Old generation are told as User-Agent
	StreamRetry       time.Duration `koanf:"stream_retry"`        // how long a destination that worked may be away
	StreamAllow       []string      `koanf:"stream_allow"`        // networks that streams may reach though they are not public
	StreamAllowHTTP   bool          `koanf:"stream_allow_http"`   // destinations without TLS
	StreamAllowBareIP bool          `koanf:"stream_allow_bareip"` // destinations named by an address

	Services `koanf:",squash"`
	Mail     MailConfig  `koanf:",squash"`
	AWS      AWSConfig   `koanf:",squash"`
	Limits   LimitConfig `koanf:",squash"`
}

// Defaults are the values of what nobody set. They work as they are, on loopback.
func Defaults() Config {
	return Config{
		HTTPAddr: "127.0.0.1:8080", RADIUSAuthAddr: "127.0.0.1:1812", RADIUSAcctAddr: "127.0.0.1:1813",
		DiameterAddr: "127.0.0.1:3868", DiameterOriginHost: "simstead.localdomain", DiameterOriginRealm: "localdomain",
		DataDir: "simstead-data", LogLevel: "info", RecordInterval: 45 * time.Second, RecordMinBytes: 100_000,
		Interim: 300 * time.Second, SessionIdle: 25 * time.Hour, RejectInterval: time.Minute, StreamRetry: 30 * time.Minute, StreamMemory: 64 << 20, StreamOldAgent: "TLD",
		ShortInterim: time.Minute, CreditSlice: 1_000_000, CreditValidity: time.Hour, CreditBlindValidity: 5 * time.Minute,
		CalendarSpread: 15 * time.Minute, EventRetention: 30 * 24 * time.Hour, UsageRetention: 400 * 24 * time.Hour, BillingCloseAfter: 72 * time.Hour,
		Services: defaultServices(), Mail: defaultMail(),
		AWS:    AWSConfig{PartitionKey: byEndpoint},
		Limits: defaultLimits(),
	}
}

const prefix = "SIMSTEAD_"

// Load reads the configuration: what base says, then the file, then the environment. An empty path means simstead.yaml
// in the working directory, when there is one.
func Load(base Config, path string, environ []string) (Config, error) {
	k := koanf.New(".")
	optional := path == ""
	if optional {
		path = "simstead.yaml"
	}
	if err := k.Load(file.Provider(path), yaml.Parser()); err != nil && !(optional && errors.Is(err, fs.ErrNotExist)) {
		return base, fmt.Errorf("configuration file %s: %w", path, err)
	}
	if err := knownKeys(k.Keys()); err != nil {
		return base, err
	}
	if err := errors.Join(knownClientKeys(k.Get("radius_clients")), knownPeerKeys(k.Get("diameter_peers"))); err != nil {
		return base, err
	}
	err := k.Load(env.Provider(".", env.Opt{
		Prefix: prefix, EnvironFunc: func() []string { return environ },
		TransformFunc: func(name, value string) (string, any) {
			key := strings.ToLower(strings.TrimPrefix(name, prefix))
			if !isKnown(key) {
				return "", nil // others may name variables like ours: Kubernetes makes SIMSTEAD_SERVICE_HOST
			}
			switch key {
			case "trusted_proxies", "stream_allow", "datadog_urls":
				return key, strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' })
			case "radius_clients":
				return key, clientsFrom(value)
			case "diameter_peers":
				return key, peersFrom(value)
			}
			return key, value
		},
	}), nil)
	if err != nil {
		return base, fmt.Errorf("environment: %w", err)
	}
	c := base
	if err := k.Unmarshal("", &c); err != nil {
		return base, fmt.Errorf("configuration: %w", err)
	}
	return c, c.check()
}

// clientsFrom reads "10.0.0.0/8=secret,192.0.2.1=other".
func clientsFrom(text string) []any {
	var out []any
	for _, one := range strings.Split(text, ",") {
		if address, secret, ok := strings.Cut(strings.TrimSpace(one), "="); ok {
			out = append(out, map[string]any{"address": address, "secret": secret})
		}
	}
	return out
}

var known = map[string]bool{
	"http_addr": true, "radius_auth_addr": true, "radius_acct_addr": true, "diameter_addr": true, "diameter_origin_host": true,
	"diameter_origin_realm": true, "diameter_peers": true, "smpp_addr": true, "data_dir": true,
	"database_url": true, "database_conns": true, "trusted_proxies": true, "log_level": true, "radius_clients": true,
	"record_interval": true, "record_min_bytes": true, "interim_interval": true, "session_idle": true, "reject_interval": true,
	"short_interim_interval": true, "credit_slice": true, "credit_validity": true, "credit_blind_validity": true, "calendar_spread": true,
	"event_retention": true, "usage_retention": true, "billing_close_after": true, "user_credentials": true,
	"mail_smtp_addr": true, "mail_smtp_tls": true, "mail_smtp_username": true, "mail_smtp_password": true, "mail_from": true, "public_url": true,
	"master_key": true, "master_key_file": true, "stream_memory": true, "stream_old_agent": true,
	"stream_retry": true, "stream_allow": true, "stream_allow_http": true, "stream_allow_bareip": true,
	"keen_url": true, "keen_event_collection": true, "keen_usage_collection": true, "datadog_urls": true,
	"eventhubs_address": true, "eventhubs_plaintext": true, "pubsub_address": true, "pubsub_plaintext": true, "pubsub_credentials": true,
	"salesforce_url": true, "salesforce_client_id": true, "salesforce_client_secret": true,
}

func isKnown(key string) bool {
	return known[key] || slices.Contains(awsKeys, key) || slices.Contains(limitKeys, key)
}

// knownKeys refuses a key in the file that means nothing: it is a slip of the pen.
func knownKeys(keys []string) error {
	for _, key := range keys {
		if !isKnown(key) {
			return fmt.Errorf("configuration: unknown key %q", key)
		}
	}
	return nil
}

func (c Config) check() error {
	switch {
	case c.RecordInterval < 0 || c.RecordMinBytes < 0:
		return errors.New("configuration: record_interval and record_min_bytes must not be negative")
	case c.EventRetention < 8*24*time.Hour || c.UsageRetention < 8*24*time.Hour:
		return errors.New("configuration: event_retention and usage_retention must be at least 192h, since streams deliver up to seven days late")
	case c.Interim < 10*time.Second || c.ShortInterim < 10*time.Second:
		return errors.New("configuration: interim_interval and short_interim_interval must be at least 10s")
	case c.CreditSlice < 1000:
		return errors.New("configuration: credit_slice must be at least 1000 bytes")
	case c.CreditValidity < 10*time.Second || c.CreditBlindValidity < 10*time.Second:
		return errors.New("configuration: credit_validity and credit_blind_validity must be at least 10s")
	case c.StreamMemory < 1_000_000:
		return errors.New("configuration: stream_memory must be at least 1000000 bytes")
	case c.CalendarSpread < 0:
		return errors.New("configuration: calendar_spread must not be negative")
	case c.DiameterAddr != "" && (c.DiameterOriginHost == "" || c.DiameterOriginRealm == ""):
		return errors.New("configuration: diameter_origin_host and diameter_origin_realm must not be empty")
	}
	if _, err := c.gateways(); err != nil {
		return err
	}
	if _, err := c.peers(); err != nil {
		return err
	}
	if _, err := prefixes("stream_allow", c.StreamAllow); err != nil {
		return err
	}
	if err := errors.Join(c.Services.check(), c.AWS.check(), c.Limits.check(), c.Mail.check()); err != nil {
		return err
	}
	_, err := prefixes("trusted_proxies", c.TrustedProxies)
	return err
}

func prefixes(key string, texts []string) ([]netip.Prefix, error) {
	out := make([]netip.Prefix, 0, len(texts))
	for _, text := range texts {
		network, err := netip.ParsePrefix(text)
		if err != nil {
			address, err2 := netip.ParseAddr(text)
			if err2 != nil {
				return nil, fmt.Errorf("configuration: %s: %q is neither an address nor a network", key, text)
			}
			network = netip.PrefixFrom(address, address.BitLen())
		}
		out = append(out, network.Masked())
	}
	return out, nil
}
