package event

import (
	"bytes"
	"encoding/json"
	"errors"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/value"
)

// Limits of what an operator records.
const (
	maxDescription = 1000     // bytes
	maxDetail      = 16 << 10 // bytes
	maxAge         = 30       // days: as long as events are kept
)

// New is an event that an operator records: one whose cause lies outside of the platform.
type New struct {
	Organisation value.Opt[value.Ref]       `json:"organisation" doc:"Whose event it is: your own organisation, which is meant when it is not given, or one below it."`
	Type         value.Opt[value.Ref]       `json:"event_type"`
	Time         value.Opt[value.EventTime] `json:"timestamp" doc:"When it happened; now when it is not given."`
	Description  value.Opt[string]          `json:"description" doc:"The type's own when it is not given."`
	Severity     value.Opt[value.Ref]       `json:"event_severity" doc:"The type's own when it is not given."`
	Source       value.Opt[value.Ref]       `json:"event_source" doc:"The type's own when it is not given."`
	Alert        value.Opt[bool]            `json:"alert" doc:"The type's own when it is not given."`
	Endpoint     value.Opt[value.Ref]       `json:"endpoint" doc:"One of the organisation's; its SIM is meant too."`
	SIM          value.Opt[value.Ref]       `json:"sim" doc:"One of the organisation's."`
	User         value.Opt[value.Ref]       `json:"user" doc:"One of the organisation's."`
	Detail       value.Opt[json.RawMessage] `json:"detail" doc:"An object; docs/events.md says what the types have."`
}

// Apply sets what the fields say on an event, and says what is wrong with them. now is in µs. Whom it is about is not
// looked at: About does.
func (n New) Apply(e *Event, now int64) (wrong []*fault.Error) {
	bad := func(code fault.Code, format string, args ...any) {
		wrong = append(wrong, fault.New(code, "Event - "+format, args...))
	}
	id := int64(n.Type.Value.ID.Value)
	kind, ok := outside(id)
	switch {
	case !n.Type.Has():
		bad(fault.Required, "event_type is required")
	case !ok && TypeName(id) != "":
		bad(fault.InvalidReference, "event_type %d (%s) is recorded by the platform itself", id, TypeName(id))
	case !ok:
		bad(fault.InvalidReference, "there is no event_type %d", id)
	}
	e.Type, e.Time, e.Description = kind, now, kind.Description
	if n.Severity.Has() {
		if e.Type.Severity = int64(n.Severity.Value.ID.Value); e.Type.Severity < Info || e.Type.Severity > Critical {
			bad(fault.InvalidReference, "event_severity must be 0 (INFO), 1 (WARN) or 2 (CRITICAL)")
		}
	}
	if n.Source.Has() {
		if e.Type.Source = int64(n.Source.Value.ID.Value); e.Type.Source < Network || e.Type.Source > API {
			bad(fault.InvalidReference, "event_source must be 0 (Network), 1 (Policy Control) or 2 (API)")
		}
	}
	if n.Alert.Has() {
		e.Type.Alert = n.Alert.Value
	}
	if n.Time.Has() {
		if e.Time = int64(n.Time.Value); e.Time > now || e.Time < now-maxAge*clock.Day {
			bad(fault.InvalidFormat, "timestamp must be within the last %d days", maxAge)
		}
	}
	if n.Description.Has() {
		if e.Description = n.Description.Value; len(e.Description) > maxDescription {
			bad(fault.InvalidFormat, "description must have at most %d bytes", maxDescription)
		}
	}
	if n.Detail.Has() {
		var object map[string]json.RawMessage
		var compact bytes.Buffer // white space is not streamed
		if json.Unmarshal(n.Detail.Value, &object) != nil || json.Compact(&compact, n.Detail.Value) != nil || compact.Len() > maxDetail {
			bad(fault.InvalidFormat, "detail must be an object of at most %d bytes", maxDetail)
		}
		e.Detail = compact.String()
	}
	return wrong
}

// About looks up the SIM and the user of the event's organisation that the fields name.
func (n New) About(q db.Queryer, e *Event) error {
	if n.SIM.Has() {
		e.SIM = int64(n.SIM.Value.ID.Value)
		imsi, err := db.One(q, db.Int, `SELECT imsi_id FROM sim_identity WHERE organisation_id = $1 AND sim_id = $2`, e.Organisation, e.SIM)
		if err = known(err, "sim", e.SIM); err != nil {
			return err
		}
		e.IMSI = imsi
	}
	if n.User.Has() {
		e.User = int64(n.User.Value.ID.Value)
		_, err := db.One(q, db.Int, `SELECT id FROM account_user WHERE organisation_id = $1 AND id = $2`, e.Organisation, e.User)
		return known(err, "user", e.User)
	}
	return nil
}

func known(err error, what string, id int64) error {
	if errors.Is(err, db.ErrNone) {
		return fault.Invalid(fault.New(fault.InvalidReference, "Event - there is no %s %d", what, id))
	}
	return err
}

// Record writes one event and returns its id. now is in µs.
func Record(tx *db.Tx, now int64, e Event) (int64, error) {
	b := NewBatch()
	place := b.Add(tx, now, e)
	return place.ID, b.Store(tx)
}
