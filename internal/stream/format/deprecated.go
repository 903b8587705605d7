package format

import "github.com/simstead/simstead/internal/value"

// deprecated is the format that Old and Migrated share: times without a zone, flags as 0 and 1, names where New has
// descriptions. Old differs in two things: it leaves absent entities of the record itself out, where Migrated says null,
// and it is ASCII.
type deprecated struct{ old bool }

// root begins the value of a key of the record itself. When there is no value it says so as the generation does, and
// nothing may follow.
func (d deprecated) root(buf []byte, key string, present bool) []byte {
	if !present && d.old {
		return buf
	}
	buf = append(buf, key...)
	if !present {
		return appendNull(buf)
	}
	return buf
}

func (d deprecated) text(buf []byte, s string) []byte {
	if d.old {
		return appendASCII(buf, s)
	}
	return appendString(buf, s)
}

func (d deprecated) optional(buf []byte, s *string) []byte {
	if s == nil {
		return appendNull(buf)
	}
	return d.text(buf, *s)
}

func (d deprecated) named(buf []byte, id value.ID, name string) []byte {
	buf = append(buf, `{"id":`...)
	buf = appendID(buf, id)
	buf = append(buf, `,"name":`...)
	buf = d.text(buf, name)
	return append(buf, '}')
}

func (d deprecated) described(buf []byte, v value.Described) []byte {
	buf = append(buf, `{"id":`...)
	buf = appendID(buf, v.ID)
	buf = append(buf, `,"description":`...)
	buf = d.text(buf, v.Description)
	return append(buf, '}')
}

func (d deprecated) currency(buf []byte, c *Currency) []byte {
	buf = append(buf, `{"id":`...)
	buf = appendID(buf, c.ID)
	buf = append(buf, `,"code":`...)
	buf = d.text(buf, c.Code)
	buf = append(buf, `,"symbol":`...)
	buf = d.text(buf, c.Symbol)
	return append(buf, '}')
}

// appendFlag writes a boolean as 0 or 1.
func appendFlag(buf []byte, flag bool) []byte {
	if flag {
		return append(buf, '1')
	}
	return append(buf, '0')
}

// appendBlankTime writes µs since the epoch as 2021-09-14 06:15:42, UTC. The fraction is cut off.
func appendBlankTime(buf []byte, micros int64) []byte {
	if micros == 0 {
		return appendNull(buf)
	}
	buf = append(buf, '"')
	buf = appendBlankDate(buf, micros)
	return append(buf, '"')
}
