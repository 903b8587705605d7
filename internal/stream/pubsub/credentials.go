package pubsub

import (
	"encoding/json"
	"regexp"
	"strings"

	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/stream/credential"
)

// Credentials is where a PubSub stream delivers. There is no secret: the customer lets the operator's service account
// publish.
type Credentials struct {
	Topic   string `json:"cps_topic"`
	Project string `json:"cps_project"`
}

// What Google takes as names.
var (
	topicName   = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9._~+%-]{2,254}$`)
	projectName = regexp.MustCompile(`^([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$`)
)

// Check implements stream.Destination.
func (d *Destination) Check(given, stored json.RawMessage) (json.RawMessage, []*fault.Error) {
	var c Credentials
	if err := credential.Read(given, stored, &c); err != nil {
		return nil, []*fault.Error{err}
	}
	var wrong credential.Wrong
	if wrong.Required("cps_topic", c.Topic) {
		wrong.Format(topicName.MatchString(c.Topic) && !strings.HasPrefix(strings.ToLower(c.Topic), "goog"),
			"cps_topic must be the name of a topic, without its project: 3 to 255 letters, digits and - _ . ~ + %, the first a letter")
	}
	if wrong.Required("cps_project", c.Project) {
		wrong.Format(projectName.MatchString(c.Project), "cps_project must be the id of a project, such as my-project-123")
	}
	return wrong.Store(c)
}

// Mask implements stream.Destination.
func (d *Destination) Mask(stored json.RawMessage) json.RawMessage {
	return credential.Show(credential.Stored[Credentials](stored))
}
