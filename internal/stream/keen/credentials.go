package keen

import (
	"encoding/json"
	"regexp"

	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/stream/credential"
	"github.com/simstead/simstead/internal/value"
)

// Limits and defaults of the credentials.
const (
	DefaultSize = 3000
	MaxSize     = 10_000
	maxKey      = 1024 // characters; scoped keys are long
)

// Credentials is where a KeenIO stream delivers.
type Credentials struct {
	Project    string   `json:"project_id"`
	WriteKey   string   `json:"write_key"`
	Collection *string  `json:"collection_name"` // "" is the installation's, which version 1 knows alone
	Size       value.ID `json:"size"`            // records in a request at most; 1 posts the bare object to the collection
}

// What becomes part of the address.
var (
	project    = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
	collection = regexp.MustCompile(`^[^\pC$./%?#\\][^\pC/%?#\\]{0,63}$`)
)

// Check implements stream.Destination.
func (d Destination) Check(given, stored json.RawMessage) (json.RawMessage, []*fault.Error) {
	c := Credentials{Size: DefaultSize}
	if err := credential.Read(given, stored, &c); err != nil {
		return nil, []*fault.Error{err}
	}
	credential.Keep(&c.WriteKey, credential.Stored[Credentials](stored).WriteKey)
	var wrong credential.Wrong
	if wrong.Required("project_id", c.Project) {
		wrong.Format(project.MatchString(c.Project), "project_id must be letters and digits")
	}
	wrong.Secret("write_key", c.WriteKey, maxKey)
	if c.Collection == nil {
		wrong.Required("collection_name", "")
	} else if *c.Collection != "" {
		wrong.Format(collection.MatchString(*c.Collection),
			"collection_name must have 1 to 64 characters, begin with neither $ nor a point, and hold no slash, backslash, % ? or #")
	}
	wrong.Format(c.Size >= 1 && c.Size <= MaxSize, "size must be between 1 and 10000")
	return wrong.Store(c)
}

// Mask implements stream.Destination.
func (d Destination) Mask(stored json.RawMessage) json.RawMessage {
	c := credential.Stored[Credentials](stored)
	c.WriteKey = credential.Mask
	return credential.Show(c)
}
