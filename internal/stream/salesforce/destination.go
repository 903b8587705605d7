package salesforce

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/egress"
	"github.com/simstead/simstead/internal/stream"
	"github.com/simstead/simstead/internal/stream/credential"
	"github.com/simstead/simstead/internal/stream/exchange"
	"github.com/simstead/simstead/internal/stream/format"
)

// URL is where all organisations of Salesforce's can log in.
const URL = "https://login.salesforce.com"

// Destination is version 1's api_type Salesforce.
type Destination struct {
	Policy       egress.Policy
	Clock        clock.Clock
	URL          string // to log in at, where the customer names none; "" for Salesforce's own
	ClientID     string // of the operator's connected app; "" refuses every stream
	ClientSecret string
}

var _ stream.Destination = Destination{}

// Format implements stream.Destination.
func (d Destination) Format() string { return "Json" }

// Encoding implements stream.Destination.
func (d Destination) Encoding(generation int64) format.Encoding { return format.JSON(generation) }

// Pace implements stream.Destination.
func (d Destination) Pace(json.RawMessage) stream.Pace { return stream.Pace{Most: 100} }

// Open implements stream.Destination.
func (d Destination) Open(s *stream.Stream) (stream.Sink, error) {
	c := credential.Stored[Credentials](s.Credentials)
	login, err := d.loginURL(c)
	if err != nil {
		return nil, stream.Permanent(egress.Explain(err), err)
	}
	if d.ClientID == "" {
		return nil, stream.Permanent("this installation has no connected app to log in to Salesforce with", nil)
	}
	return &sink{
		client: exchange.New(d.Policy, d.Clock), policy: d.Policy, login: below(login, "services/oauth2/token"), event: c.Event,
		form: url.Values{
			"grant_type": {"password"}, "client_id": {d.ClientID}, "client_secret": {d.ClientSecret},
			"username": {c.Username}, "password": {c.Password},
		}.Encode(),
	}, nil
}

func (d Destination) loginURL(c Credentials) (*url.URL, error) {
	if c.URL != "" {
		return d.Policy.CheckURL(c.URL)
	}
	if d.URL != "" {
		return url.Parse(d.URL)
	}
	return url.Parse(URL)
}

func header(contentType string) http.Header {
	return http.Header{"User-Agent": {"DataStreamer/2.0"}, "Accept": {"application/json"}, "Content-Type": {contentType}}
}

// below is an address of the host: of a URL without a path JoinPath makes a relative one.
func below(base *url.URL, path ...string) *url.URL {
	root := *base
	root.Path = "/" + strings.TrimPrefix(root.Path, "/")
	return root.JoinPath(path...)
}
