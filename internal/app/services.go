package app

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/simstead/simstead/internal/stream/datadog"
)

// Services is what an installation is told of the services that its streams deliver to: what no customer may choose.
type Services struct {
	KeenURL             string   `koanf:"keen_url"`              // in place of KeenIO's own
	KeenEventCollection string   `koanf:"keen_event_collection"` // of streams that name none
	KeenUsageCollection string   `koanf:"keen_usage_collection"`
	DatadogURLs         []string `koanf:"datadog_urls"` // REGION=URL, in place of Datadog's own

	EventHubsAddress   string `koanf:"eventhubs_address"`   // host:port in place of every namespace
	EventHubsPlaintext bool   `koanf:"eventhubs_plaintext"` // without TLS

	PubSubAddress     string `koanf:"pubsub_address"`     // host:port in place of Google's
	PubSubPlaintext   bool   `koanf:"pubsub_plaintext"`   // without TLS and login
	PubSubCredentials string `koanf:"pubsub_credentials"` // file with the key of the operator's service account

	SalesforceURL          string `koanf:"salesforce_url"` // to log in at, in place of Salesforce's common address
	SalesforceClientID     string `koanf:"salesforce_client_id"`
	SalesforceClientSecret string `koanf:"salesforce_client_secret"`
}

func defaultServices() Services {
	return Services{KeenEventCollection: "events", KeenUsageCollection: "usage"}
}

func (s Services) check() error {
	if s.KeenEventCollection == "" || s.KeenUsageCollection == "" {
		return errors.New("configuration: keen_event_collection and keen_usage_collection must not be empty")
	}
	if (s.SalesforceClientID == "") != (s.SalesforceClientSecret == "") {
		return errors.New("configuration: salesforce_client_id and salesforce_client_secret go together")
	}
	for key, text := range map[string]string{"keen_url": s.KeenURL, "salesforce_url": s.SalesforceURL} {
		if text != "" && !isURL(text) {
			return fmt.Errorf("configuration: %s must be a URL", key)
		}
	}
	_, err := s.datadogURLs()
	return err
}

func isURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}

func (s Services) datadogURLs() (map[string]string, error) {
	urls := map[string]string{}
	for _, one := range s.DatadogURLs {
		region, to, _ := strings.Cut(one, "=")
		if _, known := datadog.URLs()[region]; !known || !isURL(to) {
			return nil, fmt.Errorf("configuration: datadog_urls: %q is not REGION=URL with one of the regions %s", one,
				strings.Join(slices.Sorted(maps.Keys(datadog.URLs())), ", "))
		}
		urls[region] = to
	}
	return urls, nil
}
