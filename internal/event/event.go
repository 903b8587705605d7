// Package event is the event half of an organisation's log: what happened, to which endpoint and SIM, by whose doing.
// Events are appended in the transaction of what caused them and never changed; what has a name is kept by id and
// joined when it is read.
package event

import (
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
)

// Event is one row of the log. Ids are 0 and texts "" where the event is not about such an object.
type Event struct {
	Organisation int64
	Time         int64 // when it happened, µs
	Type         Type
	Description  string
	Detail       string // JSON object, "" = none
	Endpoint     int64
	SIM          int64
	IMSI         int64 // the IMSI's id
	User         int64
	Operator     int64
	Country      int64
	RAT          int64
	IMEI         string
	IPAddress    string
}

var insert = db.NewInsert("event", `organisation_id bigint, recorded_day bigint, position bigint, id bigint, occurred_at bigint,
	type_id bigint, severity_id bigint, source_id bigint, alert boolean, description text, detail text, endpoint_id bigint,
	sim_id bigint, imsi_id bigint, user_id bigint, operator_id bigint, country_id bigint, rat_type_id bigint, imei text,
	ip_address text`, "")

// Batch gathers events of one transaction.
type Batch struct{ rows *db.Rows }

// NewBatch starts an empty batch.
func NewBatch() Batch { return Batch{insert.New()} }

// Add gives an event its place in its organisation's log, whose head tx holds. now is the current time in µs.
func (b Batch) Add(tx *db.Tx, now int64, e Event) db.Place {
	p := tx.Head(e.Organisation).Next(clock.DayNumber(now))
	b.rows.Int(e.Organisation, p.RecordedDay, p.Position, p.ID, e.Time, e.Type.ID, e.Type.Severity, e.Type.Source).
		Bool(e.Type.Alert).Text(e.Description, e.Detail).
		Int(e.Endpoint, e.SIM, e.IMSI, e.User, e.Operator, e.Country, e.RAT).Text(e.IMEI, e.IPAddress)
	return p
}

// Store writes the batch.
func (b Batch) Store(tx *db.Tx) error { return tx.Insert(b.rows) }

// Append writes events in order; for callers with one or a few.
func Append(tx *db.Tx, now int64, events ...Event) error {
	b := NewBatch()
	for _, e := range events {
		b.Add(tx, now, e)
	}
	return b.Store(tx)
}
