package rest

import "time"

// windowLength is the time over which requests are averaged.
const windowLength = 5 * time.Minute

// window counts what happened in the last five minutes. It slides: its parts are ten seconds each, and of the oldest, that is
// leaving, only the share counts that is still inside.
type window struct {
	parts  [windowParts + 1]uint32
	newest int64 // number of the newest part since the epoch
}

const (
	windowParts = 30
	partLength  = int64(windowLength/time.Microsecond) / windowParts // µs
)

// add counts one more at a time, in µs, that does not go back.
func (w *window) add(now int64) {
	w.slide(now / partLength)
	w.parts[w.newest%int64(len(w.parts))]++
}

// sum is how many there were in the five minutes before now.
func (w *window) sum(now int64) int64 {
	number := max(now/partLength, w.newest)
	within := now - number*partLength
	total := int64(0)
	for back := range int64(windowParts) {
		total += w.part(number - back)
	}
	return total + w.part(number-windowParts)*(partLength-max(within, 0))/partLength
}

// wait is how long it takes until one more would be within a limit when nothing happens meanwhile: to the part.
func (w *window) wait(now, limit int64) time.Duration {
	for part := now/partLength + 1; part <= now/partLength+windowParts+1; part++ {
		if w.sum(part*partLength) < limit {
			return time.Duration(part*partLength-now) * time.Microsecond
		}
	}
	return windowLength
}

// slide forgets what is older than the window that ends with the given part.
func (w *window) slide(number int64) {
	if number <= w.newest {
		return
	}
	for n := max(w.newest+1, number-windowParts); n <= number; n++ {
		w.parts[n%int64(len(w.parts))] = 0
	}
	w.newest = number
}

func (w *window) part(number int64) int64 {
	if number > w.newest || number < w.newest-windowParts || number < 0 {
		return 0
	}
	return int64(w.parts[number%int64(len(w.parts))])
}
