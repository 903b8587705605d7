package webhook

import "github.com/simstead/simstead/internal/stream"

// body frames records as a request body without copying them together.
type body struct {
	records []stream.Record
	array   bool
}

// size is the number of bytes of all parts.
func (b body) size() int {
	n := 0
	for _, record := range b.records {
		n += len(record.Data)
	}
	if b.array {
		n += len(b.records) + 1 // commas between, brackets around
	}
	return n
}

var (
	begin = []byte("[")
	comma = []byte(",")
	end   = []byte("]")
)

// each yields the parts in their order, until one is refused.
func (b body) each(yield func(part []byte) bool) {
	for i, record := range b.records {
		before := comma
		if i == 0 {
			before = begin
		}
		if b.array && !yield(before) || !yield(record.Data) {
			return
		}
	}
	if b.array {
		yield(end)
	}
}
