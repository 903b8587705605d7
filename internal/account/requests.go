package account

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/simstead/simstead/internal/db"
)

const storedAtOnce = 500 // counts of a transaction

// Requests counts the requests of organisations in months, for a limit that a restart must not forget and that all nodes
// share. Counting is in memory; Store writes down what came since, so what a killed process counted after that is lost.
type Requests struct {
	DB *db.DB

	storing sync.Mutex
	mu      sync.Mutex
	counts  map[requestKey]*requestCount
}

type requestKey struct{ organisation, month int64 } // the month as 202611

// requestCount is what is known of one key: the sum of all nodes as it was read last, what is being stored, what is new.
type requestCount struct{ stored, leaving, fresh int64 }

// Add counts one request and returns how many there were in that month (202611) with it.
func (r *Requests) Add(organisation, month int64) int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := r.count(requestKey{organisation, month})
	c.fresh++
	return c.stored + c.leaving + c.fresh
}

// count is what is known of a key; r.mu is held.
func (r *Requests) count(k requestKey) *requestCount {
	if r.counts == nil {
		r.counts = map[requestKey]*requestCount{}
	}
	c, known := r.counts[k]
	if !known {
		c = &requestCount{}
		r.counts[k] = c
	}
	return c
}

// Load reads what was counted in a month before, by this process's forerunner or by other nodes.
func (r *Requests) Load(ctx context.Context, month int64) error {
	return r.DB.Read(ctx, func(q db.Queryer) error {
		r.mu.Lock()
		defer r.mu.Unlock()
		return q.Each(func(row *db.Row) { r.count(requestKey{row.Int(), month}).stored = row.Int() },
			`SELECT organisation_id, requests FROM request_month WHERE month = $1`, month)
	})
}

var (
	addRequests = db.NewInsert("request_month", "organisation_id bigint, month bigint, requests bigint",
		"ON CONFLICT (organisation_id, month) DO UPDATE SET requests = request_month.requests + excluded.requests")
	lookupRequests = db.NewLookup("k_organisation bigint, k_month bigint",
		"SELECT requests FROM request_month WHERE organisation_id = $1 AND month = $2")
)

// Store writes down what was counted since the last time, learns what other nodes have counted, and forgets the months
// before the given one. What cannot be stored is kept for the next time.
func (r *Requests) Store(ctx context.Context, month int64) error {
	r.storing.Lock()
	defer r.storing.Unlock()
	for batch := range slices.Chunk(r.take(month), storedAtOnce) {
		if err := r.store(ctx, batch); err != nil {
			return fmt.Errorf("store the requests of a month: %w", err)
		}
	}
	return nil
}

// take lists what there is to store, in one order on all nodes, so that no two wait for each other.
func (r *Requests) take(month int64) (keys []requestKey) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for k, c := range r.counts {
		switch {
		case c.fresh+c.leaving > 0:
			c.leaving, c.fresh = c.leaving+c.fresh, 0
			keys = append(keys, k)
		case k.month < month:
			delete(r.counts, k)
		}
	}
	slices.SortFunc(keys, func(a, b requestKey) int {
		return cmp.Or(cmp.Compare(a.organisation, b.organisation), cmp.Compare(a.month, b.month))
	})
	return keys
}

// store adds some counts to the table. No head is held: charging reads nothing of this, and need not wait for it.
func (r *Requests) store(ctx context.Context, batch []requestKey) error {
	totals := make([]int64, len(batch))
	err := r.DB.Write(ctx, nil, func(tx *db.Tx) error {
		rows, keys := addRequests.New(), lookupRequests.New()
		r.mu.Lock()
		for _, k := range batch {
			rows.Int(k.organisation, k.month, r.counts[k].leaving)
			keys.Int(k.organisation, k.month)
		}
		r.mu.Unlock()
		if err := tx.Insert(rows); err != nil {
			return err
		}
		return tx.Lookup(db.Read{Bulk: lookupRequests, Keys: keys, Each: func(n int, row *db.Row) { totals[n] = row.Int() }})
	})
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for n, k := range batch {
		c := r.counts[k]
		c.stored, c.leaving = totals[n], 0
	}
	return nil
}

// Forget removes the counts of months before the given one.
func (r *Requests) Forget(ctx context.Context, month int64) error {
	return r.DB.Write(ctx, nil, func(tx *db.Tx) error {
		_, err := tx.Exec(`DELETE FROM request_month WHERE month < $1`, month)
		return err
	})
}
