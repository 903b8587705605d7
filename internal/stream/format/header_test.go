package format

import (
	"encoding/csv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The header lines as the contract prints them.
const (
	contractEventBefore = `"id","timestamp","event_type_id","event_type_description","event_severity_id","event_severity_description","organisation_id","organisation_name","description","alert","event_source_id","event_source_name","endpoint_id","endpoint_name","endpoint_imei","endpoint_ip_address","endpoint_tags","sim_id","sim_iccid","msisdn_msisdn","sim_production_date","imsi_id","imsi_imsi","user_id","user_username","user_name"`
	contractEventNew    = `"id","timestamp","event_source_id","event_source_description","event_severity_id","event_severity_description","event_type_id","event_type_description","organisation_id","organisation_name","user_id","user_username","user_name","alert","description","endpoint_id","endpoint_name","endpoint_ip_address","endpoint_tags","endpoint_imei","sim_id","sim_iccid","sim_msisdn","sim_production_date","imsi_id","imsi_imsi","imsi_import_date","detail"`
	contractUsageBefore = `"id","event_start_timestamp","event_stop_timestamp","organisation_id","organisation_name","endpoint_id","sim_id","iccid","imsi","operator_id","operator_name","country_id","operator_country_name","traffic_type_id","traffic_type_description","volume","volume_tx","volume_rx","cost","currency_id","currency_code","currency_symbol","ratezone_tariff_id","ratezone_tariff_name","ratezone_id","ratezone_name","endpoint_name","endpoint_ip_address","endpoint_tags","endpoint_imei","msisdn_msisdn","sim_production_date","operator_mncs","country_mcc"`
	contractUsageNew    = `"id","start_timestamp","end_timestamp","cost","volume_total","volume_rx","volume_tx","operator_id","operator_name","operator_mnc","operator_country_id","operator_country_mcc","operator_country_name","organisation_id","organisation_name","tariff_id","tariff_name","tariff_ratezone_id","tariff_ratezone_name","traffic_type_id","traffic_type_description","endpoint_id","endpoint_name","endpoint_ip_address","endpoint_tags","endpoint_imei","endpoint_balance_amount","endpoint_balance_last_updated","endpoint_balance_expiry_date","endpoint_balance_currency_id","endpoint_balance_currency_code","endpoint_balance_currency_symbol","imsi","imsi_id","sim_id","sim_iccid","sim_msisdn","sim_production_date","currency_id","currency_code","currency_symbol"`
)

type header struct {
	generation, kind int64
	line             string
	columns          int
}

func headers() map[string]header {
	return map[string]header{
		"old events":      {Old, EventKind, contractEventBefore, 26},
		"migrated events": {Migrated, EventKind, contractEventBefore, 26},
		"new events":      {New, EventKind, contractEventNew, 28},
		"old usage":       {Old, UsageKind, contractUsageBefore, 34},
		"migrated usage":  {Migrated, UsageKind, contractUsageBefore, 34},
		"new usage":       {New, UsageKind, contractUsageNew, 41},
	}
}

func TestHeaders(t *testing.T) {
	for name, h := range headers() {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(h.line+"\n", Header(h.generation, h.kind)); diff != "" {
				t.Error(diff)
			}
			if names := readCSV(t, h.line)[0]; len(names) != h.columns {
				t.Errorf("%d columns, want %d", len(names), h.columns)
			}
		})
	}
}

func readCSV(t interface {
	Helper()
	Fatalf(string, ...any)
}, text string) [][]string {
	t.Helper()
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord = 0 // as many in each row as in the first
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatalf("%v: %q", err, text)
	}
	return rows
}
