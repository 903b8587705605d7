package endpoint

import (
	"github.com/simstead/simstead/internal/sim"
	"github.com/simstead/simstead/internal/tag"
	"github.com/simstead/simstead/internal/value"
)

// Statuses of an endpoint.
const (
	Enabled  int64 = 0
	Disabled int64 = 1
	Deleted  int64 = 2
)

// Statuses lists the statuses with their names, by id.
func Statuses() []value.Described {
	return []value.Described{
		{ID: value.ID(Enabled), Description: "Enabled"},
		{ID: value.ID(Disabled), Description: "Disabled"},
		{ID: value.ID(Deleted), Description: "Deleted"},
	}
}

// Status is a status with its name.
func Status(id int64) value.Described { return Statuses()[id] }

// Endpoint is an endpoint as the API shows it.
type Endpoint struct {
	ID             value.ID         `json:"id"`
	Name           string           `json:"name"`
	Tags           *string          `json:"tags" doc:"Words parted by commas."`
	Created        value.EntityTime `json:"created"`
	LastUpdated    value.EntityTime `json:"last_updated"`
	Status         value.Described  `json:"status"`
	ServiceProfile value.Named      `json:"service_profile"`
	TariffProfile  value.Named      `json:"tariff_profile"`
	SIM            *SIM             `json:"sim"`
	IMEI           *string          `json:"imei" doc:"IMEISV of 16 digits."`
	IMEIWithLuhn   *string          `json:"imei_with_luhn" doc:"IMEI of 15 digits."`
	IMEILock       bool             `json:"imei_lock" doc:"Whether the SIM works in this device only."`
	IPAddress      *string          `json:"ip_address"`
	IPAddressSpace *Space           `json:"ip_address_space"`
	TagAssignments []tag.Assignment `json:"tag_assignments"`
	RuntimeData    *Runtime         `json:"runtime_data,omitempty" doc:"Only while it is attached."`
}

// SIM is the SIM of an endpoint.
type SIM struct {
	ID            value.ID        `json:"id"`
	ICCID         string          `json:"iccid" doc:"19 digits, without the check digit."`
	ICCIDWithLuhn string          `json:"iccid_with_luhn" doc:"20 digits."`
	IMSI          *string         `json:"imsi"`
	MSISDN        *string         `json:"msisdn"`
	EID           *string         `json:"eid"`
	Status        value.Described `json:"status"`
}

// Space names an IP address space.
type Space struct {
	ID value.ID `json:"id"`
}

// Row is an endpoint as it is stored. 0 and "" stand for none.
type Row struct {
	ID             int64
	Name           string
	Tags           string
	Status         int64
	ServiceProfile int64
	TariffProfile  int64
	SIM            int64
	IMEI           string // 16 digits
	IMEILock       bool
	Space          int64
	IPAddress      string
	Created        int64 // µs
	LastUpdated    int64 // µs
}

// sims lists the SIM, if there is one.
func (e Row) sims() []int64 {
	if e.SIM == 0 {
		return nil
	}
	return []int64{e.SIM}
}

// imeiWithLuhn is the IMEI of 15 digits in an IMEISV (TS 23.003 6.2.1).
func imeiWithLuhn(imeisv string) *string {
	if len(imeisv) < serial {
		return nil
	}
	s := imeisv[:serial] + string(sim.Luhn(imeisv[:serial]))
	return &s
}

// serial is how many digits of an IMEI or IMEISV name the device: type allocation code and serial number.
const serial = 14

// normalIMEI makes an IMEISV of what clients send: 14 digits, 15 with the check digit, or 16 with the software version,
// which is 00 where it is not known. ok is false for anything else.
func normalIMEI(text string) (imeisv string, ok bool) {
	for _, d := range []byte(text) {
		if d < '0' || d > '9' {
			return "", false
		}
	}
	switch len(text) {
	case serial, serial + 1:
		return text[:serial] + "00", true
	case serial + 2:
		return text, true
	}
	return "", false
}
