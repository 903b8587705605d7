package usage

import (
	"encoding/json"
	"net/netip"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func decoded(t *testing.T, text string) (fields map[string]any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &fields); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return fields
}

// detailStory: what the events of a session carry, as the contract names it.
func detailStory(t *testing.T, s *site) {
	d := s.session(s.device(s.first, s.imsi()), "a", 0)
	start := d.report(Start, 0, 0, 0)
	start.IMEISV, start.UEAddress = "3512340000000001", netip.MustParseAddr("10.0.0.7")
	start.GGSN, start.SGSN = netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::2")
	s.send(d, start, d.report(Stop, 60, 1_234_567, 89))

	one := s.sessions(s.first)[0]
	zone := s.tariff.Zones[0].ID
	pdp := map[string]any{
		"pdp_context_id": float64(one.ID), "tunnel_created": "2026-11-15T12:00:00", "ggsn_control_plane_ip_address": "192.0.2.1",
		"ggsn_data_plane_ip_address": "192.0.2.1", "sgsn_control_plane_ip_address": "2001:db8::2",
		"sgsn_data_plane_ip_address": "2001:db8::2", "apn": "internet", "nsapi": 5.0, "ue_ip_address": "10.0.0.7", "imsi": d.imsi,
		"gtp_version": nil, "tx_teid_control_plane": nil, "tx_teid_data_plane": nil, "rx_teid": nil, "region": nil, "breakout_ip": nil,
		"lac": nil, "sac": nil, "rac": nil, "ci": nil,
		"imeisv": "3512340000000001", "mcc": "262", "mnc": "01", "rat_type": 6.0, "operator_id": "1",
		"tariff_profile_id": strconv.FormatInt(s.prices[s.first], 10),
		"ratezone_id":       strconv.FormatInt(zone, 10), "tariff_id": strconv.FormatInt(s.tariff.ID, 10),
	}
	want := map[string]any{
		"id": 1.0, "name": "Home", "session_id": one.UUID(), "pdp_context": pdp,
		"country": map[string]any{"id": 74.0, "name": "Germany", "country_code": "49", "mcc": "262", "iso_code": "de"},
	}
	if diff := cmp.Diff(want, decoded(t, s.events(s.first, 3)[0].Detail)); diff != "" {
		t.Error("opened: ", diff)
	}
	pdp["apn"] = nil // only when it is opened, like the numbers of the tariff side
	delete(pdp, "operator_id")
	delete(pdp, "tariff_profile_id")
	delete(pdp, "ratezone_id")
	delete(pdp, "tariff_id")
	want["volume"] = map[string]any{"total": 1.234656, "tx": 1.234567, "rx": 0.000089}
	if diff := cmp.Diff(want, decoded(t, s.events(s.first, 5)[0].Detail)); diff != "" {
		t.Error("closed: ", diff)
	}
}

// bareDetailStory: what a gateway does not tell is null, and what nobody knows is no operator.
func bareDetailStory(t *testing.T, s *site) {
	d := s.session(s.device(s.first, s.imsi()), "a", 0)
	r := d.report(Start, 0, 0, 0)
	r.APN, r.PLMN, r.RAT, r.NSAPI = "", "99999", 0, 0
	s.send(d, r)
	got := decoded(t, s.events(s.first, 3)[0].Detail)
	one := s.sessions(s.first)[0]
	want := map[string]any{
		"id": nil, "name": nil, "country": nil, "session_id": one.UUID(), "pdp_context": map[string]any{
			"pdp_context_id": float64(one.ID), "tunnel_created": "2026-11-15T12:00:00", "ggsn_control_plane_ip_address": nil,
			"ggsn_data_plane_ip_address": nil, "sgsn_control_plane_ip_address": nil, "sgsn_data_plane_ip_address": nil, "apn": nil,
			"gtp_version": nil, "tx_teid_control_plane": nil, "tx_teid_data_plane": nil, "rx_teid": nil, "region": nil, "breakout_ip": nil,
			"lac": nil, "sac": nil, "rac": nil, "ci": nil,
			"nsapi": 0.0, "ue_ip_address": nil, "imsi": d.imsi, "imeisv": nil, "mcc": "999", "mnc": "99", "rat_type": nil,
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
