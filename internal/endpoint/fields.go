package endpoint

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/profile"
	"github.com/simstead/simstead/internal/sim"
	"github.com/simstead/simstead/internal/value"
)

// Fields are what clients may say of an endpoint, when they create it as when they change it. A field that is absent
// stays as it is; null empties it.
type Fields struct {
	Name           value.Opt[string]    `json:"name" doc:"By default the endpoint's id."`
	Tags           value.Opt[string]    `json:"tags"`
	Status         value.Opt[value.Ref] `json:"status" doc:"0 Enabled or 1 Disabled."`
	ServiceProfile value.Opt[value.Ref] `json:"service_profile"`
	TariffProfile  value.Opt[value.Ref] `json:"tariff_profile"`
	SIM            value.Opt[SIMRef]    `json:"sim" doc:"null, or the id null, takes the SIM away."`
	IMEI           value.Opt[string]    `json:"imei"`
	IMEILock       value.Opt[bool]      `json:"imei_lock"`
	IPAddress      value.Opt[string]    `json:"ip_address" doc:"By default the next free one of the space."`
	IPAddressSpace value.Opt[value.Ref] `json:"ip_address_space" doc:"By default the organisation's first one."`
	Organisation   value.Opt[value.Ref] `json:"organisation" doc:"The caller's own."`
}

// SIMRef names the SIM that an endpoint gets and what is to become of the SIM. A given status wins over activate.
type SIMRef struct {
	ID       value.Opt[value.ID]  `json:"id"`
	Activate value.Opt[bool]      `json:"activate"`
	Status   value.Opt[value.Ref] `json:"status"`
}

// wish is what a field with a reference asks for.
func wish(field value.Opt[value.Ref]) (id int64, given bool) {
	return int64(field.Value.ID.Value), field.Has() && field.Value.ID.Has()
}

// change is a Fields on its way into a Row: it gathers what is wrong, so that a client learns all of it at once.
type change struct {
	tx           *db.Tx
	organisation int64
	row          *Row
	wrong        []*fault.Error
	sim          sim.Card // the SIM after the change; its ID is 0 for none
	simStatus    int64    // that the SIM is to get
}

func (c *change) bad(code fault.Code, format string, args ...any) {
	c.wrong = append(c.wrong, fault.New(code, "Endpoint - "+format, args...))
}

// read puts the fields into the row. Its error is none of the caller's; c.wrong holds those.
func (c *change) read(f Fields) error {
	if id, given := wish(f.Organisation); given && id != c.organisation {
		c.bad(fault.InvalidReference, "organisation %d is not the caller's", id)
	}
	c.texts(f)
	if f.IMEILock.Set {
		c.row.IMEILock = f.IMEILock.Value
	}
	if f.Status.Set {
		switch id, given := wish(f.Status); {
		case !given:
			c.bad(fault.Required, "status.id is required")
		case id != Enabled && id != Disabled:
			c.bad(fault.InvalidReference, "status %d is neither 0 (Enabled) nor 1 (Disabled)", id)
		default:
			c.row.Status = id
		}
	}
	return errors.Join(
		c.profile("service_profile", f.ServiceProfile, &c.row.ServiceProfile, profile.ServiceExists),
		c.profile("tariff_profile", f.TariffProfile, &c.row.TariffProfile, profile.TariffExists),
		c.card(f.SIM))
}

// Lengths of texts in characters; a tag list may hold many.
const (
	maxName = 255
	maxTags = 4096
)

func (c *change) texts(f Fields) {
	if f.Name.Set {
		c.text("name", f.Name.Value, maxName)
		c.row.Name = strings.TrimSpace(f.Name.Value)
	}
	if c.row.Name == "" {
		c.row.Name = fmt.Sprint(c.row.ID)
	}
	if f.Tags.Set {
		c.text("tags", f.Tags.Value, maxTags)
		c.row.Tags = f.Tags.Value
	}
	if f.IMEI.Set {
		var ok bool
		if c.row.IMEI, ok = normalIMEI(f.IMEI.Value); !ok && f.IMEI.Value != "" {
			c.bad(fault.InvalidFormat, "imei: 14, 15 or 16 digits expected")
		}
	}
}

func (c *change) text(name, text string, most int) {
	if utf8.RuneCountInString(text) > most || strings.ContainsFunc(text, unicode.IsControl) {
		c.bad(fault.InvalidFormat, "%s: text of at most %d characters without control characters expected", name, most)
	}
}

func (c *change) profile(name string, field value.Opt[value.Ref], into *int64, exists func(db.Queryer, int64, int64) (bool, error)) error {
	if !field.Set {
		return nil
	}
	id, given := wish(field)
	if !given {
		c.bad(fault.Required, "%s.id is required", name)
		return nil
	}
	known, err := exists(c.tx, c.organisation, id)
	if !known {
		c.bad(fault.InvalidReference, "%s %d does not exist", name, id)
	}
	*into = id
	return err
}

// card finds the SIM that the endpoint is to have. A SIM at another endpoint is refused with 422, as the contract
// lists no 409 for it; it must be released there first.
func (c *change) card(field value.Opt[SIMRef]) error {
	id := c.row.SIM
	switch ref := field.Value.ID; {
	case field.Null || ref.Null:
		id = 0
	case ref.Has():
		id = int64(ref.Value)
	}
	if id == 0 {
		if field.Has() && field.Value.ID.Has() {
			c.bad(fault.InvalidReference, "sim 0 does not exist")
		}
		return nil
	}
	card, err := sim.Load(c.tx, id)
	if err != nil && !fault.Is(err, fault.InvalidReference) {
		return err
	}
	if err != nil || card.Owner() != c.organisation || card.Status == sim.Deleted {
		c.bad(fault.InvalidReference, "sim %d does not exist", id)
		return nil
	}
	if card.Endpoint != 0 && card.Endpoint != c.row.ID {
		c.bad(fault.NotAllowed, "sim %d is at another endpoint", id)
	}
	c.sim, c.simStatus = card, card.Status
	if field.Value.Activate.Value {
		c.simStatus = sim.Activated
	}
	if status, given := wish(field.Value.Status); given {
		c.simStatus = status
	}
	if illegal := card.CanBecome(c.simStatus); illegal != nil {
		c.wrong = append(c.wrong, illegal)
	}
	return nil
}

// address gives the row its address: the one asked for, or the next free one where it has none of the space. It comes
// last, because it takes the address.
func (c *change) address(f Fields) error {
	wanted, given := wish(f.IPAddressSpace)
	if !given {
		wanted = c.row.Space
	}
	if c.row.IPAddress != "" && wanted == c.row.Space && !f.IPAddress.Set {
		return nil
	}
	if f.IPAddress.Has() && wanted == 0 {
		return fault.Invalid(fault.New(fault.Required, "Endpoint - ip_address_space is required with an ip_address"))
	}
	s, err := loadSpace(c.tx, c.organisation, wanted)
	switch {
	case errors.Is(err, db.ErrNone) && wanted == 0:
		return fault.New(fault.Unavailable, "The organisation has no IP address space")
	case errors.Is(err, db.ErrNone):
		return fault.Invalid(fault.New(fault.InvalidReference, "Endpoint - ip_address_space %d does not exist", wanted))
	case err != nil:
		return fmt.Errorf("read IP address space: %w", err)
	}
	if f.IPAddress.Has() && f.IPAddress.Value != "" {
		c.row.IPAddress, err = s.claim(c.tx, c.row.ID, f.IPAddress.Value)
	} else {
		var taken []string
		if taken, err = s.take(c.tx, 1); err == nil {
			c.row.IPAddress = taken[0]
		}
	}
	c.row.Space = s.id
	return err
}
