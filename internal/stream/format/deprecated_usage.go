package format

import "github.com/simstead/simstead/internal/money"

// usage writes a usage record with all it has.
func (d deprecated) usage(buf []byte, u *Usage) []byte {
	buf = append(buf, `{"cost":`...)
	buf = appendCost(buf, u.Cost)
	buf = append(buf, `,"currency":`...)
	buf = d.currency(buf, &u.Currency)
	buf = append(buf, `,"end_timestamp":`...)
	buf = appendBlankTime(buf, u.End)
	buf = d.root(buf, `,"endpoint":`, u.Endpoint != nil)
	buf = d.usageEndpoint(buf, u.Endpoint, u.Balance)
	buf = append(buf, `,"id":`...)
	buf = appendID(buf, u.ID)
	buf = d.root(buf, `,"imsi":`, u.IMSI != "")
	if u.IMSI != "" {
		buf = d.text(buf, u.IMSI)
	}
	buf = d.root(buf, `,"imsi_id":`, u.IMSIID != 0)
	if u.IMSIID != 0 {
		buf = appendID(buf, u.IMSIID)
	}
	buf = d.root(buf, `,"operator":`, u.Operator != nil)
	buf = d.operator(buf, u.Operator)
	buf = append(buf, `,"organisation":`...)
	buf = d.named(buf, u.Organisation.ID, u.Organisation.Name)
	buf = d.root(buf, `,"sim":`, u.SIM != nil)
	buf = d.usageSIM(buf, u.SIM)
	buf = append(buf, `,"start_timestamp":`...)
	buf = appendBlankTime(buf, u.Start)
	buf = d.root(buf, `,"tariff":`, u.Tariff != nil)
	buf = d.tariff(buf, u.Tariff)
	buf = append(buf, `,"traffic_type":`...)
	buf = d.named(buf, u.TrafficType.ID, u.TrafficType.Description)
	buf = append(buf, `,"volume":`...)
	buf = d.volume(buf, u)
	return append(buf, '}')
}

func (d deprecated) usageEndpoint(buf []byte, e *Endpoint, b *Balance) []byte {
	if e == nil {
		return buf
	}
	buf = append(buf, `{"id":`...)
	buf = appendID(buf, e.ID)
	buf = append(buf, `,"imei":`...)
	buf = d.optional(buf, e.IMEI)
	buf = append(buf, `,"ip_address":`...)
	buf = d.optional(buf, e.IPAddress)
	buf = append(buf, `,"name":`...)
	buf = d.text(buf, e.Name)
	buf = append(buf, `,"tags":`...)
	buf = d.optional(buf, e.Tags)
	buf = append(buf, `,"balance":`...)
	if b == nil {
		return append(appendNull(buf), '}')
	}
	buf = append(buf, `{"amount":`...)
	buf = appendBalance(buf, b.Amount)
	buf = append(buf, `,"last_updated":`...)
	buf = appendBlankTime(buf, b.LastUpdated)
	buf = append(buf, `,"expiry_date":`...)
	buf = appendBlankTime(buf, b.ExpiryDate)
	buf = append(buf, `,"currency":`...)
	buf = d.currency(buf, &b.Currency)
	return append(buf, "}}"...)
}

func (d deprecated) usageSIM(buf []byte, s *SIM) []byte {
	if s == nil {
		return buf
	}
	buf = append(buf, `{"iccid":`...)
	buf = d.text(buf, s.ICCID)
	buf = append(buf, `,"id":`...)
	buf = appendID(buf, s.ID)
	buf = append(buf, `,"msisdn":`...)
	buf = d.optional(buf, s.MSISDN)
	buf = append(buf, `,"production_date":`...)
	buf = appendBlankTime(buf, s.ProductionDate)
	return append(buf, '}')
}

func (d deprecated) operator(buf []byte, o *Operator) []byte {
	if o == nil {
		return buf
	}
	buf = append(buf, `{"id":`...)
	buf = appendID(buf, o.ID)
	buf = append(buf, `,"name":`...)
	buf = d.text(buf, o.Name)
	buf = append(buf, `,"mnc":`...)
	buf = d.text(buf, o.MNC)
	buf = append(buf, `,"country":{"id":`...)
	buf = appendID(buf, o.Country.ID)
	buf = append(buf, `,"mcc":`...)
	buf = d.text(buf, o.Country.MCC)
	buf = append(buf, `,"name":`...)
	buf = d.text(buf, o.Country.Name)
	return append(buf, "}}"...)
}

func (d deprecated) tariff(buf []byte, t *Tariff) []byte {
	if t == nil {
		return buf
	}
	buf = append(buf, `{"id":`...)
	buf = appendID(buf, t.ID)
	buf = append(buf, `,"name":`...)
	buf = d.text(buf, t.Name)
	buf = append(buf, `,"ratezone":`...)
	if t.Ratezone == nil {
		return append(appendNull(buf), '}')
	}
	return append(d.named(buf, t.Ratezone.ID, t.Ratezone.Name), '}')
}

// volume writes megabytes with up to six places, or the number of messages.
func (d deprecated) volume(buf []byte, u *Usage) []byte {
	places := money.VolumePlaces
	if u.TrafficType.ID == SMS {
		places = 0
	}
	buf = append(buf, `{"total":`...)
	buf = money.Append(buf, u.Total, places)
	buf = append(buf, `,"rx":`...)
	buf = money.Append(buf, u.Rx, places)
	buf = append(buf, `,"tx":`...)
	buf = money.Append(buf, u.Tx, places)
	return append(buf, '}')
}
