// Package aws is what the destinations at Amazon share: how the operator is known there, how a customer's role is
// assumed, and what the errors mean. The destinations themselves stand in folders of their own.
package aws

import (
	"context"
	"maps"
	"net/http"
	"sync"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/simstead/simstead/internal/egress"
)

const (
	sessionLength = time.Hour        // of an assumed role; the longest that chained roles may have
	renewBefore   = 5 * time.Minute  // a session is renewed when so much of it is left
	assumeTimeout = 10 * time.Second // of one call to STS
	connections   = 64               // kept open to one host: many streams share it
	sessionName   = "simstead"       // which the customer sees in the logs of AWS
	sweepAtLeast  = 128              // sessions
)

// Settings are the operator's. The zero value uses what the SDK finds in its surroundings, and Amazon's own addresses.
type Settings struct {
	Region          string // of STS and of the base role; empty takes AWS_REGION or the like, else the stream's
	BaseRole        string // ARN of a role that is assumed first: the principal which customers trust; empty for none
	AccessKeyID     string // static keys of the operator; empty takes the SDK's chain: environment, files, the machine's role
	SecretAccessKey string

	STSEndpoint     string // URL in place of the region's own
	KinesisEndpoint string
	S3Endpoint      string
	PathStyle       bool   // the bucket stands in the path of the URL, not in the host
	Encryption      string // server-side encryption asked for with each object: "", AES256 or aws:kms
	EncryptionKey   string // id or ARN of the key of aws:kms; empty takes the bucket's

	KeyByOrganisation bool // the partition key of Kinesis is the organisation, not the endpoint
	StaticKeys        bool // streams that were imported may hold keys of their own in place of a role
}

// Account is the operator's standing with Amazon, shared by all streams.
type Account struct {
	settings  Settings
	transport *http.Transport
	client    *http.Client
	timeout   time.Duration // of a call to STS

	mu       sync.Mutex
	base     sdk.CredentialsProvider // nil until first needed
	home     string                  // the region that the surroundings name
	sessions map[customer]*assumed   // a session serves all streams of an organisation that name the role
	sweepAt  int                     // how many sessions there are when those that have ended are forgotten
}

// customer is a role as an organisation names it.
type customer struct {
	organisation int64
	role, region string
}

// NewAccount returns the account of the settings. Nothing is contacted or read yet.
func NewAccount(s Settings, policy egress.Policy) *Account {
	transport := policy.Transport()
	transport.MaxIdleConnsPerHost = connections
	client := &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return &Account{settings: s, transport: transport, client: client, timeout: assumeTimeout, sessions: map[customer]*assumed{}}
}

// Settings returns what the account was made of.
func (a *Account) Settings() Settings { return a.settings }

// HTTP is the client for the services: it goes where the policy allows and follows no redirect.
func (a *Account) HTTP() *http.Client { return a.client }

// Close closes connections that nobody uses.
func (a *Account) Close() { a.transport.CloseIdleConnections() }

// own returns the operator's own credentials, and the region that STS is called in. They are looked for once, and again
// after a failure. The SDK finds them with a client of its own: the machine's metadata service has an address that no
// customer may reach.
func (a *Account) own(ctx context.Context, region string) (sdk.CredentialsProvider, string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.base == nil {
		found, err := a.find(ctx)
		if err != nil {
			return nil, "", err
		}
		a.home = first(a.settings.Region, found.Region)
		a.base = sdk.NewCredentialsCache(found.Credentials)
		if role := a.settings.BaseRole; role != "" {
			a.base = assume(a.sts(a.base, first(a.home, region)), role, "").cache
		}
	}
	return a.base, first(a.home, region), nil
}

// session returns the session of a customer, which may have to be fetched yet.
func (a *Account) session(of customer, base sdk.CredentialsProvider, region string) sdk.CredentialsProvider {
	a.mu.Lock()
	defer a.mu.Unlock()
	if held, ok := a.sessions[of]; ok {
		return held.cache
	}
	if len(a.sessions) >= a.sweepAt {
		maps.DeleteFunc(a.sessions, func(_ customer, one *assumed) bool { return one.ended() })
		a.sweepAt = max(2*len(a.sessions), sweepAtLeast)
	}
	fresh := assume(a.sts(base, region), of.role, ExternalID(of.organisation))
	a.sessions[of] = fresh
	return fresh.cache
}

func (a *Account) find(ctx context.Context) (sdk.Config, error) {
	if a.settings.AccessKeyID != "" {
		keys := credentials.NewStaticCredentialsProvider(a.settings.AccessKeyID, a.settings.SecretAccessKey, "")
		return sdk.Config{Credentials: keys}, nil
	}
	return config.LoadDefaultConfig(ctx)
}

func (a *Account) sts(base sdk.CredentialsProvider, region string) *sts.Client {
	client := *a.client
	client.Timeout = a.timeout // it goes on when the caller does not wait any more, for others who do
	return sts.New(sts.Options{
		Region: region, Credentials: base, HTTPClient: &client, Retryer: sdk.NopRetryer{}, BaseEndpoint: optional(a.settings.STSEndpoint),
	})
}

// assume returns the credentials of a role, fetched when first needed and renewed before they end.
func assume(client *sts.Client, role, externalID string) *assumed {
	out := &assumed{provider: stscreds.NewAssumeRoleProvider(client, role, func(o *stscreds.AssumeRoleOptions) {
		o.Duration, o.RoleSessionName, o.ExternalID = sessionLength, sessionName, optional(externalID)
	})}
	out.cache = sdk.NewCredentialsCache(out, func(o *sdk.CredentialsCacheOptions) {
		o.ExpiryWindow, o.ExpiryWindowJitterFrac = renewBefore, 0.5
	})
	return out
}

// assumed is a role whose session goes on to its end while it cannot be renewed.
type assumed struct {
	provider sdk.CredentialsProvider
	cache    *sdk.CredentialsCache

	mu   sync.Mutex
	held sdk.Credentials // with its real end
}

// Retrieve implements aws.CredentialsProvider for the cache.
func (r *assumed) Retrieve(ctx context.Context) (sdk.Credentials, error) {
	fresh, err := r.provider.Retrieve(ctx)
	if err == nil {
		r.mu.Lock()
		r.held = fresh
		r.mu.Unlock()
	}
	return fresh, err
}

// HandleFailToRefresh implements aws.HandleFailRefreshCredentialsCacheStrategy.
func (r *assumed) HandleFailToRefresh(_ context.Context, _ sdk.Credentials, err error) (sdk.Credentials, error) {
	if r.ended() {
		return sdk.Credentials{}, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.held, nil
}

func (r *assumed) ended() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return !r.held.HasKeys() || r.held.Expired()
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
