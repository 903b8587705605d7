package app

import (
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/simstead/simstead/internal/usage"
	"github.com/simstead/simstead/internal/wire/radius"
	"github.com/simstead/simstead/internal/wire/radius/qos"
)

// RADIUSClient is a gateway that may speak RADIUS to us.
type RADIUSClient struct {
	Address string `koanf:"address"` // an address or a network in CIDR form
	Secret  string `koanf:"secret"`
	Name    string `koanf:"name"`
	// OptionalMessageAuthenticator admits Access-Requests without one, for gateways that cannot send it.
	OptionalMessageAuthenticator bool `koanf:"optional_message_authenticator"`

	FramedPool    string        `koanf:"framed_pool"`    // its pool of addresses for sessions that we give none
	QoS           []RADIUSQoS   `koanf:"qos"`            // how it is told a maximum bitrate
	Dynamic       []string      `koanf:"dynamic"`        // what it can be told in mid-session: disconnect, rate, interim
	CoAPort       int           `koanf:"coa_port"`       // where it listens for that
	CoASecret     string        `koanf:"coa_secret"`     // empty = secret
	CoATimeout    time.Duration `koanf:"coa_timeout"`    // until the first repeat
	CoATries      int           `koanf:"coa_tries"`      // sendings
	CoAAttributes []string      `koanf:"coa_attributes"` // what requests mention
}

// RADIUSQoS is an attribute that limits the rate of a session; in the configuration the name of a built-in one, or its
// description.
type RADIUSQoS struct {
	name    string
	Vendor  uint32 `koanf:"vendor"`
	Type    int    `koanf:"type"`
	Text    string `koanf:"text"`
	Integer string `koanf:"integer"`
	NoLimit string `koanf:"no_limit"`
}

// UnmarshalText reads the name of a built-in one.
func (q *RADIUSQoS) UnmarshalText(name []byte) error {
	q.name = string(name)
	return nil
}

// NamedQoS is a list of built-in attributes.
func NamedQoS(names ...string) (list []RADIUSQoS) {
	for _, name := range names {
		list = append(list, RADIUSQoS{name: name})
	}
	return list
}

func (q RADIUSQoS) templates() ([]qos.Template, error) {
	if q.name != "" {
		list, known := qos.Named(q.name)
		if !known {
			return nil, fmt.Errorf("there is no QoS template %q", q.name)
		}
		return list, nil
	}
	if q.Type < 1 || q.Type > 255 {
		return nil, fmt.Errorf("the type of a QoS attribute is %d, not between 1 and 255", q.Type)
	}
	t, err := qos.Parse(qos.Spec{Vendor: q.Vendor, Type: uint8(q.Type), Text: q.Text, Integer: q.Integer, NoLimit: q.NoLimit})
	return []qos.Template{t}, err
}

func (c RADIUSClient) nas() (radius.NAS, error) {
	networks, err := prefixes("radius_clients", []string{c.Address})
	if err != nil {
		return radius.NAS{}, err
	}
	n := radius.NAS{
		Prefix: networks[0], Secret: c.Secret, Name: c.Name, FramedPool: c.FramedPool,
		OptionalMessageAuthenticator: c.OptionalMessageAuthenticator,
	}
	for _, q := range c.QoS {
		list, err := q.templates()
		if err != nil {
			return n, fmt.Errorf("configuration: radius_clients: %s: %w", c.Address, err)
		}
		n.QoS = append(n.QoS, list...)
	}
	if n.Dynamic, err = c.dynamic(); err == nil {
		err = n.Check()
	}
	if err != nil {
		return n, fmt.Errorf("configuration: radius_clients: %s: %w", c.Address, err)
	}
	return n, nil
}

func (c RADIUSClient) dynamic() (radius.Dynamic, error) {
	mentions, err := radius.ParseMentions(c.CoAAttributes)
	if err != nil {
		return radius.Dynamic{}, err
	}
	if c.CoAPort < 0 || c.CoAPort > 65535 {
		return radius.Dynamic{}, fmt.Errorf("coa_port %d is no port", c.CoAPort)
	}
	d := radius.Dynamic{Port: uint16(c.CoAPort), Secret: c.CoASecret, Mentions: mentions, Timeout: c.CoATimeout, Tries: c.CoATries}
	takes := c.Dynamic
	if takes == nil { // a block has to reach the network; one that does not listen loses nothing by being told
		takes = []string{"disconnect"}
	}
	for _, word := range takes {
		switch word {
		case "disconnect":
			d.Abilities |= usage.CanEnd
		case "rate":
			d.Abilities |= usage.CanChangeRate
		case "interim":
			d.Abilities |= usage.CanReauthorise
		default:
			return d, fmt.Errorf("dynamic is disconnect, rate or interim, not %q", word)
		}
	}
	return d, nil
}

func (c Config) gateways() ([]radius.NAS, error) {
	out := make([]radius.NAS, 0, len(c.RADIUSClients))
	for _, client := range c.RADIUSClients {
		n, err := client.nas()
		if err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	return out, nil
}

// knownClientKeys refuses a slip of the pen within radius_clients, which is what the file has there.
func knownClientKeys(list any) error {
	clients, _ := list.([]any)
	for _, client := range clients {
		if err := knownFields("radius_clients", client, reflect.TypeFor[RADIUSClient]()); err != nil {
			return err
		}
		fields, _ := client.(map[string]any)
		templates, _ := fields["qos"].([]any)
		for _, template := range templates {
			if err := knownFields("radius_clients: qos", template, reflect.TypeFor[RADIUSQoS]()); err != nil {
				return err
			}
		}
	}
	return nil
}

// knownFields refuses a key that no field has as its tag.
func knownFields(where string, entry any, of reflect.Type) error {
	var tags []string
	for _, field := range reflect.VisibleFields(of) {
		tags = append(tags, field.Tag.Get("koanf"))
	}
	fields, _ := entry.(map[string]any)
	for key := range fields {
		if !slices.Contains(tags, key) {
			return fmt.Errorf("configuration: %s: unknown key %q", where, key)
		}
	}
	return nil
}
