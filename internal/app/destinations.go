package app

import (
	"fmt"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/egress"
	"github.com/simstead/simstead/internal/stream"
	"github.com/simstead/simstead/internal/stream/aws"
	"github.com/simstead/simstead/internal/stream/datadog"
	"github.com/simstead/simstead/internal/stream/eventhubs"
	"github.com/simstead/simstead/internal/stream/keen"
	"github.com/simstead/simstead/internal/stream/kinesis"
	"github.com/simstead/simstead/internal/stream/pubsub"
	"github.com/simstead/simstead/internal/stream/s3"
	"github.com/simstead/simstead/internal/stream/salesforce"
	"github.com/simstead/simstead/internal/stream/webhook"
)

// Destinations are the kinds of places that data streams deliver to under a configuration, for tools that check what is
// said of them and deliver nothing.
func Destinations(c Config, clk clock.Clock) (map[string]stream.Destination, error) {
	return destinations(c, clk, func(int) {})
}

// egress is where addresses that customers name may lead.
func (c Config) egress() (egress.Policy, error) {
	allow, err := prefixes("stream_allow", c.StreamAllow)
	return egress.Policy{Allow: allow, AllowHTTP: c.StreamAllowHTTP, AllowBareIP: c.StreamAllowBareIP}, err
}

// destinations makes them all, by connection type. late is told how many records came too late for Datadog.
func destinations(c Config, clk clock.Clock, late func(records int)) (map[string]stream.Destination, error) {
	policy, err := c.egress()
	if err != nil {
		return nil, err
	}
	s := c.Services
	urls, err := s.datadogURLs()
	if err != nil {
		return nil, err
	}
	google := &pubsub.Destination{Policy: policy, Address: s.PubSubAddress, Plain: s.PubSubPlaintext}
	if s.PubSubCredentials != "" {
		if google.Account, err = pubsub.ReadAccount(s.PubSubCredentials, clk); err != nil {
			return nil, fmt.Errorf("pubsub_credentials: %w", err)
		}
	}
	amazon := aws.NewAccount(c.AWS.settings(), policy)
	return map[string]stream.Destination{
		stream.RestAPI:    webhook.Destination{Policy: policy, Clock: clk, OldAgent: c.StreamOldAgent},
		stream.AwsKinesis: kinesis.Destination{Account: amazon},
		stream.S3:         s3.New(amazon, clk),
		stream.KeenIO: keen.Destination{
			Policy: policy, Clock: clk, URL: s.KeenURL,
			Collections: keen.Collections{Event: s.KeenEventCollection, Usage: s.KeenUsageCollection},
		},
		stream.Datadog:   datadog.Destination{Policy: policy, Clock: clk, URLs: urls, Late: late},
		stream.EventHubs: eventhubs.Destination{Policy: policy, Address: s.EventHubsAddress, Plain: s.EventHubsPlaintext},
		stream.PubSub:    google,
		stream.Salesforce: salesforce.Destination{
			Policy: policy, Clock: clk, URL: s.SalesforceURL, ClientID: s.SalesforceClientID, ClientSecret: s.SalesforceClientSecret,
		},
	}, nil
}
