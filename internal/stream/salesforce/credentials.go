package salesforce

import (
	"encoding/json"
	"regexp"

	"github.com/simstead/simstead/internal/egress"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/stream/credential"
)

// Credentials is where a Salesforce stream delivers: version 1's api_username, api_password and event_stream, and the URL
// of its api_callback.
type Credentials struct {
	Username string `json:"username"`
	Password string `json:"password"`      // with the security token behind it where the organisation asks for one
	Event    string `json:"event_stream"`  // API name of the platform event
	URL      string `json:"url,omitempty"` // where to log in; Salesforce's common address when ""
}

const maxText = 255 // characters

// eventName is an API name with or without the suffix of custom events, and with a namespace or not.
var eventName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,79}$`)

// Check implements stream.Destination.
func (d Destination) Check(given, stored json.RawMessage) (json.RawMessage, []*fault.Error) {
	var c Credentials
	if err := credential.Read(given, stored, &c); err != nil {
		return nil, []*fault.Error{err}
	}
	var wrong credential.Wrong
	if d.ClientID == "" {
		wrong.Format(false, "Salesforce is not set up on this installation: it has no connected app to log in with")
	}
	was := credential.Stored[Credentials](stored)
	if c.Password == credential.Mask && c.URL == was.URL && c.Username == was.Username {
		c.Password = was.Password
	}
	if len(stored) > 0 && c.URL != was.URL && c.Password == was.Password {
		c.Password = "" // a stored password goes nowhere else
	}
	if wrong.Required("username", c.Username) {
		wrong.Format(len(c.Username) <= maxText, "username is too long")
	}
	if wrong.Required("password", c.Password) {
		wrong.Format(c.Password != credential.Mask, "password is masked; send the password itself")
		wrong.Format(len(c.Password) <= maxText, "password is too long")
	}
	if wrong.Required("event_stream", c.Event) {
		wrong.Format(eventName.MatchString(c.Event), "event_stream must be the API name of a platform event, such as Usage__e")
	}
	if c.URL != "" {
		if _, err := d.Policy.CheckURL(c.URL); err != nil {
			wrong.Format(false, "url: "+egress.Explain(err))
		}
	}
	return wrong.Store(c)
}

// Mask implements stream.Destination.
func (d Destination) Mask(stored json.RawMessage) json.RawMessage {
	c := credential.Stored[Credentials](stored)
	c.Password = credential.Mask
	return credential.Show(c)
}
