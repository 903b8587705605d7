package value

// Walk is a list that is read whole, part after part, as an export does. Which rows it has, and in what order, is settled at the
// first part; so no row comes twice and none that stays is missing, whatever is added, changed or removed meanwhile. Each part
// shows its rows as they are when it is read.
type Walk struct {
	ids   []int64
	begun bool
}

// Len is the number of rows.
func (w *Walk) Len() int { return len(w.ids) }

// Part is a page, counted from 1, of the ids of the rows, which find is asked for once.
func (w *Walk) Part(page, size int, find func() ([]int64, error)) ([]int64, error) {
	if !w.begun {
		ids, err := find()
		if err != nil {
			return nil, err
		}
		w.ids, w.begun = ids, true
	}
	first := min(max(page-1, 0)*size, len(w.ids))
	return w.ids[first:min(first+size, len(w.ids))], nil
}
