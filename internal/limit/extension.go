package limit

import (
	"fmt"
	"time"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/value"
)

// Extension is what an endpoint may use beyond a limit until the month ends. It belongs to the endpoint: it is good for
// the limit of the same service that any of its service profiles has.
type Extension struct {
	ID       value.ID         `json:"id"`
	Endpoint value.ID         `json:"endpoint_id"`
	Limit    value.ID         `json:"traffic_limit_id" doc:"The limit that it was made for."`
	Volume   int64            `json:"volume" doc:"Bytes, or SMS."`
	Expires  value.EntityTime `json:"expiration_date" doc:"The end of the month, UTC."`
	Created  value.EntityTime `json:"created_at"`

	Service   int64 `json:"-"`
	Satellite bool  `json:"-"`
}

// Good reports whether the extension counts at a time (µs).
func (e Extension) Good(now int64) bool { return now < int64(e.Expires) }

// Extra adds up the extensions of a limit that are good at a time.
func Extra(l Limit, extensions []Extension, now int64) (volume int64) {
	for _, e := range extensions {
		if e.Service == l.Service && e.Satellite == l.Satellite && e.Good(now) {
			volume += e.Volume
		}
	}
	return volume
}

// MaxExtension is the most that one extension adds, so that several do not overflow: a petabyte.
const MaxExtension int64 = 1e15

// MonthEnd is when the month of a time ends, both in µs: the first moment of the next one, UTC.
func MonthEnd(at int64) int64 {
	return clock.MonthStart(time.UTC, MonthOf(at)+1)
}

const extensionColumns = `endpoint_id, id, traffic_limit_id, service_id, satellite_only, volume, expiration_date, created_at`

// LookupExtensions finds the extensions of many endpoints.
var LookupExtensions = db.NewLookup("k_organisation bigint, k_endpoint bigint", `SELECT `+extensionColumns+`
	FROM limit_extension WHERE organisation_id = $1 AND endpoint_id = $2 ORDER BY id`)

// ScanExtension reads a row of LookupExtensions.
func ScanExtension(r *db.Row) (endpoint int64, e Extension) {
	e = scanExtension(r)
	return int64(e.Endpoint), e
}

func scanExtension(r *db.Row) Extension {
	return Extension{
		Endpoint: value.ID(r.Int()), ID: value.ID(r.Int()), Limit: value.ID(r.Int()), Service: r.Int(), Satellite: r.Bool(),
		Volume: r.Int(), Expires: value.EntityTime(r.Int()), Created: value.EntityTime(r.Int()),
	}
}

// Extensions lists those of an endpoint that are good at a time.
func Extensions(q db.Queryer, organisation, endpoint, now int64) ([]Extension, error) {
	list, err := db.All(q, scanExtension, `SELECT `+extensionColumns+` FROM limit_extension
		WHERE organisation_id = $1 AND endpoint_id = $2 AND expiration_date > $3 ORDER BY id`, organisation, endpoint, now)
	if err != nil {
		return nil, fmt.Errorf("list limit extensions: %w", err)
	}
	return list, nil
}

// Extend gives an endpoint more of a limit for the rest of the month, and forgets what it was given in earlier ones. The id comes from db.NextID of the kind
// "limit_extension".
func Extend(tx *db.Tx, organisation, endpoint, id int64, l Limit, volume, now int64) (Extension, error) {
	e := Extension{
		ID: value.ID(id), Endpoint: value.ID(endpoint), Limit: value.ID(l.ID), Service: l.Service, Satellite: l.Satellite,
		Volume: volume, Expires: value.EntityTime(MonthEnd(now)), Created: value.EntityTime(now),
	}
	_, err := tx.Exec(`DELETE FROM limit_extension WHERE organisation_id = $1 AND endpoint_id = $2 AND expiration_date <= $3`,
		organisation, endpoint, now)
	if err == nil {
		_, err = tx.Exec(`INSERT INTO limit_extension (organisation_id, `+extensionColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			organisation, endpoint, id, l.ID, l.Service, l.Satellite, volume, int64(e.Expires), now)
	}
	if err != nil {
		return e, fmt.Errorf("extend limit: %w", err)
	}
	return e, nil
}

// EndExtensions takes all extensions from an endpoint.
func EndExtensions(tx *db.Tx, organisation, endpoint int64) error {
	_, err := tx.Exec(`DELETE FROM limit_extension WHERE organisation_id = $1 AND endpoint_id = $2`, organisation, endpoint)
	if err != nil {
		return fmt.Errorf("end limit extensions: %w", err)
	}
	return nil
}
