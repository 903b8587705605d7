// Package format writes events and usage records as the bytes that data streams deliver: JSON objects, those of KeenIO,
// and rows of CSV files. New has functions of its own, and so has what Old and Migrated share: a published format never
// changes, so nothing joins them but the primitives of JSON and CSV. Keys and columns keep their names and order for
// ever; new ones come last.
//
// The functions append to the caller's buffer and allocate nothing. testdata shows what they write.
package format

import "github.com/simstead/simstead/internal/value"

// Traffic types of the contract.
const (
	Data value.ID = 5
	SMS  value.ID = 6
)

// Event is one row of the event log. Times are µs since the epoch, 0 when not known.
type Event struct {
	ID           value.ID
	Time         int64
	Alert        bool
	Description  string
	Detail       []byte // a JSON object, written as it is; nil when there is none
	Type         value.Described
	Severity     value.Described
	Source       value.Described
	Organisation value.Named
	User         *User
	Endpoint     *Endpoint
	SIM          *SIM
	IMSI         *IMSI
}

// Usage is one usage record. Times are µs since the epoch, 0 when not known.
type Usage struct {
	ID           value.ID
	Start        int64
	End          int64
	Cost         int64 // 1e-10 of Currency
	Total        int64 // bytes, or messages when TrafficType is SMS
	Rx           int64 // to the device
	Tx           int64 // from the device
	Organisation value.Named
	TrafficType  value.Described
	Currency     Currency
	Operator     *Operator // nil when the visited network is not known
	Tariff       *Tariff   // nil when the usage could not be rated
	Endpoint     *Endpoint
	Balance      *Balance // of Endpoint
	IMSI         string   // "" when not known
	IMSIID       value.ID // 0 when not known
	SIM          *SIM
}

// User is who caused an event or whom it is about.
type User struct {
	ID       value.ID
	Username string
	Name     string
}

// Endpoint is the endpoint a record belongs to.
type Endpoint struct {
	ID        value.ID
	Name      string
	IPAddress *string
	Tags      *string
	IMEI      *string
}

// SIM is the SIM a record belongs to.
type SIM struct {
	ID             value.ID
	ICCID          string
	MSISDN         *string
	ProductionDate int64
}

// IMSI is the IMSI that was active when an event happened.
type IMSI struct {
	ID         value.ID
	IMSI       string
	ImportDate int64
}

// Operator is the visited network.
type Operator struct {
	ID      value.ID
	Name    string
	MNC     string // with its leading zeros
	Country Country
}

// Country is the visited network's country.
type Country struct {
	ID   value.ID
	MCC  string
	Name string
}

// Tariff is what the usage was rated with.
type Tariff struct {
	ID       value.ID
	Name     string
	Ratezone *value.Named // nil when no zone of the tariff covers the network
}

// Currency is the unit of a cost or an amount.
type Currency struct {
	ID     value.ID
	Code   string // ISO 4217
	Symbol string
}

// Balance is an endpoint's prepaid balance after the usage.
type Balance struct {
	Amount      int64 // 1e-10 of Currency
	LastUpdated int64
	ExpiryDate  int64
	Currency    Currency
}
