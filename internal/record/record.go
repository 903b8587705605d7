// Package record is the usage half of an organisation's log: the stored, priced usage records. A record holds all that
// its price came from, so that anybody can compute it again from the row alone.
package record

import (
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
)

// Traffic types of the contract.
const (
	Data int64 = 5
	SMS  int64 = 6
)

// Record is one row of the log. Ids are 0 and texts "" where nothing is known.
type Record struct {
	Organisation  int64
	Endpoint      int64
	SIM           int64
	IMSI          int64 // the IMSI's id
	Session       int64
	Start, End    int64 // µs
	TrafficType   int64
	Operator      int64
	Country       int64 // of the operator at that time
	RAT           int64
	Tariff        int64
	Ratezone      int64
	Currency      int64
	BillingMonth  int64 // 202611, in the organisation's time zone, frozen
	VolumeTx      int64 // from the device: bytes, or SMS
	VolumeRx      int64 // to the device
	Cost          int64 // 1e-10
	Rated         bool  // false: nothing said what it costs
	Rate          int64 // 1e-10 per MB
	Block         int64 // bytes
	LineVolume    int64 // cumulative bytes of the rating line before this record
	LineCost      int64 // cumulative cost of the rating line before this record
	LineInclusive int64 // cumulative inclusive bytes of the rating line before this record
	Inclusive     int64 // billed bytes of this record that were inclusive
	InclusiveID   int64 // the inclusive volume they come from
	Rounding      int64 // what blocks are rounded over: see package tariff
	TariffProfile int64
	Debited       int64   // of the cost: taken from the endpoint's balance
	Balance       Balance // of the endpoint after this record
	Statement     int64   // the month it is billed with when its own was closed before it came, 0 = its own; given when it is stored
	IMEI          string
	IPAddress     string
	PLMN          string
}

// Balance is an endpoint's prepaid balance as a record keeps it. Currency 0: the endpoint has none.
type Balance struct {
	Currency int64
	Amount   int64 // 1e-10
	Updated  int64 // µs
	Expiry   int64 // µs, 0 = none
}

var insert = db.NewInsert("usage_record", `organisation_id bigint, recorded_day bigint, position bigint, id bigint,
	endpoint_id bigint, sim_id bigint, imsi_id bigint, session_id bigint, start_at bigint, end_at bigint,
	traffic_type_id bigint, operator_id bigint, rat_type_id bigint, tariff_id bigint, ratezone_id bigint,
	currency_id bigint, billing_month bigint, volume_tx bigint, volume_rx bigint, cost bigint, rated boolean, rate bigint,
	block bigint, line_volume bigint, line_cost bigint, imei text, ip_address text, plmn text,
	line_inclusive bigint, inclusive bigint, inclusive_volume_id bigint, rounding_scope bigint, tariff_profile_id bigint,
	debited bigint, balance_currency_id bigint, balance_amount bigint, balance_updated bigint, balance_expiry bigint,
	statement_month bigint, country_id bigint`, "")

// Batch gathers records of one transaction.
type Batch struct{ *batch }

type batch struct {
	kept    []placed
	billing map[int64]Billing // by organisation
}

// placed is a record with its place in the log.
type placed struct {
	Record
	db.Place
}

// NewBatch starts an empty batch.
func NewBatch() Batch { return Batch{&batch{billing: map[int64]Billing{}}} }

// Bill tells how an organisation's usage is billed, so that storing the batch need not ask, which on PostgreSQL is a round
// trip of its own.
func (b Batch) Bill(organisation int64, as Billing) { b.billing[organisation] = as }

// Add gives a record its place in its organisation's log, whose head tx holds. now is the current time in µs.
func (b Batch) Add(tx *db.Tx, now int64, r Record) db.Place {
	p := tx.Head(r.Organisation).Next(clock.DayNumber(now))
	b.kept = append(b.kept, placed{r, p})
	return p
}

// Store writes the batch, and adds it to the months of its organisations.
func (b Batch) Store(tx *db.Tx) error {
	if len(b.kept) == 0 {
		return nil
	}
	if err := b.complete(tx); err != nil {
		return err
	}
	rows, months := insert.New(), months{}
	for _, r := range b.kept {
		at := b.billing[r.Organisation]
		statement := at.statement(r.BillingMonth)
		months.add(r.Record, at, statement)
		if statement == r.BillingMonth {
			statement = 0
		}
		rows.Int(r.Organisation, r.RecordedDay, r.Position, r.ID, r.Endpoint, r.SIM, r.IMSI, r.Session, r.Start, r.End,
			r.TrafficType, r.Operator, r.RAT, r.Tariff, r.Ratezone, r.Currency, r.BillingMonth, r.VolumeTx, r.VolumeRx, r.Cost).
			Bool(r.Rated).Int(r.Rate, r.Block, r.LineVolume, r.LineCost).Text(r.IMEI, r.IPAddress, r.PLMN).
			Int(r.LineInclusive, r.Inclusive, r.InclusiveID, r.Rounding, r.TariffProfile, r.Debited, r.Balance.Currency, r.Balance.Amount,
				r.Balance.Updated, r.Balance.Expiry, statement, r.Country)
	}
	if err := tx.Insert(rows); err != nil {
		return err
	}
	return months.store(tx)
}
