package stream

import (
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/event"
	"github.com/simstead/simstead/internal/stream/format"
	"github.com/simstead/simstead/internal/tariff"
	"github.com/simstead/simstead/internal/value"
)

// What stands beside the log rows: names are joined when a row is read, so that the log stays slim.
const joined = `
	LEFT JOIN endpoint p ON p.organisation_id = l.organisation_id AND p.id = l.endpoint_id AND l.endpoint_id > 0
	LEFT JOIN sim_identity s ON s.organisation_id = l.organisation_id AND s.sim_id = l.sim_id AND l.sim_id > 0
	JOIN organisation o ON o.id = l.organisation_id`

// One day at a time: that is a range of the key on both databases, and one partition.
const after = ` WHERE l.organisation_id = $1 AND l.recorded_day = $2 AND l.position > $3 AND l.position <= $4
	ORDER BY l.position LIMIT $5`

const selectUsage = `SELECT l.recorded_day, l.position, l.id, l.start_at, l.end_at, l.cost, l.volume_tx, l.volume_rx, o.id, o.name,
	l.traffic_type_id, l.currency_id, l.operator_id, l.plmn, l.tariff_id, l.ratezone_id, l.endpoint_id, COALESCE(p.name, ''),
	l.ip_address, p.tags, l.imei, l.imsi_id, COALESCE(s.imsi, ''), l.sim_id, COALESCE(s.iccid, ''), COALESCE(s.msisdn, ''),
	COALESCE(s.production_date, 0), l.balance_currency_id, l.balance_amount, l.balance_updated, l.balance_expiry
	FROM usage_record l` + joined + after

const selectEvents = `SELECT l.recorded_day, l.position, l.id, l.occurred_at, l.type_id, l.severity_id, l.source_id, l.alert,
	l.description, l.detail, o.id, o.name, l.user_id, COALESCE(u.username, former.username, ''), COALESCE(u.name, former.name, ''), l.endpoint_id,
	COALESCE(p.name, ''), l.ip_address, COALESCE(p.ip_address, ''), p.tags, l.imei, COALESCE(p.imei, ''), l.imsi_id, COALESCE(s.imsi, ''),
	COALESCE(s.import_date, 0), l.sim_id, COALESCE(s.iccid, ''), COALESCE(s.msisdn, ''), COALESCE(s.production_date, 0)
	FROM event l` + joined + `
	LEFT JOIN account_user u ON u.organisation_id = l.organisation_id AND u.id = l.user_id AND l.user_id > 0
	LEFT JOIN former_user former ON former.organisation_id = l.organisation_id AND former.id = l.user_id AND l.user_id > 0` + after

func scanUsage(r *db.Row, c *tariff.Catalogue) format.Usage {
	u := format.Usage{ID: value.ID(r.Int()), Start: r.Int(), End: r.Int(), Cost: r.Int(), Tx: r.Int(), Rx: r.Int()}
	u.Total = u.Tx + u.Rx
	u.Organisation = value.Named{ID: value.ID(r.Int()), Name: r.Text()}
	if u.TrafficType = (value.Described{ID: value.ID(r.Int()), Description: "Data"}); u.TrafficType.ID == format.SMS {
		u.TrafficType.Description = "SMS"
	}
	if currency, ok := c.Currency(r.Int()); ok {
		u.Currency = format.Currency{ID: value.ID(currency.ID), Code: currency.Code, Symbol: currency.Symbol}
	}
	u.Operator = operator(c, r.Int(), r.Text())
	tariffID, zone := r.Int(), r.Int()
	if tariffID > 0 {
		u.Tariff = &format.Tariff{ID: value.ID(tariffID), Name: c.TariffName(tariffID)}
		if zone > 0 {
			u.Tariff.Ratezone = &value.Named{ID: value.ID(zone), Name: c.RatezoneName(tariffID, zone)}
		}
	}
	endpoint := &format.Endpoint{ID: value.ID(r.Int()), Name: r.Text(), IPAddress: optional(r.Text()), Tags: r.OptText(), IMEI: optional(r.Text())}
	if endpoint.ID > 0 {
		u.Endpoint = endpoint
	}
	u.IMSIID, u.IMSI = value.ID(r.Int()), r.Text()
	u.SIM = simOf(r)
	if currency, ok := c.Currency(r.Int()); ok {
		u.Balance = &format.Balance{
			Amount: r.Int(), LastUpdated: r.Int(), ExpiryDate: r.Int(),
			Currency: format.Currency{ID: value.ID(currency.ID), Code: currency.Code, Symbol: currency.Symbol},
		}
	}
	return u
}

func scanEvent(r *db.Row) format.Event {
	e := format.Event{ID: value.ID(r.Int()), Time: r.Int()}
	kind, severity, source := r.Int(), r.Int(), r.Int()
	e.Type = value.Described{ID: value.ID(kind), Description: event.TypeName(kind)}
	e.Severity = value.Described{ID: value.ID(severity), Description: event.SeverityName(severity)}
	e.Source = value.Described{ID: value.ID(source), Description: event.SourceName(source)}
	e.Alert, e.Description = r.Bool(), r.Text()
	if detail := r.Text(); detail != "" {
		e.Detail = []byte(detail)
	}
	e.Organisation = value.Named{ID: value.ID(r.Int()), Name: r.Text()}
	if user := (&format.User{ID: value.ID(r.Int()), Username: r.Text(), Name: r.Text()}); user.ID > 0 {
		e.User = user
	}
	endpoint := &format.Endpoint{ID: value.ID(r.Int()), Name: r.Text()}
	endpoint.IPAddress = optional(first(r.Text(), r.Text())) // of the session, else the endpoint's own
	endpoint.Tags = r.OptText()
	endpoint.IMEI = optional(first(r.Text(), r.Text()))
	if endpoint.ID > 0 {
		e.Endpoint = endpoint
	}
	if imsi := (&format.IMSI{ID: value.ID(r.Int()), IMSI: r.Text(), ImportDate: r.Int()}); imsi.ID > 0 {
		e.IMSI = imsi
	}
	e.SIM = simOf(r)
	return e
}

func simOf(r *db.Row) *format.SIM {
	s := &format.SIM{ID: value.ID(r.Int()), ICCID: r.Text(), MSISDN: optional(r.Text()), ProductionDate: r.Int()}
	if s.ID == 0 {
		return nil
	}
	return s
}

// operator names the visited network; plmn tells which of its networks it was.
func operator(c *tariff.Catalogue, id int64, plmn string) *format.Operator {
	o, ok := c.OperatorByID(id)
	if !ok {
		return nil
	}
	country, _ := c.Country(o.Country.ID)
	out := &format.Operator{ID: value.ID(id), Name: o.Name, Country: format.Country{ID: value.ID(country.ID), MCC: country.MCC, Name: country.Name}}
	switch {
	case len(plmn) > 3:
		out.MNC, out.Country.MCC = plmn[3:], plmn[:3]
	case len(o.MNC) > 0:
		out.MNC = o.MNC[0].MNC
	}
	return out
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
