package format

// Generations of the formats, as they are stored.
const (
	Old      int64 = 1 // "Deprecated"
	Migrated int64 = 2 // "Deprecated Format"
	New      int64 = 3
)

// Kinds of records, as streams store them: the contract's ids of data_stream_type.
const (
	UsageKind int64 = 1
	EventKind int64 = 2
)

// Encoding writes records: each function appends one to a buffer, allocates nothing of its own and keeps nothing.
type Encoding struct {
	Event func(buf []byte, e *Event) []byte
	Usage func(buf []byte, u *Usage) []byte
}

// JSON is the encoding of destinations that take a JSON object for each record: the full schema, on one line and
// without a line end. Any number but Old and Migrated means New.
func JSON(generation int64) Encoding {
	if generation == Old || generation == Migrated {
		d := deprecated{old: generation == Old}
		return Encoding{d.event, d.usage}
	}
	return Encoding{appendNewEvent, appendNewUsage}
}

// Keen is the encoding of KeenIO: objects with fewer keys in Old and Migrated, in New those of JSON.
func Keen(generation int64) Encoding {
	if generation == Old || generation == Migrated {
		d := deprecated{old: generation == Old}
		return Encoding{d.keenEvent, d.keenUsage}
	}
	return JSON(generation)
}

// CSV is the encoding of files: each record is a row (RFC 4180) that ends with LF. Every value stands in quotes, and
// nothing at all stands for null. A file is the Header and then its rows.
func CSV(generation int64) Encoding {
	if generation == Old || generation == Migrated {
		d := deprecated{old: generation == Old}
		return Encoding{d.eventRow, d.usageRow}
	}
	return Encoding{appendNewEventRow, appendNewUsageRow}
}

// Header is the first line of a CSV file, with its LF. kind is UsageKind or EventKind.
func Header(generation, kind int64) string {
	before := generation == Old || generation == Migrated
	switch {
	case before && kind == EventKind:
		return deprecatedEventHeader
	case before:
		return deprecatedUsageHeader
	case kind == EventKind:
		return newEventHeader
	}
	return newUsageHeader
}
