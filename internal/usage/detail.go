package usage

import (
	"encoding/json"
	"strconv"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/session"
	"github.com/simstead/simstead/internal/tariff"
	"github.com/simstead/simstead/internal/value"
)

// pdpDetail is what the events of a data session carry beside the usual objects.
type pdpDetail struct {
	ID         *int64         `json:"id"`
	Name       *string        `json:"name"`
	Country    *countryDetail `json:"country"`
	Volume     *volumeDetail  `json:"volume,omitempty"`
	PDPContext pdpContext     `json:"pdp_context"`
	SessionID  string         `json:"session_id"`
}

type countryDetail struct {
	ID          int64  `json:"id"`
	Name        string `json:"name"`
	CountryCode string `json:"country_code"`
	MCC         string `json:"mcc"`
	ISOCode     string `json:"iso_code"`
}

type volumeDetail struct {
	Total value.MB `json:"total"`
	Rx    value.MB `json:"rx"`
	Tx    value.MB `json:"tx"`
}

// pdpContext has every field of the contract, null where the gateway's protocol does not tell it. The numbers of the
// tariff side are text, as in the contract, and come only when the session is opened.
type pdpContext struct {
	ID            int64   `json:"pdp_context_id"`
	TunnelCreated string  `json:"tunnel_created"` // UTC without a zone mark, in every generation
	GTPVersion    *int64  `json:"gtp_version"`
	GGSNControl   *string `json:"ggsn_control_plane_ip_address"`
	GGSNData      *string `json:"ggsn_data_plane_ip_address"`
	SGSNControl   *string `json:"sgsn_control_plane_ip_address"`
	SGSNData      *string `json:"sgsn_data_plane_ip_address"`
	TxControlTEID *int64  `json:"tx_teid_control_plane"`
	TxDataTEID    *int64  `json:"tx_teid_data_plane"`
	RxTEID        *int64  `json:"rx_teid"`
	Region        *string `json:"region"`
	BreakoutIP    *string `json:"breakout_ip"`
	APN           *string `json:"apn"`
	NSAPI         int64   `json:"nsapi"`
	UEAddress     *string `json:"ue_ip_address"`
	IMSI          string  `json:"imsi"`
	IMEISV        *string `json:"imeisv"`
	MCC           *string `json:"mcc"`
	MNC           *string `json:"mnc"`
	session.Cell
	RAT           *int64 `json:"rat_type"`
	Operator      string `json:"operator_id,omitempty"`
	TariffProfile string `json:"tariff_profile_id,omitempty"`
	Ratezone      string `json:"ratezone_id,omitempty"`
	Tariff        string `json:"tariff_id,omitempty"`
}

// opened is the detail of the event that a session was opened.
func opened(c *tariff.Catalogue, s *session.Session, profile int64) string {
	d := describe(c, s)
	d.PDPContext.APN = optional(s.APN)
	if s.Line.Rated() {
		d.PDPContext.Operator = strconv.FormatInt(s.Operator, 10)
		d.PDPContext.TariffProfile = strconv.FormatInt(profile, 10)
		d.PDPContext.Ratezone = strconv.FormatInt(s.Line.Ratezone, 10)
		d.PDPContext.Tariff = strconv.FormatInt(s.Line.Tariff, 10)
	}
	return d.text()
}

// closed is the detail of the event that a session ended, with its volume.
func closed(c *tariff.Catalogue, s *session.Session) string {
	d := describe(c, s)
	tx, rx := s.Uplink-s.BaseUplink, s.Downlink-s.BaseDownlink
	d.Volume = &volumeDetail{Total: value.MB(tx + rx), Rx: value.MB(rx), Tx: value.MB(tx)}
	return d.text()
}

func describe(c *tariff.Catalogue, s *session.Session) *pdpDetail {
	d := &pdpDetail{SessionID: s.UUID(), PDPContext: pdpContext{
		ID: s.ID, TunnelCreated: clock.FromMicros(s.Started).Format("2006-01-02T15:04:05"),
		GGSNControl: optional(s.GGSN), GGSNData: optional(s.GGSN), SGSNControl: optional(s.SGSN), SGSNData: optional(s.SGSN),
		NSAPI: s.NSAPI, UEAddress: optional(s.UEAddress), IMSI: s.IMSI, IMEISV: optional(s.IMEISV), Cell: session.CellOf(s.Location),
	}}
	if len(s.PLMN) > 3 {
		d.PDPContext.MCC, d.PDPContext.MNC = optional(s.PLMN[:3]), optional(s.PLMN[3:])
	}
	if s.RAT > 0 {
		d.PDPContext.RAT = &s.RAT
	}
	if o, ok := c.OperatorByID(s.Operator); ok {
		d.ID, d.Name = &s.Operator, &o.Name
		if n, ok := c.Country(o.Country.ID); ok {
			d.Country = &countryDetail{n.ID, n.Name, n.CountryCode, n.MCC, n.ISOCode}
		}
	}
	return d
}

func (d *pdpDetail) text() string {
	text, err := json.Marshal(d)
	if err != nil {
		return "" // nothing in it can fail
	}
	return string(text)
}

func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
