package intake

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
)

// names finds the ids of things that a file may name by id or by name.
type names struct {
	what string
	ids  map[int64]bool
	text map[string]int64 // by name in lower case; of two with one name, the older
}

// loadNames reads ids and names.
func loadNames(q db.Queryer, what, query string, args ...any) (names, error) {
	n := names{what, map[int64]bool{}, map[string]int64{}}
	err := q.Each(func(r *db.Row) {
		id, name := r.Int(), strings.ToLower(r.Text())
		n.ids[id] = true
		if _, known := n.text[name]; !known {
			n.text[name] = id
		}
	}, query+` ORDER BY 1`, args...)
	if err != nil {
		return n, fmt.Errorf("read names: %w", err)
	}
	return n, nil
}

// find is the id of what a cell names: 0 for an empty one.
func (n names) find(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	if id, known := n.text[strings.ToLower(text)]; known {
		return id, nil
	}
	if id, err := strconv.ParseInt(text, 10, 64); err == nil && n.ids[id] {
		return id, nil
	}
	return 0, fault.New(fault.InvalidReference, "%s %q does not exist", n.what, text)
}
