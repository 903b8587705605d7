package endpoint

import (
	"fmt"
	"strings"

	"github.com/simstead/simstead/internal/db"
)

// Runtime says through what an endpoint is attached, as far as its open data session tells.
type Runtime struct {
	MSC           string `json:"msc" doc:"Always empty: no data session tells."`
	SGSN          string `json:"sgsn"`
	SGSNIPAddress string `json:"sgsn_ip_address"`
}

// attachedChunk is how many endpoints one statement looks up. The number is fixed but for
// one endpoint, so that there are two statements to prepare.
const attachedChunk = 256

// attach fills in how endpoints are attached, those that are.
func attach(q db.Queryer, organisation int64, ids []int64, endpoints []Endpoint) error {
	size := attachedChunk
	if len(ids) == 1 {
		size = 1
	}
	marks := make([]string, size)
	for i := range marks {
		marks[i] = fmt.Sprintf("$%d", i+2)
	}
	query := `SELECT endpoint_id, sgsn FROM session WHERE organisation_id = $1 AND closed_at = 0 AND endpoint_id IN (` +
		strings.Join(marks, ", ") + `) ORDER BY started_at`
	found := map[int64]*Runtime{}
	for first := 0; first < len(ids); first += size {
		some := ids[first:min(first+size, len(ids))]
		args := []any{organisation}
		for i := range size {
			args = append(args, some[min(i, len(some)-1)])
		}
		err := q.Each(func(r *db.Row) {
			id, sgsn := r.Int(), r.Text()
			found[id] = &Runtime{SGSN: sgsn, SGSNIPAddress: sgsn}
		}, query, args...)
		if err != nil {
			return fmt.Errorf("look for open sessions: %w", err)
		}
	}
	for i := range endpoints {
		endpoints[i].RuntimeData = found[ids[i]]
	}
	return nil
}
