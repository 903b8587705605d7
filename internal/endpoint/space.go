package endpoint

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
)

// reserved is what no endpoint gets: the platform's own end of the shared address space (RFC 6598).
func reserved() netip.Prefix { return netip.MustParsePrefix("100.64.0.0/24") }

// allowed are the networks that spaces may be cut from.
func allowed() []netip.Prefix {
	return []netip.Prefix{
		netip.MustParsePrefix("10.112.0.0/12"), netip.MustParsePrefix("10.176.0.0/12"),
		netip.MustParsePrefix("10.192.0.0/12"), netip.MustParsePrefix("100.64.0.0/10"),
	}
}

// CreateSpace gives an organisation a range of addresses for its endpoints. The id comes from db.NextID of the kind
// "ip_address_space".
func CreateSpace(tx *db.Tx, organisation, id int64, cidr string) error {
	network, err := readNetwork(cidr)
	if err != nil {
		return err
	}
	others, err := networks(tx, organisation)
	if err != nil {
		return err
	}
	if other := overlapped(others, network); other != "" {
		return fault.New(fault.NotAllowed, "IP address space %s overlaps %s", network, other)
	}
	_, err = tx.Exec(`INSERT INTO ip_address_space (organisation_id, id, network, ip_address_version, next_host)
		VALUES ($1, $2, $3, 4, 1)`, organisation, id, network.String())
	if err != nil {
		return fmt.Errorf("create IP address space: %w", err)
	}
	return nil
}

func readNetwork(cidr string) (netip.Prefix, error) {
	network, err := netip.ParsePrefix(cidr)
	if err != nil || network != network.Masked() || network.Bits() > 30 {
		return network, fault.Invalid(fault.New(fault.InvalidFormat, "IP address space - %q is not an IPv4 network of at least four addresses", cidr))
	}
	for _, a := range allowed() {
		if a.Bits() <= network.Bits() && a.Contains(network.Addr()) && (!reserved().Contains(network.Addr()) || network.Bits() < reserved().Bits()) {
			return network, nil
		}
	}
	return network, fault.Invalid(fault.New(fault.NotAllowed, "IP address space - %s is outside the networks that can be used", network))
}

// space is an address space while addresses are taken from it. Addresses are numbered from its network address, 0.
type space struct {
	organisation, id int64
	network          netip.Prefix
	next             int64           // where the search for a free address goes on
	given            map[string]bool // addresses that endpoints of the same request get
}

// loadSpace reads one of an organisation's spaces; its first one when id is 0.
func loadSpace(tx *db.Tx, organisation, id int64) (space, error) {
	s := space{organisation: organisation, given: map[string]bool{}}
	text, err := db.One(tx, func(r *db.Row) string { s.id, s.next = r.Int(), r.Int(); return r.Text() },
		`SELECT id, next_host, network FROM ip_address_space WHERE organisation_id = $1 AND (id = $2 OR $2 = 0) ORDER BY id LIMIT 1`,
		organisation, id)
	if err == nil {
		s.network, err = netip.ParsePrefix(text)
	}
	return s, err
}

// last is the number of the broadcast address.
func (s space) last() int64 { return 1<<(32-s.network.Bits()) - 1 }

func (s space) address(number int64) netip.Addr {
	base := s.network.Addr().As4()
	var at [4]byte
	binary.BigEndian.PutUint32(at[:], binary.BigEndian.Uint32(base[:])+uint32(number))
	return netip.AddrFrom4(at)
}

// take finds n free addresses, going round the space once from where the last search ended, so that an address that
// became free is not given to another device at once.
func (s *space) take(tx *db.Tx, n int) ([]string, error) {
	var found []string
	number, hosts := s.next, s.last()-1
	for tried := int64(0); tried < hosts && len(found) < n; {
		var some []string
		after := map[string]int64{} // where to go on behind each candidate
		for ; tried < hosts && len(some) < chunk; tried++ {
			if number < 1 || number > hosts {
				number = 1
			}
			if a := s.address(number); !reserved().Contains(a) && !s.given[a.String()] {
				some = append(some, a.String())
				after[a.String()] = number + 1
			}
			number++
		}
		used, err := s.used(tx, some)
		if err != nil {
			return nil, err
		}
		for _, a := range some {
			if !used[a] && len(found) < n {
				found, s.next = append(found, a), after[a]
			}
		}
	}
	if len(found) < n {
		return nil, fault.New(fault.Unavailable, "IP address space %d has no free address", s.id)
	}
	_, err := tx.Exec(`UPDATE ip_address_space SET next_host = $1 WHERE organisation_id = $2 AND id = $3`, s.next, s.organisation, s.id)
	if err != nil {
		return nil, fmt.Errorf("take IP address: %w", err)
	}
	return found, nil
}

// chunk is how many addresses one statement looks up. The number is fixed, so that there is one statement to prepare.
const chunk = 64

// used tells which of up to a chunk of addresses endpoints have.
func (s space) used(tx *db.Tx, addresses []string) (map[string]bool, error) {
	used := map[string]bool{}
	if len(addresses) == 0 {
		return used, nil
	}
	args := []any{s.organisation, s.id}
	marks := make([]string, chunk)
	for i := range chunk {
		args = append(args, addresses[min(i, len(addresses)-1)])
		marks[i] = fmt.Sprintf("$%d", i+3)
	}
	err := tx.Each(func(r *db.Row) { used[r.Text()] = true }, `SELECT ip_address FROM endpoint
		WHERE organisation_id = $1 AND ip_address_space_id = $2 AND status_id <> 2 AND ip_address IN (`+strings.Join(marks, ", ")+`)`, args...)
	if err != nil {
		return nil, fmt.Errorf("look for used IP addresses: %w", err)
	}
	return used, nil
}
