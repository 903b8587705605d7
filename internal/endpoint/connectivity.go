package endpoint

import (
	"fmt"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/event"
	"github.com/simstead/simstead/internal/network"
	"github.com/simstead/simstead/internal/session"
	"github.com/simstead/simstead/internal/sim"
	"github.com/simstead/simstead/internal/value"
)

// What an endpoint's connectivity may be.
const (
	Online   = "ONLINE"   // a data session is open
	Attached = "ATTACHED" // the last one ended not long ago, in a network where a device stays attached without one
	Offline  = "OFFLINE"  // neither
	Blocked  = "BLOCKED"  // it has used up what it may use
)

// attachedFor is how long a device of 2G or 3G counts as attached after its last session, µs: in LTE and 5G it loses its
// attachment with it. Networks forget such devices after a day or two.
const attachedFor = clock.Day

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
	ICCID       string            `json:"iccid"`
	IMSI        string            `json:"imsi"`
	LastUpdated value.EntityTime  `json:"last_updated" doc:"Of the attachment for calls and SMS, which is not known."`
	LastGPRS    value.EntityTime  `json:"last_updated_gprs"`
	SGSNNumber  *string           `json:"sgsn_number"`
	VLRNumber   *string           `json:"vlr_number"`
	MSC         *string           `json:"msc"`
	SGSN        *string           `json:"sgsn_ip_address"`
	Operator    *LocationOperator `json:"operator"`
	Country     *LocationCountry  `json:"country"`
}

// LocationOperator is the operator of the visited network.
type LocationOperator struct {
	ID      value.ID    `json:"id"`
	Name    string      `json:"name"`
	Country value.Named `json:"country"`
}

// LocationCountry is the visited country.
type LocationCountry struct {
	ID          value.ID `json:"country_id"`
	Name        string   `json:"name"`
	CountryCode string   `json:"country_code"`
	MCC         string   `json:"mcc"`
	ISOCode     string   `json:"iso_code"`
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
	GTPVersion    *int64           `json:"gtp_version"`
	ControlTEID   *int64           `json:"teid_control_plane"`
	DataTEID      *int64           `json:"teid_data_plane"`
	GGSN          *string          `json:"ggsn_control_plane_ip_address"`
	GGSNData      *string          `json:"ggsn_data_plane_ip_address"`
	SGSN          *string          `json:"sgsn_control_plane_ip_address"`
	SGSNData      *string          `json:"sgsn_data_plane_ip_address"`
	Created       value.EntityTime `json:"created"`
	LastReport    value.EntityTime `json:"last_report" doc:"When the gateway was heard of last."`
	MCC           *string          `json:"mcc"`
	MNC           *string          `json:"mnc"`
	session.Cell
	OperatorID value.ID `json:"operator_id"`
	UEAddress  *string  `json:"ue_ip_address"`
	RAT        RAT      `json:"rat_type"`
	Duration   string   `json:"duration" doc:"Hours, minutes and seconds."`
	VolumeTx   value.MB `json:"volume_tx"`
	VolumeRx   value.MB `json:"volume_rx"`
}

// RAT is a radio access type as it is written here.
type RAT struct {
	ID          value.ID `json:"rat_type_id"`
	Description string   `json:"description"`
}

// Connected reads how an endpoint is connected at a time (µs). blocked says why it may not use data, "" when it may.
func Connected(q db.Queryer, now, organisation, id int64, blocked string) (*Connectivity, error) {
	if _, err := load(q, organisation, id); err != nil {
		return nil, err
	}
	c := &Connectivity{Status: ConnectivityStatus{Description: Offline}, Services: []string{}}
	s, err := lastSession(q, organisation, id)
	if err != nil {
		return nil, err
	}
	switch {
	case s == nil:
	case s.Open():
		c.Status.Description, c.PDPContext = Online, describe(s, now)
	case bearerOf(s.RAT) == gprs && now-s.Seen < attachedFor:
		c.Status.Description = Attached
	default:
		s = nil
	}
	if s != nil {
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
	// Open ones are found by endpoint, closed ones by the SIM that the endpoint has.
	for _, which := range []string{
		`s.endpoint_id = $2 AND s.closed_at = 0`,
		`s.sim_id = (SELECT e.sim_id FROM endpoint e WHERE e.organisation_id = $1 AND e.id = $2) AND s.endpoint_id = $2 AND s.closed_at > 0`,
	} {
		list, err := db.All(q, session.Scan, `SELECT `+session.Columns+` FROM session s WHERE s.organisation_id = $1 AND `+which+`
			ORDER BY s.last_seen DESC, s.id DESC LIMIT 1`, organisation, id)
		if err != nil {
			return nil, fmt.Errorf("read session: %w", err)
		}
		if len(list) > 0 {
			return list[0], nil
		}
	}
	return nil, nil
}

func describe(s *session.Session, now int64) *PDPContext {
	p := &PDPContext{
		ID: value.ID(s.ID), SessionID: s.UUID(), EndpointID: value.ID(s.Endpoint), SIMID: value.ID(s.SIM),
		TariffProfile: value.ID(s.TariffProfile), Tariff: value.ID(s.Line.Tariff), Ratezone: value.ID(s.Line.Ratezone),
		Organisation: value.ID(s.Organisation), IMSIID: value.ID(s.IMSIID), IMSI: s.IMSI, IMEISV: some(s.IMEISV), APN: some(s.APN),
		NSAPI: s.NSAPI, GGSN: some(s.GGSN), GGSNData: some(s.GGSN), SGSN: some(s.SGSN), SGSNData: some(s.SGSN), Created: value.EntityTime(s.Started), LastReport: value.EntityTime(s.Seen),
		Cell: session.CellOf(s.Location), OperatorID: value.ID(s.Operator), UEAddress: some(s.UEAddress), RAT: rat(s.RAT), Duration: duration(now - s.Started),
		VolumeTx: value.MB(s.Uplink - s.BaseUplink), VolumeRx: value.MB(s.Downlink - s.BaseDownlink),
	}
	if len(s.PLMN) > 3 {
		p.MCC, p.MNC = some(s.PLMN[:3]), some(s.PLMN[3:])
	}
	return p
}

// duration writes a time in µs.
func duration(micros int64) string {
	s := max(micros, 0) / clock.Second
	return fmt.Sprintf("%02d:%02d:%02d", s/3600, s/60%60, s%60)
}

func rat(id int64) RAT {
	for _, r := range network.RATTypes() {
		if r.ID == id {
			return RAT{value.ID(id), r.Description}
		}
	}
	return RAT{ID: value.ID(id)}
}

const gprs = "GPRS"

// bearerOf is the service that a data session is, by its radio access type.
func bearerOf(rat int64) string {
	switch network.RATRules(rat) {
	case 6, 8, 9, 17:
		return "LTE"
	case 10:
		return "5G"
	}
	return gprs
}

func located(q db.Queryer, s *session.Session) (*Location, error) {
	l := &Location{IMSI: s.IMSI, LastGPRS: value.EntityTime(s.Seen), SGSN: some(s.SGSN)}
	err := q.Each(func(r *db.Row) { l.ICCID = r.Text() }, `SELECT iccid FROM sim_identity WHERE organisation_id = $1 AND sim_id = $2`, s.Organisation, s.SIM)
	if err == nil {
		err = q.Each(func(r *db.Row) {
			l.Operator = &LocationOperator{ID: value.ID(r.Int()), Name: r.Text()}
			l.Country = &LocationCountry{ID: value.ID(r.Int()), Name: r.Text(), CountryCode: r.Text(), MCC: r.Text(), ISOCode: r.Text()}
			l.Operator.Country = value.Named{ID: l.Country.ID, Name: l.Country.Name}
		}, `SELECT o.id, o.name, c.id, c.name, c.country_code, c.mcc, c.iso_code FROM operator o JOIN country c ON c.id = o.country_id WHERE o.id = $1`, s.Operator)
	}
	if err != nil {
		return nil, fmt.Errorf("locate endpoint: %w", err)
	}
	return l, nil
}

// Reset writes that somebody asked for an endpoint's connectivity to be made anew, which ends a factory test of its SIM. tx
// holds the head of the organisation.
func Reset(tx *db.Tx, now, user, organisation, id int64) error {
	e, _, err := Subject(tx, organisation, id)
	if err != nil {
		return err
	}
	e.Time, e.Type, e.Description, e.User = now, event.ConnectivityReset, "Connectivity reset was asked for", user
	if err := event.Append(tx, now, e); err != nil || e.SIM == 0 {
		return err
	}
	tested, err := db.All(tx, db.Int, `SELECT id FROM sim WHERE id = $1 AND owner_id = $2 AND status_id = $3`, e.SIM, organisation, sim.FactoryTest)
	if err != nil || len(tested) == 0 {
		return err
	}
	card, err := sim.Load(tx, e.SIM)
	if err == nil {
		err = card.ActivateByUse(tx, now)
	}
	if err != nil {
		return err
	}
	const reason = "The connectivity was reset"
	e.Type, e.Description, e.Detail, e.User = event.SIMActivatedByUse, "SIM was activated: "+reason+".", sim.ActivationDetail(reason), 0
	return event.Append(tx, now, e)
}
