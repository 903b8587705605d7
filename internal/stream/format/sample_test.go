package format

import (
	"time"

	"github.com/simstead/simstead/internal/value"
)

func at(text string) int64 {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t.UnixMicro()
}

func ptr(s string) *string { return &s }

func sampleEndpoint() *Endpoint {
	return &Endpoint{ID: 880012, Name: "buoy-17", IPAddress: ptr("100.64.3.17"), IMEI: ptr("3567890123456789")}
}

func sampleSIM() *SIM {
	return &SIM{ID: 550031, ICCID: "8988303000001234567", MSISDN: ptr("423663900000017"), ProductionDate: at("2020-02-11T09:30:00Z")}
}

// sampleEvent is the end of a data session, which no user is about.
func sampleEvent() Event {
	return Event{
		ID: 504411870021, Time: at("2021-09-14T06:15:42Z"), Description: "PDP Context deleted.",
		Detail: []byte(`{"id":11,"name":"Examplia Mobile","country":{"id":74,"name":"Germany","country_code":"49",` +
			`"mcc":"262","iso_code":"de"},"volume":{"total":0.012345,"rx":0.010001,"tx":0.002344}}`),
		Type: value.Described{ID: 5, Description: "Delete PDP Context"}, Severity: value.Described{Description: "INFO"},
		Source: value.Described{Description: "Network"}, Organisation: value.Named{ID: 4711, Name: "Harbour Sensors"},
		Endpoint: sampleEndpoint(), SIM: sampleSIM(),
		IMSI: &IMSI{ID: 660044, IMSI: "901430000000017", ImportDate: at("2020-02-11T09:29:12Z")},
	}
}

// sampleUsage is what was used between two reports of an endpoint with a prepaid balance.
func sampleUsage() Usage {
	euro := Currency{ID: 1, Code: "EUR", Symbol: "€"}
	return Usage{
		ID: 1622007001917, Start: at("2021-09-14T05:58:03Z"), End: at("2021-09-14T06:15:42Z"), Cost: 6172500,
		Total: 12345, Rx: 10001, Tx: 2344, Organisation: value.Named{ID: 4711, Name: "Harbour Sensors"},
		TrafficType: value.Described{ID: Data, Description: "Data"}, Currency: euro,
		Operator: &Operator{ID: 11, Name: "Examplia Mobile", MNC: "07", Country: Country{ID: 74, MCC: "262", Name: "Germany"}},
		Tariff:   &Tariff{ID: 91, Name: "Sea 50", Ratezone: &value.Named{ID: 302, Name: "Zone North"}},
		Endpoint: sampleEndpoint(), SIM: sampleSIM(), IMSI: "901430000000017", IMSIID: 660044,
		Balance: &Balance{
			Amount: 125_000_000_000, LastUpdated: at("2021-09-01T00:00:00Z"), ExpiryDate: at("2022-09-01T00:00:00Z"),
			Currency: euro,
		},
	}
}

// eventCases are the events of testdata: the sample, changed.
func eventCases() map[string]func(*Event) {
	return map[string]func(*Event){
		"event_data_session_ended": func(*Event) {},
		"event_everything": func(e *Event) {
			e.ID, e.Alert, e.Description = 504411870022, true, "Data quota used up."
			e.Type = value.Described{ID: 19, Description: "Data Quota Used Up"}
			e.Severity = value.Described{ID: 1, Description: "WARN"}
			e.Source = value.Described{ID: 1, Description: "Policy Control"}
			e.User = &User{ID: 7001, Username: "ada@example.com", Name: "Ada"}
			e.Endpoint.Tags = ptr("sea, north")
			e.Detail = []byte(`{"quota":{"threshold_percentage":20,"threshold_volume":2,"volume":"0.000000"}}`)
		},
		"event_only_the_organisation": func(e *Event) {
			e.Endpoint, e.SIM, e.IMSI, e.Detail = nil, nil, nil, nil
		},
		"event_entities_with_nulls": func(e *Event) {
			e.Endpoint = &Endpoint{ID: 880012, Tags: ptr("")}
			e.SIM = &SIM{ID: 550031, ICCID: "8988303000001234567"}
			e.IMSI = &IMSI{ID: 660044, IMSI: "901430000000017"}
		},
		"event_special_characters": func(e *Event) {
			e.Description = "5 € for \"Zürich\"\nthe back\\slash,\tthe control \x01 and the byte \xff"
			e.Organisation.Name = "東京 Sensors"
			e.User = &User{ID: 7001, Username: "zoe\u0301@example.com", Name: "Zoe\u0301 🛰"} // with a combining accent
			e.Endpoint.Name, e.Endpoint.Tags = `buoy "17"`, ptr("")
			e.Detail = []byte(`{"name":"Telefónica","symbol":"\u20ac","satellite":"🛰","escaped":"\ud83d\udef0 \"a\\u0041\" \u003c","größe":1}`)
		},
	}
}

// usageCases are the usage records of testdata: the sample, changed.
func usageCases() map[string]func(*Usage) {
	return map[string]func(*Usage){
		"usage_data": func(*Usage) {},
		"usage_sms": func(u *Usage) {
			u.ID, u.End, u.Cost = 1622007001918, u.Start, 2_500_000_000
			u.TrafficType = value.Described{ID: SMS, Description: "SMS"}
			u.Total, u.Rx, u.Tx, u.Balance = 10, 0, 10, nil
		},
		"usage_unrated": func(u *Usage) { u.Tariff, u.Cost, u.Balance = nil, 0, nil },
		"usage_balance_without_expiry": func(u *Usage) {
			u.Balance.Amount, u.Balance.ExpiryDate = -1, 0
		},
		"usage_nothing_known": func(u *Usage) {
			u.Endpoint, u.Balance, u.SIM, u.Operator, u.Tariff, u.IMSI, u.IMSIID = nil, nil, nil, nil, nil, "", 0
			u.Total, u.Rx, u.Tx, u.Cost = 3_000_000, 3_000_000, 0, 1
		},
		"usage_entities_with_nulls": func(u *Usage) {
			u.Endpoint, u.Balance = &Endpoint{ID: 880012}, nil
			u.SIM = &SIM{ID: 550031, ICCID: "8988303000001234567"}
			u.Tariff.Ratezone = nil
			u.Operator.MNC = ""
		},
		"usage_special_characters": func(u *Usage) {
			u.Organisation.Name = "Zürich \"Sensors\""
			u.Operator.Name, u.Operator.Country.Name = "Telefónica", "España"
			u.Tariff.Name, u.Tariff.Ratezone.Name = "Sea\n50", "Zone 東京"
			u.Endpoint.Name, u.Endpoint.Tags = "buoy\\17, north", ptr("🛰\xff")
			u.Balance.Currency.Symbol = "zł"
		},
	}
}
