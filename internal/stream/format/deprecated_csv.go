package format

import "github.com/simstead/simstead/internal/money"

const deprecatedEventHeader = `"id","timestamp","event_type_id","event_type_description","event_severity_id",` +
	`"event_severity_description","organisation_id","organisation_name","description","alert","event_source_id",` +
	`"event_source_name","endpoint_id","endpoint_name","endpoint_imei","endpoint_ip_address","endpoint_tags","sim_id",` +
	`"sim_iccid","msisdn_msisdn","sim_production_date","imsi_id","imsi_imsi","user_id","user_username","user_name"` + "\n"

const deprecatedUsageHeader = `"id","event_start_timestamp","event_stop_timestamp","organisation_id","organisation_name",` +
	`"endpoint_id","sim_id","iccid","imsi","operator_id","operator_name","country_id","operator_country_name",` +
	`"traffic_type_id","traffic_type_description","volume","volume_tx","volume_rx","cost","currency_id","currency_code",` +
	`"currency_symbol","ratezone_tariff_id","ratezone_tariff_name","ratezone_id","ratezone_name","endpoint_name",` +
	`"endpoint_ip_address","endpoint_tags","endpoint_imei","msisdn_msisdn","sim_production_date","operator_mncs",` +
	`"country_mcc"` + "\n"

// eventRow writes an event under deprecatedEventHeader.
func (d deprecated) eventRow(buf []byte, e *Event) []byte {
	buf = appendIDCell(buf, e.ID)
	buf = d.timeCell(buf, e.Time)
	buf = appendIDCell(buf, e.Type.ID)
	buf = d.cell(buf, e.Type.Description)
	buf = appendIDCell(buf, e.Severity.ID)
	buf = d.cell(buf, e.Severity.Description)
	buf = appendIDCell(buf, e.Organisation.ID)
	buf = d.cell(buf, e.Organisation.Name)
	buf = d.cell(buf, e.Description)
	buf = appendCellEnd(appendFlag(append(buf, '"'), e.Alert))
	buf = appendIDCell(buf, e.Source.ID)
	buf = d.cell(buf, e.Source.Description)
	if e.Endpoint == nil {
		buf = appendNullCells(buf, 5)
	} else {
		buf = appendIDCell(buf, e.Endpoint.ID)
		buf = d.cell(buf, e.Endpoint.Name)
		buf = d.optionalCell(buf, e.Endpoint.IMEI)
		buf = d.optionalCell(buf, e.Endpoint.IPAddress)
		buf = d.optionalCell(buf, e.Endpoint.Tags)
	}
	if e.SIM == nil {
		buf = appendNullCells(buf, 4)
	} else {
		buf = appendIDCell(buf, e.SIM.ID)
		buf = d.cell(buf, e.SIM.ICCID)
		buf = d.optionalCell(buf, e.SIM.MSISDN)
		buf = d.timeCell(buf, e.SIM.ProductionDate)
	}
	if e.IMSI == nil {
		buf = appendNullCells(buf, 2)
	} else {
		buf = appendIDCell(buf, e.IMSI.ID)
		buf = d.cell(buf, e.IMSI.IMSI)
	}
	if e.User == nil {
		buf = appendNullCells(buf, 3)
	} else {
		buf = appendIDCell(buf, e.User.ID)
		buf = d.cell(buf, e.User.Username)
		buf = d.cell(buf, e.User.Name)
	}
	return appendRowEnd(buf)
}

// usageRow writes a usage record under deprecatedUsageHeader. Its numbers have all their places, and messages are counted
// with six as well.
func (d deprecated) usageRow(buf []byte, u *Usage) []byte {
	buf = appendIDCell(buf, u.ID)
	buf = d.timeCell(buf, u.Start)
	buf = d.timeCell(buf, u.End)
	buf = appendIDCell(buf, u.Organisation.ID)
	buf = d.cell(buf, u.Organisation.Name)
	if u.Endpoint == nil {
		buf = appendNullCells(buf, 1)
	} else {
		buf = appendIDCell(buf, u.Endpoint.ID)
	}
	if u.SIM == nil {
		buf = appendNullCells(buf, 2)
	} else {
		buf = appendIDCell(buf, u.SIM.ID)
		buf = d.cell(buf, u.SIM.ICCID)
	}
	if u.IMSI == "" {
		buf = appendNullCells(buf, 1)
	} else {
		buf = d.cell(buf, u.IMSI)
	}
	if o := u.Operator; o == nil {
		buf = appendNullCells(buf, 4)
	} else {
		buf = appendIDCell(buf, o.ID)
		buf = d.cell(buf, o.Name)
		buf = appendIDCell(buf, o.Country.ID)
		buf = d.cell(buf, o.Country.Name)
	}
	buf = appendIDCell(buf, u.TrafficType.ID)
	buf = d.cell(buf, u.TrafficType.Description)
	buf = appendVolumeCell(buf, u, u.Total)
	buf = appendVolumeCell(buf, u, u.Tx)
	buf = appendVolumeCell(buf, u, u.Rx)
	buf = appendFixedCell(buf, u.Cost, money.CostPlaces)
	buf = appendIDCell(buf, u.Currency.ID)
	buf = d.cell(buf, u.Currency.Code)
	buf = d.cell(buf, u.Currency.Symbol)
	buf = d.tariffCells(buf, u.Tariff)
	return appendRowEnd(d.laterUsageCells(buf, u))
}

func (d deprecated) tariffCells(buf []byte, t *Tariff) []byte {
	if t == nil {
		return appendNullCells(buf, 4)
	}
	buf = appendIDCell(buf, t.ID)
	buf = d.cell(buf, t.Name)
	if t.Ratezone == nil {
		return appendNullCells(buf, 2)
	}
	buf = appendIDCell(buf, t.Ratezone.ID)
	return d.cell(buf, t.Ratezone.Name)
}

// laterUsageCells writes the columns that the format did not have in the beginning.
func (d deprecated) laterUsageCells(buf []byte, u *Usage) []byte {
	if u.Endpoint == nil {
		buf = appendNullCells(buf, 4)
	} else {
		buf = d.cell(buf, u.Endpoint.Name)
		buf = d.optionalCell(buf, u.Endpoint.IPAddress)
		buf = d.optionalCell(buf, u.Endpoint.Tags)
		buf = d.optionalCell(buf, u.Endpoint.IMEI)
	}
	if u.SIM == nil {
		buf = appendNullCells(buf, 2)
	} else {
		buf = d.optionalCell(buf, u.SIM.MSISDN)
		buf = d.timeCell(buf, u.SIM.ProductionDate)
	}
	if u.Operator == nil {
		return appendNullCells(buf, 2)
	}
	buf = d.cell(buf, u.Operator.MNC)
	return d.cell(buf, u.Operator.Country.MCC)
}

// appendVolumeCell writes megabytes or messages with six places. A message is a million of what volumes are kept in, in
// text only: the number itself would not fit for many.
func appendVolumeCell(buf []byte, u *Usage, n int64) []byte {
	if u.TrafficType.ID != SMS {
		return appendFixedCell(buf, n, money.VolumePlaces)
	}
	buf = money.AppendFixed(append(buf, '"'), n, 0)
	return append(buf, `.000000",`...)
}

func (d deprecated) cell(buf []byte, s string) []byte {
	if d.old {
		return appendASCIICell(buf, s)
	}
	return appendTextCell(buf, s)
}

func (d deprecated) optionalCell(buf []byte, s *string) []byte {
	if s == nil {
		return appendNullCells(buf, 1)
	}
	return d.cell(buf, *s)
}

func (d deprecated) timeCell(buf []byte, micros int64) []byte {
	if micros == 0 {
		return appendNullCells(buf, 1)
	}
	return appendCellEnd(appendBlankDate(append(buf, '"'), micros))
}
