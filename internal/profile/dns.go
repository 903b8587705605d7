package profile

import (
	"fmt"
	"net/netip"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/value"
)

// DNS are the name servers that endpoints get with a new PDP context.
type DNS struct {
	ID        value.ID `json:"id"`
	Primary   string   `json:"primary"`
	Secondary string   `json:"secondary"`
	Version   int64    `json:"ip_address_version"`
}

// DNSFields are what clients say of a pair of name servers.
type DNSFields struct {
	Primary   value.Opt[string]   `json:"primary" doc:"An IP address."`
	Secondary value.Opt[string]   `json:"secondary" doc:"An IP address."`
	Version   value.Opt[value.ID] `json:"ip_address_version" doc:"4; 6 is taken and makes no difference."`
}

const selectDNS = `SELECT id, primary_server, secondary_server, ip_address_version FROM dns WHERE organisation_id = $1`

func scanDNS(r *db.Row) DNS {
	return DNS{ID: value.ID(r.Int()), Primary: r.Text(), Secondary: r.Text(), Version: r.Int()}
}

// ListDNS reads the name servers of an organisation.
func ListDNS(q db.Queryer, organisation int64) ([]DNS, error) {
	list, err := db.All(q, scanDNS, selectDNS+` ORDER BY id`, organisation)
	if err != nil {
		return nil, fmt.Errorf("list DNS: %w", err)
	}
	return list, nil
}

// AddDNS stores what a client says of a pair of name servers. The id is as with CreateDNS.
func AddDNS(tx *db.Tx, organisation, id int64, f DNSFields) error {
	var wrong []*fault.Error
	for _, server := range []struct {
		name  string
		field value.Opt[string]
	}{{"primary", f.Primary}, {"secondary", f.Secondary}} {
		address, err := netip.ParseAddr(server.field.Value)
		switch {
		case server.field.Value == "":
			wrong = append(wrong, fault.New(fault.Required, "DNS - %s is required", server.name))
		case err != nil || address.Zone() != "":
			wrong = append(wrong, fault.New(fault.InvalidFormat, "DNS - %s: an IP address expected", server.name))
		}
	}
	switch version := f.Version.Value; {
	case !f.Version.Has():
		wrong = append(wrong, fault.New(fault.Required, "DNS - ip_address_version is required"))
	case version != 4 && version != 6:
		wrong = append(wrong, fault.New(fault.InvalidFormat, "DNS - ip_address_version: 4 or 6 expected"))
	}
	if err := fault.Invalid(wrong...); err != nil {
		return err
	}
	return storeDNS(tx, organisation, id, f.Primary.Value, f.Secondary.Value, int64(f.Version.Value))
}

// CreateDNS stores a pair of name servers. The id comes from db.NextID of the kind "dns".
func CreateDNS(tx *db.Tx, organisation, id int64, primary, secondary string) error {
	return storeDNS(tx, organisation, id, primary, secondary, 4)
}

func storeDNS(tx *db.Tx, organisation, id int64, primary, secondary string, version int64) error {
	_, err := tx.Exec(`INSERT INTO dns (organisation_id, id, primary_server, secondary_server, ip_address_version)
		VALUES ($1, $2, $3, $4, $5)`, organisation, id, primary, secondary, version)
	if err != nil {
		return fmt.Errorf("create DNS: %w", err)
	}
	return nil
}

// DeleteDNS removes a pair of name servers that no service profile names.
func DeleteDNS(tx *db.Tx, organisation, id int64) error {
	used, err := exists(tx, `SELECT id FROM service_profile WHERE organisation_id = $1 AND dns_id = $2 LIMIT 1`, organisation, id)
	if err != nil {
		return fmt.Errorf("delete DNS: %w", err)
	}
	if used {
		return fault.New(fault.NotAllowed, "DNS %d is used by a service profile", id)
	}
	n, err := tx.Exec(`DELETE FROM dns WHERE organisation_id = $1 AND id = $2`, organisation, id)
	if err == nil && n == 0 {
		return fault.Missing("DNS", id)
	}
	if err != nil {
		return fmt.Errorf("delete DNS: %w", err)
	}
	return nil
}
