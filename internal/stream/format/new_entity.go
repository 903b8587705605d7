package format

import "github.com/simstead/simstead/internal/value"

func appendNewDescribed(buf []byte, d value.Described) []byte {
	buf = append(buf, `{"id":`...)
	buf = appendID(buf, d.ID)
	buf = append(buf, `,"description":`...)
	buf = appendString(buf, d.Description)
	return append(buf, '}')
}

func appendNewNamed(buf []byte, n value.Named) []byte {
	buf = append(buf, `{"id":`...)
	buf = appendID(buf, n.ID)
	buf = append(buf, `,"name":`...)
	buf = appendString(buf, n.Name)
	return append(buf, '}')
}

// appendNewEndpoint leaves the object open: usage records add the balance.
func appendNewEndpoint(buf []byte, e *Endpoint) []byte {
	buf = append(buf, `{"id":`...)
	buf = appendID(buf, e.ID)
	buf = append(buf, `,"imei":`...)
	buf = appendOptional(buf, e.IMEI)
	buf = append(buf, `,"ip_address":`...)
	buf = appendOptional(buf, e.IPAddress)
	buf = append(buf, `,"name":`...)
	buf = appendString(buf, e.Name)
	buf = append(buf, `,"tags":`...)
	return appendOptional(buf, e.Tags)
}

func appendNewSIM(buf []byte, s *SIM) []byte {
	if s == nil {
		return appendNull(buf)
	}
	buf = append(buf, `{"iccid":`...)
	buf = appendString(buf, s.ICCID)
	buf = append(buf, `,"id":`...)
	buf = appendID(buf, s.ID)
	buf = append(buf, `,"msisdn":`...)
	buf = appendOptional(buf, s.MSISDN)
	buf = append(buf, `,"production_date":`...)
	buf = appendISOTime(buf, s.ProductionDate)
	return append(buf, '}')
}

func appendNewIMSI(buf []byte, i *IMSI) []byte {
	if i == nil {
		return appendNull(buf)
	}
	buf = append(buf, `{"id":`...)
	buf = appendID(buf, i.ID)
	buf = append(buf, `,"import_date":`...)
	buf = appendISOTime(buf, i.ImportDate)
	buf = append(buf, `,"imsi":`...)
	buf = appendString(buf, i.IMSI)
	return append(buf, '}')
}

func appendNewUser(buf []byte, u *User) []byte {
	if u == nil {
		return appendNull(buf)
	}
	buf = append(buf, `{"id":`...)
	buf = appendID(buf, u.ID)
	buf = append(buf, `,"username":`...)
	buf = appendString(buf, u.Username)
	buf = append(buf, `,"name":`...)
	buf = appendString(buf, u.Name)
	return append(buf, '}')
}

func appendNewCurrency(buf []byte, c *Currency) []byte {
	buf = append(buf, `{"id":`...)
	buf = appendID(buf, c.ID)
	buf = append(buf, `,"code":`...)
	buf = appendString(buf, c.Code)
	buf = append(buf, `,"symbol":`...)
	buf = appendString(buf, c.Symbol)
	return append(buf, '}')
}
