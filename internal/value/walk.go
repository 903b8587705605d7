package value

// Walk is a list that is read whole, part after part, as an export does. Which rows it has, and in what order, is settled at the
// first part; so no row comes twice and none that stays is missing, whatever is added, changed or removed meanwhile. Each part
// shows its rows as they are when it is read.
type Walk struct {
	ids   []int64
	begun bool
}

// Begin settles the rows, by their ids, unless that has been done.
func (w *Walk) Begin(find func() ([]int64, error)) (err error) {
	if !w.begun {
		w.ids, err = find()
		w.begun = err == nil
	}
	return err
}

// Len is the number of rows.
func (w *Walk) Len() int { return len(w.ids) }

// Part is a page of rows, counted from 1.
func (w *Walk) Part(page, size int) []int64 {
	first := min(max(page-1, 0)*size, len(w.ids))
	return w.ids[first:min(first+size, len(w.ids))]
}
