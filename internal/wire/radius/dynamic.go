package radius

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/simstead/simstead/internal/usage"
)

// Dynamic is how a gateway is told things in mid-session: as a Dynamic Authorization Server (RFC 5176). What is zero has
// its default.
type Dynamic struct {
	// Abilities is what it takes: CanEnd a Disconnect-Request, CanChangeRate a CoA-Request with the QoS attributes,
	// CanReauthorise a CoA-Request with Acct-Interim-Interval. None by default.
	Abilities usage.Ability
	Port      uint16        // 3799 by default
	Secret    string        // that of its own requests by default
	Mentions  Mention       // DefaultMentions by default
	Timeout   time.Duration // until the first repeat; each further wait is twice as long. 2 s by default
	Tries     int           // how often a request is sent: 4 by default, which takes 30 s (RFC 5080 section 2.2.1)
}

// Bounds of Dynamic. Together they keep a request's last repeat within the 300 s that gateways believe its
// Event-Timestamp (RFC 5176 section 6.3).
const (
	minTimeout = time.Millisecond
	maxTimeout = 10 * time.Second
	maxTries   = 10
	maxWait    = 16 * time.Second // of one repeat (RFC 5080 section 2.2.1)
)

func (d Dynamic) check(hasQoS bool) error {
	switch {
	case d.Timeout != 0 && (d.Timeout < minTimeout || d.Timeout > maxTimeout):
		return fmt.Errorf("the time-out of its CoA-Requests is %s, not between %s and %s", d.Timeout, minTimeout, maxTimeout)
	case d.Tries < 0 || d.Tries > maxTries:
		return fmt.Errorf("its CoA-Requests are sent %d times, not between 1 and %d times", d.Tries, maxTries)
	case d.Abilities&usage.CanChangeRate != 0 && !hasQoS:
		return errors.New("it takes rates, but no QoS template says how")
	case d.Mentions != 0 && d.Mentions&identifying == 0:
		return errors.New("its CoA-Requests name no session")
	}
	return nil
}

// filled returns the same with every default in its place.
func (d Dynamic) filled(secret string) Dynamic {
	if d.Port == 0 {
		d.Port = 3799
	}
	if d.Secret == "" {
		d.Secret = secret
	}
	if d.Mentions == 0 {
		d.Mentions = DefaultMentions
	}
	if d.Timeout == 0 {
		d.Timeout = 2 * time.Second
	}
	if d.Tries == 0 {
		d.Tries = 4
	}
	return d
}

// Mention is an attribute of a Disconnect- or CoA-Request beside what it changes; several add up. A gateway that follows
// RFC 5176 section 2.3 refuses a request with an attribute it does not know, and one whose session differs in any.
type Mention uint16

// What requests can mention.
const (
	MentionUserName   Mention = 1 << iota // the IMSI as User-Name: only where the gateway's User-Name is the IMSI
	MentionIMSI                           // 3GPP-IMSI
	MentionSessionID                      // Acct-Session-Id
	MentionChargingID                     // 3GPP-Charging-ID, when known
	MentionAddress                        // Framed-IP-Address, when known and of IPv4
	MentionNAS                            // NAS-Identifier, NAS-IP-Address or NAS-IPv6-Address: what its accounting has first
	MentionTime                           // Event-Timestamp
	MentionReason                         // Reply-Message, when there is a reason
	MentionTeardown                       // 3GPP-Teardown-Indicator in a Disconnect-Request: with every context of the session

	identifying = MentionUserName | MentionIMSI | MentionSessionID | MentionChargingID | MentionAddress

	DefaultMentions = MentionIMSI | MentionSessionID | MentionChargingID | MentionAddress | MentionNAS | MentionTime |
		MentionReason | MentionTeardown
)

// ParseMentions reads the names of what requests are to mention.
func ParseMentions(names []string) (all Mention, err error) {
	known := []string{"user_name", "imsi", "session_id", "charging_id", "address", "nas", "time", "reason", "teardown"}
	for _, name := range names {
		at := slices.Index(known, name)
		if at < 0 {
			return 0, fmt.Errorf("a CoA-Request cannot mention %q", name)
		}
		all |= 1 << at
	}
	return all, nil
}
