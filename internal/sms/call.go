package sms

import (
	"encoding/hex"
	"fmt"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/event"
	"github.com/simstead/simstead/internal/value"
)

// restInterface is the esme_interface_type of service profiles whose customers are told of SMS over HTTP.
const restInterface = 2

// Call is something that a customer is to be told of an SMS: that a device sent it, or what became of one to a device.
type Call struct {
	ID, Endpoint, Organisation int64
	URL                        string    // "" when the service profile names none
	Secret                     int64     // id of the API secret that signs it, 0 = none
	Incoming                   *Incoming // what a device sent; nil for a receipt
	Receipt                    *Receipt  // what became of an SMS to a device; nil for one from it
	sim, due, tries            int64
}

// owner is the organisation of an SMS as callbacks name it.
type owner struct {
	ID value.ID `json:"id"`
}

// Incoming is an SMS from a device as callbacks bring it.
type Incoming struct {
	ID           value.ID    `json:"id"`
	Endpoint     value.Named `json:"endpoint"`
	Organisation owner       `json:"organisation"`
	Source       string      `json:"source_address"`
	Destination  string      `json:"dest_address"`
	Payload      string      `json:"payload"`
	DCS          int64       `json:"dcs"`
	PID          int64       `json:"pid"`
	Submitted    string      `json:"submit_date"`
	MultiPart    *Part       `json:"multi_part_info"`
}

// Receipt is what became of an SMS to a device as callbacks bring it.
type Receipt struct {
	ID           value.ID      `json:"id"`
	Status       ReceiptStatus `json:"status"`
	Endpoint     value.Named   `json:"endpoint"`
	Organisation owner         `json:"organisation"`
	Submitted    string        `json:"submit_date"`
	Final        string        `json:"final_date"`
}

// ReceiptStatus is a status as receipts show it.
type ReceiptStatus struct {
	ID     value.ID `json:"id"`
	Status string   `json:"status"`
}

// Part says which part of a longer text an SMS is (TS 23.040 section 9.2.3.24.1).
type Part struct {
	Number     int64 `json:"partno"`
	Total      int64 `json:"total"`
	Identifier int64 `json:"identifier"`
}

// part reads the header of a part of a longer text; nil when there is none.
func part(udh string) *Part {
	header, err := hex.DecodeString(udh)
	switch {
	case err != nil || len(header) < 6:
		return nil
	case header[1] == 0 && header[2] == 3:
		return &Part{Number: int64(header[5]), Total: int64(header[4]), Identifier: int64(header[3])}
	case header[1] == 8 && header[2] == 4 && len(header) >= 7: // with a reference of 16 bits
		return &Part{Number: int64(header[6]), Total: int64(header[5]), Identifier: int64(header[3])<<8 | int64(header[4])}
	}
	return nil
}

// stamp is a time in µs as callbacks carry it.
func stamp(at int64) string { return clock.FromMicros(at).UTC().Format("2006-01-02 15:04:05") }

// isTold reports whether the service profile of an endpoint tells its customer of SMS over HTTP.
func isTold(q db.Queryer, organisation, endpoint int64) (bool, error) {
	n, err := db.One(q, db.Int, `SELECT COUNT(*) FROM endpoint e JOIN service_profile p ON p.organisation_id = e.organisation_id
			AND p.id = e.service_profile_id WHERE e.organisation_id = $1 AND e.id = $2 AND p.esme_interface_type_id = $3`,
		organisation, endpoint, restInterface)
	if err != nil {
		return false, fmt.Errorf("read where SMS go: %w", err)
	}
	return n > 0, nil
}

// Due lists the calls that are to be made by a time in µs, at most so many, the oldest first.
func Due(q db.Queryer, now int64, most int) ([]Call, error) {
	list, err := db.All(q, func(r *db.Row) Call {
		m := scan(r)
		c := Call{ID: m.id, Endpoint: m.endpoint, Organisation: r.Int(), sim: m.sim, due: r.Int(), tries: r.Int(), URL: r.Text(), Secret: r.Int()}
		c.tell(m)
		return c
	}, `SELECT `+columns+`, m.organisation_id, m.call_due, m.call_tries, COALESCE(c.url, ''), COALESCE(p.api_secret_id, 0)`+from+`
			LEFT JOIN service_profile p ON p.organisation_id = e.organisation_id AND p.id = e.service_profile_id
			LEFT JOIN api_callback c ON c.organisation_id = p.organisation_id AND c.id = p.api_callback_id
		WHERE m.call_due > 0 AND m.call_due <= $1 ORDER BY m.call_due, m.id LIMIT $2`, now, most)
	if err != nil {
		return nil, fmt.Errorf("read which SMS are to be told: %w", err)
	}
	return list, nil
}

// tell puts an SMS into the form of the call.
func (c *Call) tell(m row) {
	id, at, of := value.ID(m.id), value.Named{ID: value.ID(m.endpoint), Name: m.endpointName}, owner{value.ID(c.Organisation)}
	if m.fromDevice {
		c.Incoming = &Incoming{
			ID: id, Endpoint: at, Organisation: of, Source: m.source, Destination: m.destination, Payload: m.payload, DCS: m.dcs, PID: m.pid,
			Submitted: stamp(m.submitted), MultiPart: part(m.udh),
		}
		return
	}
	c.Receipt = &Receipt{
		ID: id, Status: ReceiptStatus{value.ID(m.status), statusNames[m.status]}, Endpoint: at, Organisation: of,
		Submitted: stamp(m.submitted), Final: stamp(m.final),
	}
}

// retries are the times in µs after which a call that failed is made again.
var retries = [...]int64{30 * clock.Second, 2 * clock.Minute, 10 * clock.Minute, clock.Hour, 6 * clock.Hour}

// Take puts a call off to its next time, so that nobody else makes it meanwhile and the end of the program loses nothing. It
// answers false where somebody was faster. tx holds the head of the organisation.
func (c Call) Take(tx *db.Tx, now int64) (bool, error) {
	next := now + retries[min(int(c.tries), len(retries)-1)]
	n, err := tx.Exec(`UPDATE sms SET call_due = $1, call_tries = call_tries + 1 WHERE organisation_id = $2 AND endpoint_id = $3 AND id = $4
		AND call_due = $5`, next, c.Organisation, c.Endpoint, c.ID, c.due)
	return n > 0, err
}

// Done ends a call that was made.
func (c Call) Done(tx *db.Tx) error {
	_, err := tx.Exec(`UPDATE sms SET call_due = 0 WHERE organisation_id = $1 AND endpoint_id = $2 AND id = $3`,
		c.Organisation, c.Endpoint, c.ID)
	return err
}

// Failed logs why a call failed, at its first time and at its last, after which it is given up. tx holds the head of the
// organisation; now is in µs.
func (c Call) Failed(tx *db.Tx, now int64, why string) error {
	last := int(c.tries) >= len(retries) || c.URL == ""
	if last {
		if err := c.Done(tx); err != nil {
			return err
		}
	}
	if c.tries > 0 && !last {
		return nil
	}
	what := "The receipt of SMS"
	if c.Incoming != nil {
		what = "SMS"
	}
	then := "it is tried again"
	if last {
		then = "it is given up"
	}
	return event.Append(tx, now, event.Event{
		Organisation: c.Organisation, Time: now, Type: event.SessionControl, Endpoint: c.Endpoint, SIM: c.sim,
		Description: fmt.Sprintf("%s %d did not reach the callback: %s; %s.", what, c.ID, why, then),
	})
}
