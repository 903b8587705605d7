package profile

import "github.com/simstead/simstead/internal/db"

// CreateDNS stores a pair of name servers. The id comes from db.NextID of the kind "dns".
func CreateDNS(tx *db.Tx, organisation, id int64, primary, secondary string) error {
	_, err := tx.Exec(`INSERT INTO dns (organisation_id, id, primary_server, secondary_server, ip_address_version)
		VALUES ($1, $2, $3, $4, 4)`, organisation, id, primary, secondary)
	return err
}
