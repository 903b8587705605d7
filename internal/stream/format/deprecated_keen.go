package format

// keenEvent writes an event with what KeenIO was sent of it: no IMSI, and of endpoint and SIM but who they are.
func (d deprecated) keenEvent(buf []byte, e *Event) []byte {
	buf = append(buf, `{"id":`...)
	buf = appendID(buf, e.ID)
	buf = append(buf, `,"alert":`...)
	buf = appendFlag(buf, e.Alert)
	buf = append(buf, `,"description":`...)
	buf = d.text(buf, e.Description)
	buf = d.root(buf, `,"detail":`, e.Detail != nil)
	buf = d.detail(buf, e.Detail)
	buf = d.root(buf, `,"endpoint":`, e.Endpoint != nil)
	if e.Endpoint != nil {
		buf = d.named(buf, e.Endpoint.ID, e.Endpoint.Name)
	}
	buf = append(buf, `,"event_severity":`...)
	buf = d.described(buf, e.Severity)
	buf = append(buf, `,"event_source":`...)
	buf = d.named(buf, e.Source.ID, e.Source.Description)
	buf = append(buf, `,"event_type":`...)
	buf = d.described(buf, e.Type)
	buf = append(buf, `,"organisation":`...)
	buf = d.named(buf, e.Organisation.ID, e.Organisation.Name)
	buf = d.root(buf, `,"sim":`, e.SIM != nil)
	buf = d.keenSIM(buf, e.SIM)
	buf = append(buf, `,"timestamp":`...)
	buf = appendBlankTime(buf, e.Time)
	buf = d.root(buf, `,"user":`, e.User != nil)
	buf = d.user(buf, e.User)
	return append(buf, '}')
}

// keenUsage writes a usage record with what KeenIO was sent of it: no IMSI, of the SIM but who it is, of the endpoint its
// balance. Old says when it happened once more, in keen: else KeenIO would take the time it gets the record.
func (d deprecated) keenUsage(buf []byte, u *Usage) []byte {
	buf = append(buf, `{"cost":`...)
	buf = appendCost(buf, u.Cost)
	buf = append(buf, `,"id":`...)
	buf = appendID(buf, u.ID)
	buf = d.root(buf, `,"operator":`, u.Operator != nil)
	buf = d.operator(buf, u.Operator)
	buf = append(buf, `,"organisation":`...)
	buf = d.named(buf, u.Organisation.ID, u.Organisation.Name)
	buf = d.root(buf, `,"tariff":`, u.Tariff != nil)
	buf = d.tariff(buf, u.Tariff)
	buf = append(buf, `,"traffic_type":`...)
	buf = d.named(buf, u.TrafficType.ID, u.TrafficType.Description)
	buf = d.root(buf, `,"endpoint":`, u.Endpoint != nil)
	buf = d.keenEndpoint(buf, u.Endpoint, u.Balance)
	buf = append(buf, `,"volume":`...)
	buf = d.volume(buf, u)
	buf = append(buf, `,"start_timestamp":`...)
	buf = appendBlankTime(buf, u.Start)
	if d.old {
		buf = append(buf, `,"keen":{"timestamp":`...)
		buf = append(appendBlankTime(buf, u.Start), '}')
	}
	buf = d.root(buf, `,"sim":`, u.SIM != nil)
	buf = d.keenSIM(buf, u.SIM)
	buf = append(buf, `,"currency":`...)
	buf = d.currency(buf, &u.Currency)
	buf = append(buf, `,"end_timestamp":`...)
	buf = appendBlankTime(buf, u.End)
	return append(buf, '}')
}

func (d deprecated) keenSIM(buf []byte, s *SIM) []byte {
	if s == nil {
		return buf
	}
	buf = append(buf, `{"id":`...)
	buf = appendID(buf, s.ID)
	buf = append(buf, `,"iccid":`...)
	buf = d.text(buf, s.ICCID)
	return append(buf, '}')
}

// keenEndpoint writes an endpoint with its balance. Old leaves out a balance that is not in use and a date that is not
// set, here also within the object.
func (d deprecated) keenEndpoint(buf []byte, e *Endpoint, b *Balance) []byte {
	if e == nil {
		return buf
	}
	buf = append(buf, `{"id":`...)
	buf = appendID(buf, e.ID)
	if buf = d.root(buf, `,"balance":`, b != nil); b == nil {
		return append(buf, '}')
	}
	buf = append(buf, `{"amount":`...)
	buf = appendBalance(buf, b.Amount)
	buf = append(buf, `,"last_updated":`...)
	buf = appendBlankTime(buf, b.LastUpdated)
	buf = d.root(buf, `,"expiry_date":`, b.ExpiryDate != 0)
	if b.ExpiryDate != 0 {
		buf = appendBlankTime(buf, b.ExpiryDate)
	}
	buf = append(buf, `,"currency":`...)
	buf = d.currency(buf, &b.Currency)
	return append(buf, "}}"...)
}
