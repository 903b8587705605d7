package format

import (
	"strconv"

	"github.com/simstead/simstead/internal/money"
)

const newEventHeader = `"id","timestamp","event_source_id","event_source_description","event_severity_id",` +
	`"event_severity_description","event_type_id","event_type_description","organisation_id","organisation_name","user_id",` +
	`"user_username","user_name","alert","description","endpoint_id","endpoint_name","endpoint_ip_address","endpoint_tags",` +
	`"endpoint_imei","sim_id","sim_iccid","sim_msisdn","sim_production_date","imsi_id","imsi_imsi","imsi_import_date",` +
	`"detail"` + "\n"

const newUsageHeader = `"id","start_timestamp","end_timestamp","cost","volume_total","volume_rx","volume_tx","operator_id",` +
	`"operator_name","operator_mnc","operator_country_id","operator_country_mcc","operator_country_name","organisation_id",` +
	`"organisation_name","tariff_id","tariff_name","tariff_ratezone_id","tariff_ratezone_name","traffic_type_id",` +
	`"traffic_type_description","endpoint_id","endpoint_name","endpoint_ip_address","endpoint_tags","endpoint_imei",` +
	`"endpoint_balance_amount","endpoint_balance_last_updated","endpoint_balance_expiry_date",` +
	`"endpoint_balance_currency_id","endpoint_balance_currency_code","endpoint_balance_currency_symbol","imsi","imsi_id",` +
	`"sim_id","sim_iccid","sim_msisdn","sim_production_date","currency_id","currency_code","currency_symbol"` + "\n"

// appendNewEventRow writes an event under newEventHeader.
func appendNewEventRow(buf []byte, e *Event) []byte {
	buf = appendIDCell(buf, e.ID)
	buf = appendNewTimeCell(buf, e.Time)
	buf = appendIDCell(buf, e.Source.ID)
	buf = appendTextCell(buf, e.Source.Description)
	buf = appendIDCell(buf, e.Severity.ID)
	buf = appendTextCell(buf, e.Severity.Description)
	buf = appendIDCell(buf, e.Type.ID)
	buf = appendTextCell(buf, e.Type.Description)
	buf = appendIDCell(buf, e.Organisation.ID)
	buf = appendTextCell(buf, e.Organisation.Name)
	if e.User == nil {
		buf = appendNullCells(buf, 3)
	} else {
		buf = appendIDCell(buf, e.User.ID)
		buf = appendTextCell(buf, e.User.Username)
		buf = appendTextCell(buf, e.User.Name)
	}
	buf = appendCellEnd(strconv.AppendBool(append(buf, '"'), e.Alert))
	buf = appendTextCell(buf, e.Description)
	buf = appendNewEndpointCells(buf, e.Endpoint)
	buf = appendNewSIMCells(buf, e.SIM)
	if e.IMSI == nil {
		buf = appendNullCells(buf, 3)
	} else {
		buf = appendIDCell(buf, e.IMSI.ID)
		buf = appendTextCell(buf, e.IMSI.IMSI)
		buf = appendNewTimeCell(buf, e.IMSI.ImportDate)
	}
	if e.Detail == nil {
		buf = appendNullCells(buf, 1)
	} else {
		buf = appendObjectCell(buf, e.Detail)
	}
	return appendRowEnd(buf)
}

// appendNewUsageRow writes a usage record under newUsageHeader, numbers as they are in JSON.
func appendNewUsageRow(buf []byte, u *Usage) []byte {
	places := money.VolumePlaces
	if u.TrafficType.ID == SMS {
		places = 0
	}
	buf = appendIDCell(buf, u.ID)
	buf = appendNewTimeCell(buf, u.Start)
	buf = appendNewTimeCell(buf, u.End)
	buf = appendDecimalCell(buf, u.Cost, money.CostPlaces)
	buf = appendDecimalCell(buf, u.Total, places)
	buf = appendDecimalCell(buf, u.Rx, places)
	buf = appendDecimalCell(buf, u.Tx, places)
	buf = appendNewOperatorCells(buf, u.Operator)
	buf = appendIDCell(buf, u.Organisation.ID)
	buf = appendTextCell(buf, u.Organisation.Name)
	buf = appendNewTariffCells(buf, u.Tariff)
	buf = appendIDCell(buf, u.TrafficType.ID)
	buf = appendTextCell(buf, u.TrafficType.Description)
	buf = appendNewEndpointCells(buf, u.Endpoint)
	buf = appendNewBalanceCells(buf, u)
	if u.IMSI == "" {
		buf = appendNullCells(buf, 1)
	} else {
		buf = appendTextCell(buf, u.IMSI)
	}
	if u.IMSIID == 0 {
		buf = appendNullCells(buf, 1)
	} else {
		buf = appendIDCell(buf, u.IMSIID)
	}
	buf = appendNewSIMCells(buf, u.SIM)
	buf = appendNewCurrencyCells(buf, &u.Currency)
	return appendRowEnd(buf)
}

func appendNewOperatorCells(buf []byte, o *Operator) []byte {
	if o == nil {
		return appendNullCells(buf, 6)
	}
	buf = appendIDCell(buf, o.ID)
	buf = appendTextCell(buf, o.Name)
	buf = appendTextCell(buf, o.MNC)
	buf = appendIDCell(buf, o.Country.ID)
	buf = appendTextCell(buf, o.Country.MCC)
	return appendTextCell(buf, o.Country.Name)
}

func appendNewTariffCells(buf []byte, t *Tariff) []byte {
	if t == nil {
		return appendNullCells(buf, 4)
	}
	buf = appendIDCell(buf, t.ID)
	buf = appendTextCell(buf, t.Name)
	if t.Ratezone == nil {
		return appendNullCells(buf, 2)
	}
	buf = appendIDCell(buf, t.Ratezone.ID)
	return appendTextCell(buf, t.Ratezone.Name)
}

func appendNewEndpointCells(buf []byte, e *Endpoint) []byte {
	if e == nil {
		return appendNullCells(buf, 5)
	}
	buf = appendIDCell(buf, e.ID)
	buf = appendTextCell(buf, e.Name)
	buf = appendNewOptionalCell(buf, e.IPAddress)
	buf = appendNewOptionalCell(buf, e.Tags)
	return appendNewOptionalCell(buf, e.IMEI)
}

func appendNewBalanceCells(buf []byte, u *Usage) []byte {
	b := u.Balance
	if b == nil || u.Endpoint == nil {
		return appendNullCells(buf, 6)
	}
	buf = appendCellEnd(appendBalance(append(buf, '"'), b.Amount))
	buf = appendNewTimeCell(buf, b.LastUpdated)
	buf = appendNewTimeCell(buf, b.ExpiryDate)
	return appendNewCurrencyCells(buf, &b.Currency)
}

func appendNewSIMCells(buf []byte, s *SIM) []byte {
	if s == nil {
		return appendNullCells(buf, 4)
	}
	buf = appendIDCell(buf, s.ID)
	buf = appendTextCell(buf, s.ICCID)
	buf = appendNewOptionalCell(buf, s.MSISDN)
	return appendNewTimeCell(buf, s.ProductionDate)
}

func appendNewCurrencyCells(buf []byte, c *Currency) []byte {
	buf = appendIDCell(buf, c.ID)
	buf = appendTextCell(buf, c.Code)
	return appendTextCell(buf, c.Symbol)
}

func appendNewOptionalCell(buf []byte, s *string) []byte {
	if s == nil {
		return appendNullCells(buf, 1)
	}
	return appendTextCell(buf, *s)
}

func appendNewTimeCell(buf []byte, micros int64) []byte {
	if micros == 0 {
		return appendNullCells(buf, 1)
	}
	return appendCellEnd(appendISODate(append(buf, '"'), micros))
}
