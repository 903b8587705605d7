package format

import (
	"time"

	"github.com/simstead/simstead/internal/money"
	"github.com/simstead/simstead/internal/value"
)

// What a record says, told apart from how: by the path of New's keys, joined with dots. CSV's New columns are these paths
// with underscores.
type (
	record  map[string]any // nil, text, decimal, instant, flag
	text    string
	instant int64 // µs
	flag    bool
	decimal struct {
		n      int64
		places int
	}
)

func eventRecord(e *Event) record {
	r := record{
		"id": id(e.ID), "alert": flag(e.Alert), "description": text(e.Description), "timestamp": instant(e.Time),
		"detail": nil, "endpoint": nil, "sim": nil, "imsi": nil, "user": nil,
	}
	if e.Detail != nil {
		r["detail"] = text(e.Detail) // as CSV has it
	}
	r.described("event_type", e.Type)
	r.described("event_severity", e.Severity)
	r.described("event_source", e.Source)
	r.named("organisation", &e.Organisation)
	r.endpoint(e.Endpoint)
	r.sim(e.SIM)
	if i := e.IMSI; i != nil {
		r.object("imsi", record{"id": id(i.ID), "imsi": text(i.IMSI), "import_date": instant(i.ImportDate)})
	}
	if u := e.User; u != nil {
		r.object("user", record{"id": id(u.ID), "username": text(u.Username), "name": text(u.Name)})
	}
	return r
}

func usageRecord(u *Usage) record {
	places := money.VolumePlaces
	if u.TrafficType.ID == SMS {
		places = 0
	}
	r := record{
		"id": id(u.ID), "start_timestamp": instant(u.Start), "end_timestamp": instant(u.End),
		"cost": decimal{u.Cost, money.CostPlaces}, "volume.total": decimal{u.Total, places},
		"volume.rx": decimal{u.Rx, places}, "volume.tx": decimal{u.Tx, places}, "imsi": nil, "imsi_id": nil,
		"operator": nil, "tariff": nil, "endpoint": nil, "sim": nil,
	}
	r.named("organisation", &u.Organisation)
	r.described("traffic_type", u.TrafficType)
	r.currency("currency", u.Currency)
	r.endpoint(u.Endpoint)
	r.balance(u)
	r.sim(u.SIM)
	if u.IMSI != "" {
		r["imsi"] = text(u.IMSI)
	}
	if u.IMSIID != 0 {
		r["imsi_id"] = id(u.IMSIID)
	}
	if o := u.Operator; o != nil {
		r.object("operator", record{
			"id": id(o.ID), "name": text(o.Name), "mnc": text(o.MNC), "country.id": id(o.Country.ID),
			"country.mcc": text(o.Country.MCC), "country.name": text(o.Country.Name),
		})
	}
	if t := u.Tariff; t != nil {
		r.object("tariff", record{"id": id(t.ID), "name": text(t.Name)})
		r.named("tariff.ratezone", t.Ratezone)
	}
	return r
}

func id(id value.ID) decimal { return decimal{n: int64(id)} }

func (r record) object(path string, fields record) {
	delete(r, path)
	for key, field := range fields {
		r[path+"."+key] = field
	}
}

func (r record) named(path string, n *value.Named) {
	if r[path] = nil; n != nil {
		r.object(path, record{"id": id(n.ID), "name": text(n.Name)})
	}
}

func (r record) described(path string, d value.Described) {
	r.object(path, record{"id": id(d.ID), "description": text(d.Description)})
}

func (r record) currency(path string, c Currency) {
	r.object(path, record{"id": id(c.ID), "code": text(c.Code), "symbol": text(c.Symbol)})
}

func (r record) endpoint(e *Endpoint) {
	if e != nil {
		r.object("endpoint", record{
			"id": id(e.ID), "name": text(e.Name), "ip_address": optionalText(e.IPAddress), "tags": optionalText(e.Tags),
			"imei": optionalText(e.IMEI),
		})
	}
}

func (r record) balance(u *Usage) {
	if u.Endpoint == nil {
		return
	}
	if r["endpoint.balance"] = nil; u.Balance != nil {
		whole := u.Balance.Amount / 10_000
		if u.Balance.Amount%10_000 < 0 {
			whole--
		}
		r.object("endpoint.balance", record{
			"amount": decimal{whole, money.BalancePlaces}, "last_updated": instant(u.Balance.LastUpdated),
			"expiry_date": instant(u.Balance.ExpiryDate),
		})
		r.currency("endpoint.balance.currency", u.Balance.Currency)
	}
}

func (r record) sim(s *SIM) {
	if s != nil {
		r.object("sim", record{
			"id": id(s.ID), "iccid": text(s.ICCID), "msisdn": optionalText(s.MSISDN), "production_date": instant(s.ProductionDate),
		})
	}
}

func optionalText(s *string) any {
	if s == nil {
		return nil
	}
	return text(*s)
}

// read is how a receiver reads a field of a generation: strings, times, flags and, of decimals, how many units they are.
func (r record) read(path string, generation int64) any {
	switch field := r[path].(type) {
	case text:
		if generation == Old {
			return ascii(string(field))
		}
		return valid(string(field))
	case instant:
		switch at := time.UnixMicro(int64(field)).UTC(); {
		case field == 0:
			return nil
		case generation == New:
			return at.Format("2006-01-02T15:04:05Z")
		default:
			return at.Format("2006-01-02 15:04:05")
		}
	case flag:
		switch {
		case generation == New:
			return bool(field)
		case bool(field):
			return decimal{n: 1}
		}
		return decimal{n: 0}
	case nil:
		return nil
	default:
		return field
	}
}
