package endpoint

import (
	"fmt"
	"strings"

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
	Activate value.Opt[bool]      `json:"activate" doc:"Activate the SIM; one that was never active goes into the factory test first where the tariff plan has that."`
	Status   value.Opt[value.Ref] `json:"status"`
}

// wish is what a field with a reference asks for.
func wish(field value.Opt[value.Ref]) (id int64, given bool) {
	return int64(field.Value.ID.Value), field.Has() && field.Value.ID.Has()
}

// change is a Fields on its way into a Row: it gathers what is wrong, so that a client learns all of it at once.
type change struct {
	*desk
	name      string // of the endpoint in messages
	fields    Fields
	before    Row // as it is stored; the zero value for a new one
	row       *Row
	wrong     []*fault.Error
	conflicts []*fault.Error // rules that the wish breaks though every field is right
	sim       *sim.Card      // the SIM after the change, nil for none
	simStatus int64          // that the SIM is to get
}

func (c *change) bad(code fault.Code, format string, args ...any) {
	c.wrong = append(c.wrong, fault.New(code, c.name+" - "+format, args...))
}

func (c *change) conflict(code fault.Code, format string, args ...any) {
	c.conflicts = append(c.conflicts, fault.New(code, format, args...))
}

// read puts the fields into the row, all but the address. Its error is none of the caller's; c.wrong holds those.
func (c *change) read() error {
	f := c.fields
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
	if err := c.profile("service_profile", f.ServiceProfile, &c.row.ServiceProfile, profile.ServiceExists); err != nil {
		return err
	}
	if err := c.profile("tariff_profile", f.TariffProfile, &c.row.TariffProfile, profile.TariffExists); err != nil {
		return err
	}
	c.card(f.SIM)
	if c.before.ID != 0 && c.row.Status == Enabled && c.before.Status != Enabled && c.sim == nil {
		c.conflict(fault.NotAllowed, "Endpoint %d cannot be enabled without a SIM", c.row.ID)
	}
	return nil
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
	if !fault.IsText(text, most) {
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
	key := profileKey{name, id}
	known, asked := c.profiles[key]
	if !asked {
		var err error
		if known, err = exists(c.tx, c.organisation, id); err != nil {
			return err
		}
		c.profiles[key] = known
	}
	if !known {
		c.bad(fault.InvalidReference, "%s %d does not exist", name, id)
	}
	*into = id
	return nil
}

// factoryTestInBulk is what the contract's text on changes in bulk calls the status that is 4 everywhere else.
const factoryTestInBulk = 5

// card finds the SIM that the endpoint is to have. A SIM at another endpoint is refused with 422, as the contract
// lists no 409 for it; it must be released there first.
func (c *change) card(field value.Opt[SIMRef]) {
	id := c.before.SIM
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
		c.leave()
		return
	}
	card := c.cards[id]
	if card == nil || card.Owner() != c.organisation || card.Status == sim.Deleted {
		c.bad(fault.InvalidReference, "sim %d does not exist", id)
		return
	}
	if at := c.seat(card); at != 0 && at != c.row.ID {
		c.bad(fault.NotAllowed, "sim %d is at another endpoint", id)
	}
	if id != c.before.SIM {
		c.leave()
	}
	c.seats[id] = c.row.ID
	c.sim, c.simStatus = card, card.Status
	if field.Value.Activate.Value {
		c.simStatus = c.activation(card)
	}
	if status, given := wish(field.Value.Status); given {
		if c.simStatus = status; c.bulk && status == factoryTestInBulk {
			c.simStatus = sim.FactoryTest
		}
	}
	if illegal := card.CanBecome(c.simStatus); illegal != nil {
		c.wrong = append(c.wrong, illegal)
	}
}

// activation is the status that a SIM gets when it is activated: one that was never used goes into a factory test first, where
// the organisation has that, and stays in it.
func (c *change) activation(card *sim.Card) int64 {
	if c.tests && (card.Status == sim.Issued || card.Status == sim.FactoryTest) {
		return sim.FactoryTest
	}
	return sim.Activated
}

// leave frees the SIM that the endpoint had for those that come after in the same request.
func (c *change) leave() {
	if c.before.SIM != 0 {
		c.seats[c.before.SIM] = 0
	}
}
