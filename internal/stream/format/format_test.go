package format

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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

func golden(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(string(data), "\n")
}

func TestNewSamples(t *testing.T) {
	e, u := sampleEvent(), sampleUsage()
	for _, tt := range []struct {
		name, file string
		got        []byte
	}{
		{"event", "testdata/event_new.json", appendNewEvent([]byte("["), &e)},
		{"usage", "testdata/usage_new.json", appendNewUsage([]byte("["), &u)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff("["+golden(t, tt.file), string(tt.got)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestNewEventAbsent(t *testing.T) {
	e := Event{ID: 1, Time: at("2021-09-14T06:15:42Z"), Alert: true, Organisation: value.Named{ID: 2, Name: "O"}}
	want := `{"id":1,"alert":true,"description":"","detail":null,"endpoint":null,"event_severity":{"id":0,"description":""},` +
		`"event_source":{"id":0,"description":""},"event_type":{"id":0,"description":""},"imsi":null,` +
		`"organisation":{"id":2,"name":"O"},"sim":null,"timestamp":"2021-09-14T06:15:42Z","user":null}`
	if diff := cmp.Diff(want, string(appendNewEvent(nil, &e))); diff != "" {
		t.Error(diff)
	}
	e.User = &User{ID: 3, Username: "ada@example.com", Name: "Ada"}
	e.Endpoint = &Endpoint{ID: 4, Name: "E", Tags: ptr("")}
	e.SIM = &SIM{ID: 5, ICCID: "89"}
	got := string(appendNewEvent(nil, &e))
	for _, part := range []string{
		`"user":{"id":3,"username":"ada@example.com","name":"Ada"}}`,
		`"endpoint":{"id":4,"imei":null,"ip_address":null,"name":"E","tags":""}`,
		`"sim":{"iccid":"89","id":5,"msisdn":null,"production_date":null}`,
	} {
		if !strings.Contains(got, part) {
			t.Errorf("%s is not in %s", part, got)
		}
	}
}

func TestNewUsageParts(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*Usage)
		want   string
	}{
		{"no operator", func(u *Usage) { u.Operator = nil }, `"operator":null,`},
		{"no tariff", func(u *Usage) { u.Tariff = nil }, `"tariff":null,`},
		{"no ratezone", func(u *Usage) { u.Tariff.Ratezone = nil }, `"tariff":{"id":91,"name":"Sea 50","ratezone":null},`},
		{"no endpoint", func(u *Usage) { u.Endpoint = nil }, `"endpoint":null,"id":`},
		{"no balance", func(u *Usage) { u.Balance = nil }, `"tags":null,"balance":null},"id":`},
		{"no expiry", func(u *Usage) { u.Balance.ExpiryDate = 0 }, `"expiry_date":null,`},
		{"no SIM", func(u *Usage) { u.SIM = nil }, `"sim":null,`},
		{"no IMSI", func(u *Usage) { u.IMSI, u.IMSIID = "", 0 }, `"imsi":null,"imsi_id":null,`},
		{"no cost", func(u *Usage) { u.Cost = 0 }, `{"cost":0,`},
		{"smallest cost", func(u *Usage) { u.Cost = 1 }, `{"cost":0.0000000001,`},
		{"whole megabytes", func(u *Usage) { u.Total, u.Rx, u.Tx = 3e6, 3e6, 0 }, `"volume":{"total":3,"rx":3,"tx":0}}`},
		{"one byte", func(u *Usage) { u.Total, u.Rx, u.Tx = 1, 0, 1 }, `"volume":{"total":0.000001,"rx":0,"tx":0.000001}}`},
		{"SMS", func(u *Usage) {
			u.TrafficType = value.Described{ID: SMS, Description: "SMS"}
			u.Total, u.Rx, u.Tx = 10, 0, 10
		}, `"traffic_type":{"id":6,"description":"SMS"},"volume":{"total":10,"rx":0,"tx":10}}`},
		{"fraction of a second", func(u *Usage) { u.Start += 999_999 }, `"start_timestamp":"2021-09-14T05:58:03Z"`},
		{"balance rounded down", func(u *Usage) { u.Balance.Amount = 19_999 }, `"amount":0.000001,`},
		{"debt rounded down", func(u *Usage) { u.Balance.Amount = -1 }, `"amount":-0.000001,`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			u := sampleUsage()
			tt.change(&u)
			got := appendNewUsage(nil, &u)
			if !json.Valid(got) || !strings.Contains(string(got), tt.want) {
				t.Errorf("%s is not in %s", tt.want, got)
			}
		})
	}
}

func TestString(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"plain", "buoy-17", `"buoy-17"`},
		{"quotes", `a"b\c/`, `"a\"b\\c/"`},
		{"white space", "a\nb\rc\td", `"a\nb\rc\td"`},
		{"control", "\x00\x1f\x7f", "\"\\u0000\\u001f\x7f\""},
		{"HTML is left alone", "<a href='x'>&", `"<a href='x'>&"`},
		{"beyond ASCII", "€ Zürich 東京 🛰", `"€ Zürich 東京 🛰"`},
		{"line separator", "\u2028", "\"\u2028\""},
		{"replacement character itself", "\uFFFD", "\"\uFFFD\""},
		{"not UTF-8", "a\xffb\xc3", "\"a\uFFFDb\uFFFD\""},
		{"surrogate", "\xed\xa0\x80", "\"\uFFFD\uFFFD\uFFFD\""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := string(appendString(nil, tt.in)); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestNoAllocations(t *testing.T) {
	e, u, buf := sampleEvent(), sampleUsage(), make([]byte, 0, 4096)
	if n := testing.AllocsPerRun(100, func() { appendNewEvent(buf, &e); appendNewUsage(buf, &u) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkAppendEvent(b *testing.B) {
	e, buf := sampleEvent(), make([]byte, 0, 4096)
	b.ReportAllocs()
	for b.Loop() {
		buf = appendNewEvent(buf[:0], &e)
	}
	b.SetBytes(int64(len(buf)))
}

func BenchmarkAppendUsage(b *testing.B) {
	u, buf := sampleUsage(), make([]byte, 0, 4096)
	b.ReportAllocs()
	for b.Loop() {
		buf = appendNewUsage(buf[:0], &u)
	}
	b.SetBytes(int64(len(buf)))
}

// BenchmarkPeer is encoding/json on the same values, for scale.
func BenchmarkPeer(b *testing.B) {
	u := sampleUsage()
	peer := readUsage(b, appendNewUsage(nil, &u))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := json.Marshal(peer); err != nil {
			b.Fatal(err)
		}
	}
}
