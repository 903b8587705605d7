package salesforce

import (
	"encoding/json"
	"regexp"

	"github.com/simstead/simstead/internal/egress"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/stream/credential"
)

// Credentials is where a Salesforce stream delivers, in the words of version 1 of the API.
type Credentials struct {
	Username string    `json:"api_username"`
	Password string    `json:"api_password"`           // with the security token behind it where the organisation asks for one
	Event    string    `json:"event_stream"`           // API name of the platform event
	Callback *Callback `json:"api_callback,omitempty"` // where to log in; Salesforce's common address when absent
}

// Callback names a URL.
type Callback struct {
	URL string `json:"url"`
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
	was := read(stored)
	if c.Password == credential.Mask && c.login() == was.login() && c.Username == was.Username {
		c.Password = was.Password
	}
	if len(stored) > 0 && c.login() != was.login() && c.Password == was.Password {
		c.Password = "" // a stored password goes nowhere else
	}
	if wrong.Required("api_username", c.Username) {
		wrong.Format(len(c.Username) <= maxText, "api_username is too long")
	}
	if wrong.Required("api_password", c.Password) {
		wrong.Format(c.Password != credential.Mask, "api_password is masked; send the password itself")
		wrong.Format(len(c.Password) <= maxText, "api_password is too long")
	}
	if wrong.Required("event_stream", c.Event) {
		wrong.Format(eventName.MatchString(c.Event), "event_stream must be the API name of a platform event, such as Usage__e")
	}
	if c.login() != "" {
		if _, err := d.Policy.CheckURL(c.login()); err != nil {
			wrong.Format(false, "api_callback.url: "+egress.Explain(err))
		}
	}
	return wrong.Store(c)
}

// login is the URL to log in at, "" for the common one.
func (c Credentials) login() string {
	if c.Callback == nil {
		return ""
	}
	return c.Callback.URL
}

// Mask implements stream.Destination.
func (d Destination) Mask(stored json.RawMessage) json.RawMessage {
	c := read(stored)
	c.Password = credential.Mask
	text, _ := json.Marshal(c) // text
	return text
}

// read cannot fail on what Check has stored.
func read(stored json.RawMessage) (c Credentials) {
	_ = json.Unmarshal(stored, &c)
	return c
}
