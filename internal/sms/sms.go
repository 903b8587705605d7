package sms

import (
	"strconv"

	"github.com/simstead/simstead/internal/value"
)

// Statuses of an SMS.
const (
	Pending    int64 = 1 // about to be tried
	InProgress int64 = 2
	Buffered   int64 = 3
	Delivered  int64 = 4
	Failed     int64 = 5
	Expired    int64 = 6
	Canceled   int64 = 7
)

var statusNames = [...]string{
	Pending: "DELIVERY ATTEMPT PENDING", InProgress: "IN PROGRESS", Buffered: "BUFFERED", Delivered: "DELIVERED", Failed: "FAILED",
	Expired: "EXPIRED", Canceled: "CANCELED",
}

// Types of source addresses (the numbers of TS 23.040 section 9.1.2.5).
const (
	International int64 = 145
	National      int64 = 161
	Alphanumeric  int64 = 208
)

func sourceName(id int64) string {
	return map[int64]string{International: "International", National: "National", Alphanumeric: "Alphanumeric"}[id]
}

// Status is a status as the API shows it: its name stands under two keys, as clients differ in where they look.
type Status struct {
	ID          value.ID `json:"id"`
	Description string   `json:"description"`
	Status      string   `json:"status"`
}

// SMS is an SMS as the API shows it. Numbers of addresses are text.
type SMS struct {
	ID          value.ID         `json:"id"`
	SubmitDate  value.EntityTime `json:"submit_date"`
	Delivery    value.EntityTime `json:"delivery_date"`
	Expiry      value.EntityTime `json:"expiry_date"`
	Final       value.EntityTime `json:"final_date" doc:"When its last status came; null before."`
	Retry       value.EntityTime `json:"retry_date" doc:"Always null: it is tried again as soon as the device can be reached."`
	LastAttempt value.EntityTime `json:"last_delivery_attempt"`
	RetryCount  int64            `json:"retry_count"`
	MapError    *string          `json:"gsm_map_error"`
	DCS         int64            `json:"dcs"`
	PID         int64            `json:"pid"`
	Source      *string          `json:"source_address"`
	Destination *string          `json:"dest_address"`
	Endpoint    value.Named      `json:"endpoint"`
	SIM         string           `json:"sim_id"`
	ICCID       string           `json:"iccid"`
	MSISDN      *string          `json:"msisdn"`
	IMSI        *string          `json:"imsi"`
	MSC         *string          `json:"msc"`
	UDH         *string          `json:"udh" doc:"Hexadecimal."`
	Payload     string           `json:"payload"`
	Status      Status           `json:"status"`
	Type        value.Described  `json:"sms_type" doc:"1 MT, to the device; 2 MO, from it."`
	SourceType  value.Described  `json:"source_address_type"`
}

// row is an SMS as it is stored; 0 and "" stand for none. Times are in µs.
type row struct {
	id, endpoint                               int64
	fromDevice                                 bool
	status, sim                                int64
	iccid, imsi, msisdn                        string
	source                                     string
	sourceType                                 int64
	destination, payload, udh                  string
	dcs, pid                                   int64
	msc                                        string
	submitted, expiry, delivered, final, tried int64
	retries, user                              int64
	due, peerWindow                            int64 // when the customer is to be told; where the 24 hours to other subscribers began
	endpointName                               string
}

// at is the row as it is at a time: a buffered SMS expires by itself.
func (m row) at(now int64) row {
	if m.status <= Buffered && now >= m.expiry {
		m.status, m.final = Expired, m.expiry
	}
	return m
}

// show is the row as the API shows it.
func (m row) show() SMS {
	s := SMS{
		ID: value.ID(m.id), SubmitDate: value.EntityTime(m.submitted), Delivery: value.EntityTime(m.delivered), Expiry: value.EntityTime(m.expiry),
		Final: value.EntityTime(m.final), LastAttempt: value.EntityTime(m.tried), RetryCount: m.retries, DCS: m.dcs, PID: m.pid,
		Source: some(m.source), Destination: some(m.destination), Endpoint: value.Named{ID: value.ID(m.endpoint), Name: m.endpointName},
		SIM: strconv.FormatInt(m.sim, 10), ICCID: m.iccid, MSISDN: some(m.msisdn), IMSI: some(m.imsi), MSC: some(m.msc), UDH: some(m.udh),
		Payload: m.payload, Status: Status{value.ID(m.status), statusNames[m.status], statusNames[m.status]},
		Type:       value.Described{ID: 1, Description: "MT"},
		SourceType: value.Described{ID: value.ID(m.sourceType), Description: sourceName(m.sourceType)},
	}
	if m.fromDevice {
		s.Type = value.Described{ID: 2, Description: "MO"}
	}
	return s
}

func some(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
