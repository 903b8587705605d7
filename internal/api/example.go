package api

import (
	"github.com/simstead/simstead/internal/quota"
	"github.com/simstead/simstead/internal/rest"
)

// The examples of bodies that the document shows where one does not say it all.

func endpointExamples() []rest.Example {
	return []rest.Example{
		{Name: "mandatory", Summary: "With what it must have; status decides whether it is enabled", Body: `{
			"status": {"id": 0}, "service_profile": {"id": 1}, "tariff_profile": {"id": 1}}`},
		{Name: "optional", Summary: "With a SIM that is activated, an address, and a lock to one device", Body: `{
			"name": "crane-1", "tags": "harbour, north", "status": {"id": 0}, "service_profile": {"id": 1}, "tariff_profile": {"id": 1},
			"sim": {"id": 1, "activate": true}, "imei": "3582400511111100", "imei_lock": true, "ip_address": "100.64.1.7",
			"ip_address_space": {"id": 1}}`},
	}
}

func endpointChangeExamples() []rest.Example {
	return []rest.Example{
		{Name: "rename", Summary: "Another name and other tags", Body: `{"name": "crane-2", "tags": "harbour"}`},
		{Name: "disable", Summary: "Disable it: its sessions end", Body: `{"status": {"id": 1}}`},
		{Name: "lock", Summary: "Lock it to one device", Body: `{"imei": "3582400511111100", "imei_lock": true}`},
		{Name: "release", Summary: "Take its SIM away", Body: `{"sim": {"id": null}}`},
	}
}

func serviceProfileExamples() []rest.Example {
	return []rest.Example{
		{Name: "basic", Summary: "With a name only", Body: `{"name": "Trackers"}`},
		{Name: "dns", Summary: "With name servers, which POST /dns makes", Body: `{"name": "Trackers", "description": "4G only", "allowed_3g": false,
			"dns": {"id": 1}}`},
	}
}

func serviceProfileChangeExamples() []rest.Example {
	return []rest.Example{
		{Name: "dns", Summary: "Other name servers", Body: `{"dns": {"id": 1}}`},
		{Name: "no_dns", Summary: "No name servers of its own any more", Body: `{"dns": {"id": null}}`},
		{Name: "quota", Summary: "Data needs a quota from now on", Body: `{"apply_data_quota": true}`},
	}
}

func smsExamples() []rest.Example {
	return []rest.Example{
		{Name: "number", Summary: "From a number, which the device can answer", Body: `{"payload": "status?", "source_address": "4912345"}`},
		{Name: "text", Summary: "From a name", Body: `{"payload": "status?", "source_address": "Harbour", "source_address_type": {"id": 208}}`},
		{Name: "part", Summary: "The first of two parts of a longer text", Body: `{"payload": "A text in", "udh": "050003070201"}`},
	}
}

func quotaExamples(traffic int64) []rest.Example {
	if traffic == quota.SMS {
		return []rest.Example{{Name: "block", Summary: "100 SMS, then none", Body: `{"status": {"id": 1}, "volume": 100,
			"expiry_date": "2040-01-01T00:00:00.000Z", "action_on_exhaustion": {"id": 1}}`}}
	}
	return []rest.Example{
		{Name: "block", Summary: "100 MB, then nothing", Body: `{"status": {"id": 1}, "volume": 100, "expiry_date": "2040-01-01T00:00:00.000Z",
			"action_on_exhaustion": {"id": 1}}`},
		{Name: "refill", Summary: "100 MB every day, an event at 20 %, then slowly", Body: `{"status": {"id": 1}, "volume": 100,
			"expiry_date": "2040-01-01T00:00:00.000Z", "auto_refill": 1, "threshold_percentage": 20,
			"action_on_exhaustion": {"id": 2, "peak_throughput": 64000}}`},
	}
}
