package endpoint

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
)

// addresses gives the rows their addresses: the ones that are asked for first, then the next free ones to those that have
// none of their space. It comes last, because it takes the addresses.
func (d *desk) addresses() error {
	claims, keys := []*change{}, lookupHolder.New()
	waiting := map[*space][]*change{}
	var order []*space
	for _, c := range d.changes {
		s, needed, err := c.space()
		switch {
		case err != nil:
			return err
		case !needed:
		case c.fields.IPAddress.Has() && c.fields.IPAddress.Value != "":
			if c.claim(s) {
				claims = append(claims, c)
				keys.Int(d.organisation, s.id).Text(c.row.IPAddress)
			}
		default:
			if waiting[s] == nil {
				order = append(order, s)
			}
			waiting[s] = append(waiting[s], c)
		}
	}
	if err := d.held(claims, keys); err != nil {
		return err
	}
	for _, s := range order {
		taken, err := s.take(d.tx, len(waiting[s]))
		if err != nil {
			return err
		}
		for i, c := range waiting[s] {
			c.row.IPAddress, c.row.Space = taken[i], s.id
		}
	}
	return nil
}

// space is the one that the endpoint is to have an address of; needed is false when it keeps the one that it has.
func (c *change) space() (s *space, needed bool, err error) {
	wanted, given := wish(c.fields.IPAddressSpace)
	if !given {
		wanted = c.row.Space
	}
	if c.row.IPAddress != "" && wanted == c.row.Space && !c.fields.IPAddress.Set {
		return nil, false, nil
	}
	if c.fields.IPAddress.Has() && wanted == 0 {
		c.bad(fault.Required, "ip_address_space is required with an ip_address")
		return nil, false, nil
	}
	s, known := c.spaces[wanted]
	if !known {
		found, err := loadSpace(c.tx, c.organisation, wanted)
		switch {
		case errors.Is(err, db.ErrNone) && wanted == 0:
			return nil, false, fault.New(fault.Unavailable, "The organisation has no IP address space")
		case errors.Is(err, db.ErrNone):
		case err != nil:
			return nil, false, fmt.Errorf("read IP address space: %w", err)
		case c.spaces[found.id] != nil:
			s = c.spaces[found.id]
		default:
			s = &found
			c.spaces[found.id] = s
		}
		c.spaces[wanted] = s
	}
	if s == nil {
		c.bad(fault.InvalidReference, "ip_address_space %d does not exist", wanted)
		return nil, false, nil
	}
	return s, true, nil
}

// claim reads the address that is asked for into the row. Whether somebody has it is not known by then.
func (c *change) claim(s *space) bool {
	a, err := netip.ParseAddr(c.fields.IPAddress.Value)
	if err != nil {
		c.bad(fault.InvalidFormat, "ip_address: IPv4 address expected")
		return false
	}
	if !s.network.Contains(a) || reserved().Contains(a) || a == s.address(0) || a == s.address(s.last()) {
		c.bad(fault.InvalidReference, "ip_address %s is not one that devices of IP address space %d can have", a, s.id)
		return false
	}
	text := a.String()
	if s.given[text] {
		c.busy(text)
		return false
	}
	s.given[text] = true
	c.row.IPAddress, c.row.Space = text, s.id
	return true
}

func (c *change) busy(address string) {
	c.conflict(fault.Unavailable, "IP address %s belongs to another endpoint", address)
}

var lookupHolder = db.NewLookup("k_organisation bigint, k_space bigint, k_address text", `SELECT id FROM endpoint
	WHERE organisation_id = $1 AND ip_address_space_id = $2 AND status_id <> 2 AND ip_address = $3`)

// held refuses the claims to addresses of endpoints that keep them.
func (d *desk) held(claims []*change, keys *db.Rows) error {
	holders := make([]int64, len(claims))
	err := d.tx.Lookup(db.Read{Bulk: lookupHolder, Keys: keys, Each: func(i int, r *db.Row) { holders[i] = r.Int() }})
	if err != nil {
		return fmt.Errorf("look for IP addresses: %w", err)
	}
	now := map[int64]*Row{}
	for _, c := range d.changes {
		now[c.row.ID] = c.row
	}
	for i, c := range claims {
		other := now[holders[i]]
		leaves := other != nil && (other.Space != c.row.Space || other.IPAddress != c.row.IPAddress)
		if holders[i] != 0 && holders[i] != c.row.ID && !leaves {
			c.busy(c.row.IPAddress)
		}
	}
	return nil
}
