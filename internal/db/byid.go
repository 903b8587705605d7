package db

import (
	"fmt"
	"strings"
)

// chunkOfIDs is how many rows one statement of ByID looks up. The number is fixed, so that there is one statement to prepare.
const chunkOfIDs = 250

// ByID reads rows by their ids and gives them in the order of ids; those that are not there are left out. query ends where the
// ids, in brackets, are to follow: "... WHERE organisation_id = $1 AND id IN". Its first column is the id, which scan reads first.
func ByID[T any](q Queryer, scan func(*Row) T, ids []int64, query string, args ...any) ([]T, error) {
	marks := make([]string, chunkOfIDs)
	for i := range marks {
		marks[i] = fmt.Sprintf("$%d", len(args)+i+1)
	}
	query += " (" + strings.Join(marks, ", ") + ")"
	all := make([]T, 0, len(ids))
	for first := 0; first < len(ids); first += chunkOfIDs {
		some := ids[first:min(first+chunkOfIDs, len(ids))]
		keys := append(make([]any, 0, len(args)+chunkOfIDs), args...)
		for i := range chunkOfIDs {
			keys = append(keys, some[min(i, len(some)-1)])
		}
		found := make(map[int64]T, len(some))
		if err := q.Each(func(r *Row) {
			id := r.Int()
			r.at = 0
			found[id] = scan(r)
		}, query, keys...); err != nil {
			return nil, err
		}
		for _, id := range some {
			if row, ok := found[id]; ok {
				all = append(all, row)
			}
		}
	}
	return all, nil
}
