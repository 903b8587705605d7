package format

import (
	"bytes"
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/simstead/simstead/internal/money"
	"github.com/simstead/simstead/internal/value"
)

// The New generation as a receiver would declare it.
type readEndpoint struct {
	ID        value.ID `json:"id"`
	IMEI      *string  `json:"imei"`
	IPAddress *string  `json:"ip_address"`
	Name      string   `json:"name"`
	Tags      *string  `json:"tags"`
	Balance   *struct {
		Amount      json.Number `json:"amount"`
		LastUpdated *string     `json:"last_updated"`
		ExpiryDate  *string     `json:"expiry_date"`
		Currency    Currency    `json:"currency"`
	} `json:"balance,omitempty"`
}

type readSIM struct {
	ICCID          string   `json:"iccid"`
	ID             value.ID `json:"id"`
	MSISDN         *string  `json:"msisdn"`
	ProductionDate *string  `json:"production_date"`
}

type eventOut struct {
	ID          value.ID        `json:"id"`
	Alert       bool            `json:"alert"`
	Description string          `json:"description"`
	Detail      json.RawMessage `json:"detail"`
	Endpoint    *readEndpoint   `json:"endpoint"`
	Severity    value.Described `json:"event_severity"`
	Source      value.Described `json:"event_source"`
	Type        value.Described `json:"event_type"`
	IMSI        *struct {
		ID         value.ID `json:"id"`
		ImportDate *string  `json:"import_date"`
		IMSI       string   `json:"imsi"`
	} `json:"imsi"`
	Organisation value.Named `json:"organisation"`
	SIM          *readSIM    `json:"sim"`
	Timestamp    string      `json:"timestamp"`
	User         *User       `json:"user"`
}

type usageOut struct {
	Cost         json.Number   `json:"cost"`
	Currency     Currency      `json:"currency"`
	End          string        `json:"end_timestamp"`
	Endpoint     *readEndpoint `json:"endpoint"`
	ID           value.ID      `json:"id"`
	IMSI         *string       `json:"imsi"`
	IMSIID       *value.ID     `json:"imsi_id"`
	Operator     *Operator     `json:"operator"`
	Organisation value.Named   `json:"organisation"`
	SIM          *readSIM      `json:"sim"`
	Start        string        `json:"start_timestamp"`
	Tariff       *struct {
		ID       value.ID     `json:"id"`
		Name     string       `json:"name"`
		Ratezone *value.Named `json:"ratezone"`
	} `json:"tariff"`
	TrafficType value.Described `json:"traffic_type"`
	Volume      struct {
		Total json.Number `json:"total"`
		Rx    json.Number `json:"rx"`
		Tx    json.Number `json:"tx"`
	} `json:"volume"`
}

func readUsage(t testing.TB, data []byte) usageOut {
	t.Helper()
	var out usageOut
	read(t, data, &out)
	return out
}

func read(t testing.TB, data []byte, into any) {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		t.Fatalf("%v: %s", err, data)
	}
	if !utf8.Valid(data) || bytes.ContainsAny(data, "\n\r") || dec.More() {
		t.Fatalf("not one line of UTF-8: %q", data)
	}
}

// valid is what a receiver reads for a string: each byte that is not UTF-8 is replaced.
func valid(s string) string { return string([]rune(s)) }

func exact(t *testing.T, n json.Number, places int, want int64) {
	t.Helper()
	if got, err := money.Parse(n.String(), places); err != nil || got != want {
		t.Errorf("%s: read %d, %v, want %d", n, got, err, want)
	}
}

// FuzzEvent checks that whatever is in an event comes out as JSON that reads the same.
func FuzzEvent(f *testing.F) {
	f.Add(int64(504411870021), int64(1631600142000000), true, "PDP Context deleted.", "buoy-17", uint8(255))
	f.Add(int64(-1), int64(0), false, "\x00\"\\\xff\u2028", "<é>", uint8(0))
	f.Fuzz(func(t *testing.T, id, micros int64, alert bool, a, b string, present uint8) {
		e := Event{
			ID: value.ID(id), Time: micros, Alert: alert, Description: a, Type: value.Described{ID: value.ID(id), Description: b},
			Severity: value.Described{Description: b}, Source: value.Described{Description: a}, Organisation: value.Named{Name: b},
		}
		if present&1 != 0 {
			e.User = &User{ID: value.ID(id), Username: a, Name: b}
		}
		if present&2 != 0 {
			e.Endpoint = &Endpoint{ID: value.ID(id), Name: a, Tags: &b}
		}
		if present&4 != 0 {
			e.SIM = &SIM{ID: value.ID(id), ICCID: a, MSISDN: &b, ProductionDate: micros}
		}
		if present&8 != 0 {
			e.IMSI = &IMSI{ID: value.ID(id), IMSI: b, ImportDate: micros}
		}
		if present&16 != 0 {
			e.Detail = []byte(`{"x":1}`)
		}
		var got eventOut
		read(t, appendNewEvent(nil, &e), &got)

		a, b = valid(a), valid(b)
		check := func(name string, want, got any) {
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
		}
		check("id", e.ID, got.ID)
		check("alert", alert, got.Alert)
		check("description", a, got.Description)
		check("type", value.Described{ID: e.ID, Description: b}, got.Type)
		check("severity", b, got.Severity.Description)
		check("source", a, got.Source.Description)
		check("organisation", b, got.Organisation.Name)
		check("present", present&31, bits(got.User != nil, got.Endpoint != nil, got.SIM != nil, got.IMSI != nil, string(got.Detail) != "null"))
		if got.User != nil {
			check("user", User{ID: e.ID, Username: a, Name: b}, *got.User)
		}
		if got.Endpoint != nil {
			check("endpoint", readEndpoint{ID: e.ID, Name: a, Tags: &b}, *got.Endpoint)
		}
		if got.SIM != nil {
			check("iccid", a, got.SIM.ICCID)
			check("msisdn", b, *got.SIM.MSISDN)
			check("production date", micros == 0, got.SIM.ProductionDate == nil)
		}
		if got.IMSI != nil {
			check("imsi", b, got.IMSI.IMSI)
		}
	})
}

func bits(present ...bool) (mask uint8) {
	for i, p := range present {
		if p {
			mask |= 1 << i
		}
	}
	return mask
}

// FuzzUsage checks that whatever is in a usage record comes out as JSON that reads the same, money and volumes exactly.
func FuzzUsage(f *testing.F) {
	f.Add(int64(6172500), int64(12345), int64(10001), "Examplia Mobile", "07", uint8(255))
	f.Add(int64(-1<<63), int64(1<<63-1), int64(-5), "\"\n\x1f", "\xf0\x9f", uint8(0))
	f.Fuzz(func(t *testing.T, cost, total, rx int64, a, b string, present uint8) {
		u := Usage{
			ID: value.ID(total), Start: total, End: rx, Cost: cost, Total: total, Rx: rx, Tx: cost,
			Organisation: value.Named{Name: a}, TrafficType: value.Described{ID: Data, Description: b},
			Currency: Currency{ID: 1, Code: a, Symbol: b}, IMSI: a, IMSIID: value.ID(rx),
		}
		places := money.VolumePlaces
		if present&1 != 0 {
			u.TrafficType.ID, places = SMS, 0
		}
		if present&2 != 0 {
			u.Operator = &Operator{ID: 7, Name: a, MNC: b, Country: Country{ID: 8, MCC: b, Name: a}}
		}
		if present&4 != 0 {
			u.Tariff = &Tariff{ID: 9, Name: b, Ratezone: &value.Named{ID: 10, Name: a}}
		}
		if present&8 != 0 {
			u.Endpoint, u.Balance = &Endpoint{ID: 11, Name: b}, &Balance{Amount: cost, Currency: u.Currency}
		}
		got := readUsage(t, appendNewUsage(nil, &u))

		a, b = valid(a), valid(b)
		exact(t, got.Cost, money.CostPlaces, cost)
		exact(t, got.Volume.Total, places, total)
		exact(t, got.Volume.Rx, places, rx)
		exact(t, got.Volume.Tx, places, cost)
		check := func(name string, want, got any) {
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
		}
		check("currency", Currency{ID: 1, Code: a, Symbol: b}, got.Currency)
		check("imsi", a == "", got.IMSI == nil)
		check("imsi_id", rx == 0, got.IMSIID == nil)
		check("present", present&14>>1, bits(got.Operator != nil, got.Tariff != nil, got.Endpoint != nil))
		if got.Operator != nil {
			check("operator", Operator{ID: 7, Name: a, MNC: b, Country: Country{ID: 8, MCC: b, Name: a}}, *got.Operator)
		}
		if got.Tariff != nil {
			check("tariff", b, got.Tariff.Name)
			check("ratezone", value.Named{ID: 10, Name: a}, *got.Tariff.Ratezone)
		}
		if got.Endpoint != nil {
			check("endpoint", b, got.Endpoint.Name)
			amount, err := money.Parse(got.Endpoint.Balance.Amount.String(), 6)
			if lost := cost - amount*10_000; err != nil || lost < 0 || lost >= 10_000 {
				t.Errorf("balance %d shown as %s", cost, got.Endpoint.Balance.Amount)
			}
		}
	})
}
