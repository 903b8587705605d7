package endpoint

import (
	"fmt"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/event"
	"github.com/simstead/simstead/internal/network"
	"github.com/simstead/simstead/internal/session"
	"github.com/simstead/simstead/internal/value"
)

// What an endpoint's connectivity may be.
const (
	Online  = "ONLINE"  // a data session is open
	Offline = "OFFLINE" // none is
	Blocked = "BLOCKED" // it has used up what it may use
)

// Connectivity is how an endpoint is connected now. Offline it has neither location nor PDP context.
type Connectivity struct {
	Status     ConnectivityStatus `json:"status"`
	Location   *Location          `json:"location,omitempty"`
	PDPContext *PDPContext        `json:"pdp_context,omitempty"`
	Services   []string           `json:"services" doc:"What the open session uses."`
}

// ConnectivityStatus is the word for it.
type ConnectivityStatus struct {
	Description string `json:"description" enum:"ATTACHED,ONLINE,OFFLINE,BLOCKED"`
	Reason      string `json:"reason,omitempty" doc:"Why it is blocked, in words."`
}

// Location is the network that an endpoint was seen in, as its data session tells.
type Location struct {
	ICCID       string           `json:"iccid"`
	IMSI        string           `json:"imsi"`
	LastUpdated value.EntityTime `json:"last_updated"`
	SGSN        *string          `json:"sgsn_ip_address"`
	Operator    *value.Named     `json:"operator"`
	Country     *value.Named     `json:"country"`
}

// PDPContext is an open data session.
type PDPContext struct {
	ID            value.ID         `json:"pdp_context_id"`
	SessionID     string           `json:"session_id"`
	EndpointID    value.ID         `json:"endpoint_id"`
	SIMID         value.ID         `json:"sim_id"`
	TariffProfile value.ID         `json:"tariff_profile_id"`
	Tariff        value.ID         `json:"tariff_id"`
	Ratezone      value.ID         `json:"ratezone_id"`
	Organisation  value.ID         `json:"organisation_id"`
	IMSIID        value.ID         `json:"imsi_id"`
	IMSI          string           `json:"imsi"`
	IMEISV        *string          `json:"imeisv"`
	APN           *string          `json:"apn"`
	NSAPI         int64            `json:"nsapi"`
	GGSN          *string          `json:"ggsn_control_plane_ip_address"`
	SGSN          *string          `json:"sgsn_control_plane_ip_address"`
	Created       value.EntityTime `json:"created"`
	LastReport    value.EntityTime `json:"last_report" doc:"When the gateway was heard of last."`
	MCC           *string          `json:"mcc"`
	MNC           *string          `json:"mnc"`
	session.Cell
	OperatorID value.ID        `json:"operator_id"`
	UEAddress  *string         `json:"ue_ip_address"`
	RAT        value.Described `json:"rat_type"`
	VolumeTx   value.MB        `json:"volume_tx"`
	VolumeRx   value.MB        `json:"volume_rx"`
}

// Connected reads how an endpoint is connected. blocked says why it may not use data, "" when it may.
func Connected(q db.Queryer, organisation, id int64, blocked string) (*Connectivity, error) {
	if _, err := load(q, organisation, id); err != nil {
		return nil, err
	}
	c := &Connectivity{Status: ConnectivityStatus{Description: Offline}, Services: []string{}}
	s, err := lastSession(q, organisation, id)
	if err != nil {
		return nil, err
	}
	if s != nil && s.Open() {
		c.Status.Description, c.PDPContext = Online, describe(s)
		c.Services = append(c.Services, bearerOf(s.RAT))
		if c.Location, err = located(q, s); err != nil {
			return nil, err
		}
	}
	if blocked != "" {
		c.Status = ConnectivityStatus{Description: Blocked, Reason: blocked}
	}
	return c, nil
}

// lastSession is the session of an endpoint that was heard of last, an open one before closed ones; nil when none is known.
func lastSession(q db.Queryer, organisation, id int64) (*session.Session, error) {
	list, err := db.All(q, session.Scan, `SELECT `+session.Columns+` FROM session WHERE organisation_id = $1 AND endpoint_id = $2
		AND closed_at = 0 ORDER BY last_seen DESC, id DESC LIMIT 1`, organisation, id)
	if err != nil {
		return nil, fmt.Errorf("read session: %w", err)
	}
	if len(list) == 0 {
		return nil, nil
	}
	return list[0], nil
}

func describe(s *session.Session) *PDPContext {
	p := &PDPContext{
		ID: value.ID(s.ID), SessionID: s.UUID(), EndpointID: value.ID(s.Endpoint), SIMID: value.ID(s.SIM),
		TariffProfile: value.ID(s.TariffProfile), Tariff: value.ID(s.Line.Tariff), Ratezone: value.ID(s.Line.Ratezone),
		Organisation: value.ID(s.Organisation), IMSIID: value.ID(s.IMSIID), IMSI: s.IMSI, IMEISV: some(s.IMEISV), APN: some(s.APN),
		NSAPI: s.NSAPI, GGSN: some(s.GGSN), SGSN: some(s.SGSN), Created: value.EntityTime(s.Started), LastReport: value.EntityTime(s.Seen),
		Cell: session.CellOf(s.Location), OperatorID: value.ID(s.Operator), UEAddress: some(s.UEAddress), RAT: rat(s.RAT),
		VolumeTx: value.MB(s.Uplink - s.BaseUplink), VolumeRx: value.MB(s.Downlink - s.BaseDownlink),
	}
	if len(s.PLMN) > 3 {
		p.MCC, p.MNC = some(s.PLMN[:3]), some(s.PLMN[3:])
	}
	return p
}

func rat(id int64) value.Described {
	for _, r := range network.RATTypes() {
		if r.ID == id {
			return value.Described{ID: value.ID(id), Description: r.Description}
		}
	}
	return value.Described{ID: value.ID(id)}
}

// bearerOf is the service that a data session is, by its radio access type.
func bearerOf(rat int64) string {
	switch network.RATRules(rat) {
	case 6, 8, 9, 17:
		return "LTE"
	case 10:
		return "5G"
	}
	return "GPRS"
}

func located(q db.Queryer, s *session.Session) (*Location, error) {
	l := &Location{IMSI: s.IMSI, LastUpdated: value.EntityTime(s.Seen), SGSN: some(s.SGSN)}
	err := q.Each(func(r *db.Row) { l.ICCID = r.Text() }, `SELECT iccid FROM sim_identity WHERE organisation_id = $1 AND sim_id = $2`, s.Organisation, s.SIM)
	if err == nil {
		err = q.Each(func(r *db.Row) {
			l.Operator = &value.Named{ID: value.ID(r.Int()), Name: r.Text()}
			l.Country = &value.Named{ID: value.ID(r.Int()), Name: r.Text()}
		}, `SELECT o.id, o.name, c.id, c.name FROM operator o JOIN country c ON c.id = o.country_id WHERE o.id = $1`, s.Operator)
	}
	if err != nil {
		return nil, fmt.Errorf("locate endpoint: %w", err)
	}
	return l, nil
}

// Reset writes that somebody asked for an endpoint's connectivity to be made anew. tx holds the head of the organisation.
func Reset(tx *db.Tx, now, user, organisation, id int64) error {
	row, err := load(tx, organisation, id)
	if err != nil {
		return err
	}
	e := event.Event{
		Organisation: organisation, Time: now, Type: event.ConnectivityReset, Description: "Connectivity reset was asked for", Endpoint: id,
		SIM: row.SIM, User: user, IMEI: row.IMEI, IPAddress: row.IPAddress,
	}
	err = tx.Each(func(r *db.Row) { e.IMSI = r.Int() }, `SELECT imsi_id FROM sim_identity WHERE organisation_id = $1 AND sim_id = $2`, organisation, row.SIM)
	if err != nil {
		return fmt.Errorf("reset connectivity: %w", err)
	}
	return event.Append(tx, now, e)
}
