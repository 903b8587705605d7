package format

// event writes an event with all it has.
func (d deprecated) event(buf []byte, e *Event) []byte {
	buf = append(buf, `{"id":`...)
	buf = appendID(buf, e.ID)
	buf = append(buf, `,"timestamp":`...)
	buf = appendBlankTime(buf, e.Time)
	buf = append(buf, `,"event_source":`...)
	buf = d.named(buf, e.Source.ID, e.Source.Description)
	buf = append(buf, `,"event_severity":`...)
	buf = d.described(buf, e.Severity)
	buf = append(buf, `,"event_type":`...)
	buf = d.described(buf, e.Type)
	buf = append(buf, `,"organisation":`...)
	buf = d.named(buf, e.Organisation.ID, e.Organisation.Name)
	buf = d.root(buf, `,"user":`, e.User != nil)
	buf = d.user(buf, e.User)
	buf = append(buf, `,"alert":`...)
	buf = appendFlag(buf, e.Alert)
	buf = append(buf, `,"description":`...)
	buf = d.text(buf, e.Description)
	buf = d.root(buf, `,"endpoint":`, e.Endpoint != nil)
	buf = d.eventEndpoint(buf, e.Endpoint)
	buf = d.root(buf, `,"sim":`, e.SIM != nil)
	buf = d.eventSIM(buf, e.SIM)
	buf = d.root(buf, `,"imsi":`, e.IMSI != nil)
	buf = d.imsi(buf, e.IMSI)
	buf = d.root(buf, `,"detail":`, e.Detail != nil)
	buf = d.detail(buf, e.Detail)
	return append(buf, '}')
}

func (d deprecated) user(buf []byte, u *User) []byte {
	if u == nil {
		return buf
	}
	buf = append(buf, `{"id":`...)
	buf = appendID(buf, u.ID)
	buf = append(buf, `,"username":`...)
	buf = d.text(buf, u.Username)
	buf = append(buf, `,"name":`...)
	buf = d.text(buf, u.Name)
	return append(buf, '}')
}

func (d deprecated) eventEndpoint(buf []byte, e *Endpoint) []byte {
	if e == nil {
		return buf
	}
	buf = append(buf, `{"id":`...)
	buf = appendID(buf, e.ID)
	buf = append(buf, `,"name":`...)
	buf = d.text(buf, e.Name)
	buf = append(buf, `,"ip_address":`...)
	buf = d.optional(buf, e.IPAddress)
	buf = append(buf, `,"tags":`...)
	buf = d.optional(buf, e.Tags)
	buf = append(buf, `,"imei":`...)
	buf = d.optional(buf, e.IMEI)
	return append(buf, '}')
}

func (d deprecated) eventSIM(buf []byte, s *SIM) []byte {
	if s == nil {
		return buf
	}
	buf = append(buf, `{"id":`...)
	buf = appendID(buf, s.ID)
	buf = append(buf, `,"iccid":`...)
	buf = d.text(buf, s.ICCID)
	buf = append(buf, `,"msisdn":`...)
	buf = d.optional(buf, s.MSISDN)
	buf = append(buf, `,"production_date":`...)
	buf = appendBlankTime(buf, s.ProductionDate)
	return append(buf, '}')
}

func (d deprecated) imsi(buf []byte, i *IMSI) []byte {
	if i == nil {
		return buf
	}
	buf = append(buf, `{"id":`...)
	buf = appendID(buf, i.ID)
	buf = append(buf, `,"imsi":`...)
	buf = d.text(buf, i.IMSI)
	buf = append(buf, `,"import_date":`...)
	buf = appendBlankTime(buf, i.ImportDate)
	return append(buf, '}')
}

func (d deprecated) detail(buf, object []byte) []byte {
	if d.old {
		return appendASCIIObject(buf, object)
	}
	return append(buf, object...)
}
