package datadog

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/stream/credential"
)

// DefaultRegion is that of streams that name none.
const DefaultRegion = "US"

const maxKey = 256 // characters

// Credentials is where a Datadog stream delivers.
type Credentials struct {
	APIKey string `json:"api_key"`
	Region string `json:"region"`
}

// URLs are where each region takes records.
func URLs() map[string]string {
	return map[string]string{
		"US": "https://api.datadoghq.com", "US3": "https://api.us3.datadoghq.com",
		"EU": "https://api.datadoghq.eu", "US1FED": "https://api.ddog-gov.com",
	}
}

// Check implements stream.Destination. A change may name the region alone.
func (d Destination) Check(given, stored json.RawMessage) (json.RawMessage, []*fault.Error) {
	c := Credentials{Region: DefaultRegion}
	if err := credential.Read(given, stored, &c); err != nil {
		return nil, []*fault.Error{err}
	}
	credential.Keep(&c.APIKey, credential.Stored[Credentials](stored).APIKey)
	var wrong credential.Wrong
	wrong.Secret("api_key", c.APIKey, maxKey)
	c.Region = strings.ToUpper(c.Region)
	if c.Region == "" {
		c.Region = DefaultRegion
	}
	known := slices.Sorted(maps.Keys(URLs()))
	wrong.Format(slices.Contains(known, c.Region), "region must be one of "+strings.Join(known, ", "))
	return wrong.Store(c)
}

// Mask implements stream.Destination.
func (d Destination) Mask(stored json.RawMessage) json.RawMessage {
	c := credential.Stored[Credentials](stored)
	c.APIKey = credential.Mask
	return credential.Show(c)
}
