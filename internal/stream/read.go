package stream

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/stream/format"
)

const (
	chunk     = 1000    // rows of one query
	mostRows  = 20_000  // rows looked through for one batch: the others shall have their turn
	firstSize = 1 << 10 // bytes of a record, as long as nothing better is known
)

// batch is a run of an organisation's log, encoded for one stream.
type batch struct {
	records []Record
	places  []place   // of each record
	end     place     // everything up to here was looked at
	more    bool      // and there is more behind it
	read    time.Time // when it was
	share   share     // of the engine's memory
	err     error

	buf  []byte
	size int64 // bytes of the records
}

// add appends a record.
func (b *batch) add(at place, kind, key int64, encode func([]byte) []byte) {
	if cap(b.buf)-len(b.buf) < 4<<10 {
		b.buf = make([]byte, 0, 64<<10) // records keep the part they are in
	}
	start := len(b.buf)
	b.buf = encode(b.buf)
	data := b.buf[start:len(b.buf):len(b.buf)]
	b.size += int64(len(data))
	b.records = append(b.records, Record{kind, key, data})
	b.places = append(b.places, at)
}

// portion is how much is read at a time.
type portion struct {
	most  int  // records
	large bool // all of them, if it takes waiting for memory
}

// portion is what the destination takes at a time, or in a second; no more than that while it is in trouble.
func (r *runner) portion() portion {
	switch {
	case r.tries > 0 || !r.confirmed:
		return portion{most: r.pace.Most}
	case r.pace.Gather > 0:
		return portion{most: r.pace.Most, large: true}
	}
	return portion{most: max(r.pace.Most, min(chunk, r.within(readFor)))}
}

// read reads and encodes what follows a place: as many records as the destination takes at a time and as the stream's share
// of the memory holds. Whoever calls it has a place among those who read, and gives it back thereby.
func (r *runner) read(ctx context.Context, from place, want portion) (b batch, err error) {
	e := r.engine
	defer func() { <-e.reads }()
	if r.size == 0 {
		r.size = firstSize
	}
	b.read = time.Now()
	if bytes := r.size * int64(want.most); want.large { // with room for records larger than those before: a file shall be full
		b.share = e.memory.takeLarge(ctx, bytes+bytes/8, r.pace.Gather)
	} else {
		b.share = e.memory.take(bytes)
	}
	err = e.DB.ReadByKey(ctx, func(q db.Queryer) error {
		if from, err = r.pass(q, from); err != nil {
			return err
		}
		return r.fill(q, &b, from, want.most)
	})
	b.buf = nil
	if err != nil {
		e.memory.give(b.share)
		return batch{}, err
	}
	if n := int64(len(b.records)); n > 0 {
		r.size = max(b.size/n, 1)
	}
	return b, nil
}

// fill reads chunk after chunk until the batch has enough or the log has no more.
func (r *runner) fill(q db.Queryer, b *batch, from place, most int) error {
	r.engine.mu.Lock()
	last := place{r.log.day, r.log.position} // what is written meanwhile may be seen in one table and not in the other
	r.engine.mu.Unlock()
	b.end = from
	fits := int(min(b.share.bytes/r.size, int64(most)))
	b.records, b.places = make([]Record, 0, min(fits, chunk)), make([]place, 0, min(fits, chunk))
	for rows := 0; b.end.position < last.position; {
		room := min(fits-len(b.records), int((b.share.bytes-b.size)/r.size))
		if len(b.records) == 0 {
			room = max(room, 1)
		}
		if room <= 0 || rows >= mostRows {
			b.more = true
			return nil
		}
		limit := min(room, chunk)
		if len(r.filter) > 0 {
			limit = chunk // most rows may be none of the stream's
		}
		n, err := r.part(q, b, last, limit)
		if err != nil {
			return err
		}
		rows += n
	}
	return nil
}

// part reads the rows of one query, or of one per table, and moves the batch's end behind them: one day at most.
func (r *runner) part(q db.Queryer, b *batch, last place, limit int) (rows int, err error) {
	from := b.end
	switch r.stream.Type {
	case UsageStream:
		rows, err = r.readUsage(q, b, last.position, limit)
	case EventStream:
		rows, err = r.readEvents(q, b, last.position, limit)
	default:
		rows, err = r.readBoth(q, b, last.position, limit)
	}
	if err != nil || rows == limit || (rows > 0 && r.stream.Type == BothStream) {
		return rows, err
	}
	if b.end = (place{from.day + 1, b.end.position}); b.end.day > last.day {
		b.end = last
	}
	return rows, nil
}

// readBoth merges the tables. Both number their rows on one line without gaps, so a run of positions says exactly what to
// read of either.
func (r *runner) readBoth(q db.Queryer, b *batch, last int64, limit int) (rows int, err error) {
	from, start := b.end, len(b.records)
	for until := from.position + int64(limit); ; {
		usage, err := r.readUsage(q, b, min(until, last), limit)
		if err != nil {
			return 0, err
		}
		end := b.end
		b.end = place{from.day, until - int64(limit)}
		events, err := r.readEvents(q, b, min(until, last), limit)
		if err != nil {
			return 0, err
		}
		if rows = usage + events; rows > 0 {
			b.end.position = max(end.position, b.end.position)
			r.merge(b, start)
			return rows, nil
		}
		next, err := firstRow(q, r.stream, place{from.day, until}, from.day) // a gap, though there is none
		if errors.Is(err, db.ErrNone) || next.position > last {
			b.end = from
			return 0, nil
		}
		if err != nil {
			return 0, err
		}
		b.end.position = next.position - 1
		until = b.end.position + int64(limit)
	}
}

// merge puts what was read from place start on in the order of positions.
func (r *runner) merge(b *batch, start int) {
	order := make([]int, len(b.records)-start)
	for i := range order {
		order[i] = start + i
	}
	slices.SortFunc(order, func(x, y int) int { return int(b.places[x].position - b.places[y].position) })
	records, places := make([]Record, len(order)), make([]place, len(order))
	for i, at := range order {
		records[i], places[i] = b.records[at], b.places[at]
	}
	copy(b.records[start:], records)
	copy(b.places[start:], places)
}

func (r *runner) readUsage(q db.Queryer, b *batch, until int64, limit int) (rows int, err error) {
	c, from := r.engine.Catalogue(), b.end
	err = q.Each(func(row *db.Row) {
		b.end = place{row.Int(), row.Int()}
		rows++
		u := scanUsage(row, c)
		b.add(b.end, UsageStream, r.key(u.Endpoint), func(buf []byte) []byte { return r.encoding.Usage(buf, &u) })
	}, selectUsage, r.stream.Organisation, from.day, from.position, until, limit)
	return rows, err
}

func (r *runner) readEvents(q db.Queryer, b *batch, until int64, limit int) (rows int, err error) {
	from := b.end
	err = q.Each(func(row *db.Row) {
		b.end = place{row.Int(), row.Int()}
		rows++
		if e := scanEvent(row); r.filter.Passes(int64(e.Type.ID), e.Alert) {
			b.add(b.end, EventStream, r.key(e.Endpoint), func(buf []byte) []byte { return r.encoding.Event(buf, &e) })
		}
	}, selectEvents, r.stream.Organisation, from.day, from.position, until, limit)
	return rows, err
}

func (r *runner) key(endpoint *format.Endpoint) int64 {
	if endpoint == nil {
		return r.stream.Organisation
	}
	return int64(endpoint.ID)
}

// tables are where a stream's records stand.
func (s *Stream) tables() []string {
	switch s.Type {
	case UsageStream:
		return []string{"usage_record"}
	case EventStream:
		return []string{"event"}
	}
	return []string{"usage_record", "event"}
}
