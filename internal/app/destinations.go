package app

import (
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/egress"
	"github.com/simstead/simstead/internal/stream"
	"github.com/simstead/simstead/internal/stream/webhook"
)

// Destinations are the kinds of places that data streams deliver to under a configuration, for tools that check what is
// said of them and deliver nothing.
func Destinations(c Config, clk clock.Clock) (map[string]stream.Destination, error) {
	allow, err := prefixes("stream_allow", c.StreamAllow)
	if err != nil {
		return nil, err
	}
	policy := egress.Policy{Allow: allow, AllowHTTP: c.StreamAllowHTTP, AllowBareIP: c.StreamAllowBareIP}
	return map[string]stream.Destination{stream.RestAPI: webhook.Destination{Policy: policy, Clock: clk}}, nil
}
