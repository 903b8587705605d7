package endpoint

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/value"
)

// NamedSpace is an IP address space as its creation answers it.
type NamedSpace struct {
	ID      value.ID `json:"id"`
	Network string   `json:"ip_address_space" doc:"CIDR"`
	Version int64    `json:"ip_address_version" doc:"Always 4."`
}

// CountedSpace is an IP address space as the list shows it.
type CountedSpace struct {
	NamedSpace
	Used      int64 `json:"used_count" doc:"Addresses that endpoints have."`
	Available int64 `json:"available_count" doc:"Addresses that are free for endpoints."`
}

// hosts is how many addresses endpoints can have.
func hosts(network netip.Prefix) int64 {
	n := int64(1)<<(32-network.Bits()) - 2
	if network.Overlaps(reserved()) {
		n -= 255 // the reserved part lies at the beginning, whose first address is the network's own
	}
	return n
}

// ListSpaces lists the IP address spaces of an organisation.
func ListSpaces(q db.Queryer, organisation int64) ([]CountedSpace, error) {
	spaces, err := db.All(q, func(r *db.Row) CountedSpace {
		return CountedSpace{NamedSpace: NamedSpace{ID: value.ID(r.Int()), Network: r.Text(), Version: r.Int()}, Used: r.Int()}
	}, `SELECT s.id, s.network, s.ip_address_version, (SELECT COUNT(*) FROM endpoint e WHERE e.organisation_id = s.organisation_id
			AND e.ip_address_space_id = s.id AND e.status_id <> 2 AND e.ip_address <> '')
		FROM ip_address_space s WHERE s.organisation_id = $1 ORDER BY s.id`, organisation)
	if err != nil {
		return nil, fmt.Errorf("list IP address spaces: %w", err)
	}
	for i, s := range spaces {
		if network, err := netip.ParsePrefix(s.Network); err == nil {
			spaces[i].Available = max(hosts(network)-s.Used, 0)
		}
	}
	return spaces, nil
}

// offered is how many spaces Available proposes, offeredBits how large each is.
const (
	offered     = 10
	offeredBits = 24
)

// Available proposes IP address spaces that an organisation could create, taken at random from what its own leave. They have no
// id yet.
func Available(q db.Queryer, organisation int64) ([]NamedSpace, error) {
	taken, err := networks(q, organisation)
	if err != nil {
		return nil, err
	}
	free, seen := []NamedSpace{}, map[netip.Prefix]bool{}
	for range 100 * offered {
		network := randomNetwork()
		if len(free) == offered {
			break
		}
		if seen[network] || network.Overlaps(reserved()) || overlapped(taken, network) != "" {
			continue
		}
		seen[network] = true
		free = append(free, NamedSpace{Network: network.String(), Version: 4})
	}
	return free, nil
}

// randomNetwork is one of those that spaces may be cut from.
func randomNetwork() netip.Prefix {
	ranges := allowed()
	from := ranges[rand.IntN(len(ranges))]
	s := space{network: from}
	number := rand.Int64N(1<<(offeredBits-from.Bits())) << (32 - offeredBits)
	return netip.PrefixFrom(s.address(number), offeredBits)
}

// networks are the spaces that an organisation has.
func networks(q db.Queryer, organisation int64) ([]netip.Prefix, error) {
	texts, err := db.All(q, db.Text, `SELECT network FROM ip_address_space WHERE organisation_id = $1`, organisation)
	if err != nil {
		return nil, fmt.Errorf("read IP address spaces: %w", err)
	}
	var list []netip.Prefix
	for _, text := range texts {
		if network, err := netip.ParsePrefix(text); err == nil {
			list = append(list, network)
		}
	}
	return list, nil
}

// overlapped names the first of some networks that another one overlaps; "" when it overlaps none.
func overlapped(networks []netip.Prefix, other netip.Prefix) string {
	for _, network := range networks {
		if network.Overlaps(other) {
			return network.String()
		}
	}
	return ""
}

// DeleteSpace removes an IP address space that no endpoint has an address of.
func DeleteSpace(tx *db.Tx, organisation, id int64) error {
	if err := SpaceExists(tx, organisation, id); err != nil {
		return err
	}
	_, err := db.One(tx, db.Int, `SELECT id FROM endpoint WHERE organisation_id = $1 AND ip_address_space_id = $2 AND status_id <> 2 LIMIT 1`, organisation, id)
	if err == nil {
		return fault.New(fault.NotAllowed, "IP address space %d is used by endpoints", id)
	}
	if errors.Is(err, db.ErrNone) {
		_, err = tx.Exec(`DELETE FROM ip_address_space WHERE organisation_id = $1 AND id = $2`, organisation, id)
	}
	return err
}

// SpaceExists is the error of an IP address space that an organisation does not have.
func SpaceExists(q db.Queryer, organisation, id int64) error {
	_, err := db.One(q, db.Int, `SELECT id FROM ip_address_space WHERE organisation_id = $1 AND id = $2`, organisation, id)
	if errors.Is(err, db.ErrNone) {
		return fault.Missing("IP address space", id)
	}
	return err
}
