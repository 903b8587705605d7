package event

import (
	"encoding/json"

	"github.com/simstead/simstead/internal/value"
)

// Entry is an event as the API lists it. The objects are null where it is not about one of their kind.
type Entry struct {
	ID           value.ID        `json:"id"`
	Timestamp    value.EventTime `json:"timestamp"`
	Alert        bool            `json:"alert"`
	Description  string          `json:"description"`
	Type         value.Described `json:"event_type"`
	Source       Source          `json:"event_source"`
	Severity     value.Described `json:"event_severity"`
	Organisation value.Named     `json:"organisation"`
	User         *User           `json:"user"` // null also when an application token acted
	Endpoint     *Endpoint       `json:"endpoint"`
	SIM          *SIM            `json:"sim"`
	IMSI         *IMSI           `json:"imsi"`
	Detail       any             `json:"detail" doc:"An object whose fields depend on the event type, or null."`
}

// Source is where an event came from. The contract calls the text by either name, so it is there twice.
type Source struct {
	ID          value.ID `json:"id"`
	Name        string   `json:"name"`
	Description string   `json:"description"`
}

// User is who caused an event.
type User struct {
	ID       value.ID `json:"id"`
	Username string   `json:"username"`
	Name     string   `json:"name"`
}

// Endpoint is the endpoint an event is about: its name and tags of today, its address and IMEI of then.
type Endpoint struct {
	ID        value.ID `json:"id"`
	Name      string   `json:"name"`
	Tags      *string  `json:"tags"`
	IPAddress *string  `json:"ip_address"`
	IMEI      *string  `json:"imei"`
}

// SIM is the SIM an event is about.
type SIM struct {
	ID             value.ID        `json:"id"`
	ICCID          string          `json:"iccid"` // 19 digits, without the Luhn digit
	MSISDN         string          `json:"msisdn"`
	ProductionDate value.EventTime `json:"production_date"`
}

// IMSI is the IMSI that was active. Only its id is left when the SIM has another one today.
type IMSI struct {
	ID         value.ID        `json:"id"`
	IMSI       *string         `json:"imsi"`
	ImportDate value.EventTime `json:"import_date"`
}

// detail is the stored JSON object as it stands.
func detail(text string) any {
	if text == "" {
		return nil
	}
	return json.RawMessage(text)
}

func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
