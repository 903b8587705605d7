package format

import (
	"strconv"

	"github.com/simstead/simstead/internal/money"
)

// appendNewUsage writes a usage record in the New generation: keys in alphabetical order, absent entities as null.
func appendNewUsage(buf []byte, u *Usage) []byte {
	buf = append(buf, `{"cost":`...)
	buf = appendCost(buf, u.Cost)
	buf = append(buf, `,"currency":`...)
	buf = appendNewCurrency(buf, &u.Currency)
	buf = append(buf, `,"end_timestamp":`...)
	buf = appendISOTime(buf, u.End)
	buf = append(buf, `,"endpoint":`...)
	buf = appendNewUsageEndpoint(buf, u.Endpoint, u.Balance)
	buf = append(buf, `,"id":`...)
	buf = appendID(buf, u.ID)
	buf = append(buf, `,"imsi":`...)
	if u.IMSI == "" {
		buf = appendNull(buf)
	} else {
		buf = appendString(buf, u.IMSI)
	}
	buf = append(buf, `,"imsi_id":`...)
	if u.IMSIID == 0 {
		buf = appendNull(buf)
	} else {
		buf = appendID(buf, u.IMSIID)
	}
	buf = append(buf, `,"operator":`...)
	buf = appendNewOperator(buf, u.Operator)
	buf = append(buf, `,"organisation":`...)
	buf = appendNewNamed(buf, u.Organisation)
	buf = append(buf, `,"sim":`...)
	buf = appendNewSIM(buf, u.SIM)
	buf = append(buf, `,"start_timestamp":`...)
	buf = appendISOTime(buf, u.Start)
	buf = append(buf, `,"tariff":`...)
	buf = appendNewTariff(buf, u.Tariff)
	buf = append(buf, `,"traffic_type":`...)
	buf = appendNewDescribed(buf, u.TrafficType)
	buf = append(buf, `,"volume":`...)
	buf = appendNewVolume(buf, u)
	return append(buf, '}')
}

func appendNewUsageEndpoint(buf []byte, e *Endpoint, b *Balance) []byte {
	if e == nil {
		return appendNull(buf)
	}
	buf = appendNewEndpoint(buf, e)
	buf = append(buf, `,"balance":`...)
	if b == nil {
		return append(appendNull(buf), '}')
	}
	buf = append(buf, `{"amount":`...)
	buf = appendBalance(buf, b.Amount)
	buf = append(buf, `,"last_updated":`...)
	buf = appendISOTime(buf, b.LastUpdated)
	buf = append(buf, `,"expiry_date":`...)
	buf = appendISOTime(buf, b.ExpiryDate)
	buf = append(buf, `,"currency":`...)
	buf = appendNewCurrency(buf, &b.Currency)
	return append(buf, "}}"...)
}

func appendNewOperator(buf []byte, o *Operator) []byte {
	if o == nil {
		return appendNull(buf)
	}
	buf = append(buf, `{"id":`...)
	buf = appendID(buf, o.ID)
	buf = append(buf, `,"name":`...)
	buf = appendString(buf, o.Name)
	buf = append(buf, `,"mnc":`...)
	buf = appendString(buf, o.MNC)
	buf = append(buf, `,"country":{"id":`...)
	buf = appendID(buf, o.Country.ID)
	buf = append(buf, `,"mcc":`...)
	buf = appendString(buf, o.Country.MCC)
	buf = append(buf, `,"name":`...)
	buf = appendString(buf, o.Country.Name)
	return append(buf, "}}"...)
}

func appendNewTariff(buf []byte, t *Tariff) []byte {
	if t == nil {
		return appendNull(buf)
	}
	buf = append(buf, `{"id":`...)
	buf = appendID(buf, t.ID)
	buf = append(buf, `,"name":`...)
	buf = appendString(buf, t.Name)
	buf = append(buf, `,"ratezone":`...)
	if t.Ratezone == nil {
		return append(appendNull(buf), '}')
	}
	return append(appendNewNamed(buf, *t.Ratezone), '}')
}

// appendNewVolume writes megabytes with up to six places, or the number of messages.
func appendNewVolume(buf []byte, u *Usage) []byte {
	places := money.VolumePlaces
	if u.TrafficType.ID == SMS {
		places = 0
	}
	buf = append(buf, `{"total":`...)
	buf = appendAmount(buf, u.Total, places)
	buf = append(buf, `,"rx":`...)
	buf = appendAmount(buf, u.Rx, places)
	buf = append(buf, `,"tx":`...)
	buf = appendAmount(buf, u.Tx, places)
	return append(buf, '}')
}

func appendAmount(buf []byte, n int64, places int) []byte {
	if places == 0 {
		return strconv.AppendInt(buf, n, 10)
	}
	return money.Append(buf, n, places)
}
