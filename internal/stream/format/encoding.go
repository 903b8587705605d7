package format

// Generations of the formats, as they are stored.
const (
	Old      int64 = 1 // "Deprecated"
	Migrated int64 = 2 // "Deprecated Format"
	New      int64 = 3
)

// Encoding writes records: each function appends one to a buffer.
type Encoding struct {
	Event func(buf []byte, e *Event) []byte
	Usage func(buf []byte, u *Usage) []byte
}

// JSON is the encoding of destinations that take a JSON object for each record.
func JSON(int64) Encoding { return Encoding{AppendEvent, AppendUsage} }
