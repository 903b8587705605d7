package eventhubs

import (
	"encoding/json"
	"regexp"
	"strings"

	"github.com/simstead/simstead/internal/egress"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/stream/credential"
)

// Credentials is where an EventHubs stream delivers.
type Credentials struct {
	ConnectionString string `json:"connection_string"`
}

// connection is what a connection string says.
type connection struct {
	host    string // of the namespace
	hub     string
	keyName string
	key     string
}

const maxString = 4096

var hubName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._-]{0,247}[A-Za-z0-9])?$`)

// parse reads "Endpoint=sb://HOST/;SharedAccessKeyName=N;SharedAccessKey=K;EntityPath=HUB". problem says what is wrong
// with it without repeating it; "" when nothing is.
func parse(text string, policy egress.Policy) (c connection, problem string) {
	if len(text) > maxString {
		return c, "is too long"
	}
	var endpoint string
	into := map[string]*string{
		"endpoint": &endpoint, "sharedaccesskeyname": &c.keyName, "sharedaccesskey": &c.key, "entitypath": &c.hub,
	}
	for part := range strings.SplitSeq(text, ";") {
		name, value, ok := strings.Cut(strings.TrimSpace(part), "=")
		if !ok && name != "" {
			return c, "must be of the form Name=value;Name=value"
		}
		if at := into[strings.ToLower(name)]; at != nil {
			*at = strings.TrimSpace(value)
		}
	}
	rest, ok := strings.CutPrefix(endpoint, "sb://")
	c.host = strings.TrimSuffix(rest, "/")
	switch {
	case !ok || strings.ContainsAny(c.host, "/:@?#"):
		return c, "must name the namespace as Endpoint=sb://NAMESPACE.servicebus.windows.net/"
	case c.keyName == "" || c.key == "":
		return c, "must hold SharedAccessKeyName and SharedAccessKey"
	case c.hub == "":
		return c, "must name the event hub as EntityPath"
	case !hubName.MatchString(c.hub):
		return c, "has an EntityPath that is no name of an event hub"
	}
	if _, err := policy.CheckURL("https://" + c.host); err != nil {
		return c, "has an Endpoint to which no connection is made: " + egress.Explain(err)
	}
	return c, ""
}

// Check implements stream.Destination.
func (d Destination) Check(given, stored json.RawMessage) (json.RawMessage, []*fault.Error) {
	var c Credentials
	if err := credential.Read(given, stored, &c); err != nil {
		return nil, []*fault.Error{err}
	}
	was := credential.Stored[Credentials](stored).ConnectionString
	if was != "" && c.ConnectionString == masked(was) {
		c.ConnectionString = was
	}
	var wrong credential.Wrong
	if wrong.Required("connection_string", c.ConnectionString) {
		from, problem := parse(c.ConnectionString, d.Policy)
		wrong.Format(problem == "", "connection_string "+problem)
		wrong.Format(from.key != credential.Mask, "connection_string has its key masked; send the key itself")
	}
	return wrong.Store(c)
}

// Mask implements stream.Destination: all but the key may be read.
func (d Destination) Mask(stored json.RawMessage) json.RawMessage {
	return credential.Show(Credentials{masked(credential.Stored[Credentials](stored).ConnectionString)})
}

func masked(connectionString string) string {
	parts := strings.Split(connectionString, ";")
	for i, part := range parts {
		name, _, ok := strings.Cut(part, "=")
		if lower := strings.ToLower(strings.TrimSpace(name)); ok && lower != "endpoint" && lower != "sharedaccesskeyname" && lower != "entitypath" {
			parts[i] = name + "=" + credential.Mask
		}
	}
	return strings.Join(parts, ";")
}
