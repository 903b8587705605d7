// Package db is the one door to the database: SQLite in a data directory or PostgreSQL. It is the only package that
// knows a driver, and the only place where the two differ.
//
// Everybody else writes one portable SQL text with $n placeholders and reads columns in order from a Row. A write is
// one transaction under the heads of the organisations it touches (Write); bulk rows go through Rows, which is one
// prepared statement per row on SQLite and one unnest statement on PostgreSQL. See docs/adr/0003.
package db

import "errors"

// ErrNone says that a query for one row found none.
var ErrNone = errors.New("no such row")

// ErrDuplicate says that a row with the same unique key exists already.
var ErrDuplicate = errors.New("such a row exists already")

// Head is what an organisation's one lock protects. Whoever holds it may move its fields; Write stores them.
type Head struct {
	Organisation  int64
	Position      int64 // last position given to a log row
	RecordedDay   int64 // day of the newest log row, days since the epoch; never falls
	ConfigVersion int64 // rises with every change of what rating or admission reads
	logNext       int64
	logEnd        int64
	spare         int64 // start of a leased block of log ids that may follow the current one, 0 = none
}

// Changed raises the version of what rating and admission read of this organisation, so that every cache reloads it.
func (h *Head) Changed() { h.ConfigVersion++ }

// Place is where a log row stands.
type Place struct {
	RecordedDay int64
	Position    int64
	ID          int64 // what the API and the streams show; grows with Position
}

// errIDs asks Write to lease more log ids and to run the transaction again.
type errIDs struct{ organisation int64 }

func (errIDs) Error() string { return "the organisation's block of log ids is used up" }

// NextID takes an id from the same line as log rows, for what lives beside the log (sessions).
func (h *Head) NextID() int64 {
	if h.logNext >= h.logEnd {
		if h.spare == 0 || h.spare < h.logEnd {
			panic(errIDs{h.Organisation})
		}
		h.logNext, h.logEnd, h.spare = h.spare, h.spare+logBlock, 0
	}
	h.logNext++
	return h.logNext - 1
}

// Next gives the next log row its place. today is the current day; the recorded day never falls as positions grow.
func (h *Head) Next(today int64) Place {
	id := h.NextID()
	h.Position++
	h.RecordedDay = max(h.RecordedDay, today)
	return Place{RecordedDay: h.RecordedDay, Position: h.Position, ID: id}
}
