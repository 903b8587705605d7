package datadog_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/simstead/simstead/internal/stream/format"
	"github.com/simstead/simstead/internal/value"
)

func text(s string) *string { return &s }

func micros(t *testing.T, s string) int64 {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at.UnixMicro()
}

// The records of the published formats' samples, as Datadog gets them in each generation. testdata is reviewed by hand and
// never written by a test; it is indented, what is sent is not.
func TestGolden(t *testing.T) {
	endpoint := &format.Endpoint{ID: 880012, Name: "buoy-17", IPAddress: text("100.64.3.17"), IMEI: text("3567890123456789")}
	sim := &format.SIM{ID: 550031, ICCID: "8988303000001234567", MSISDN: text("423663900000017"), ProductionDate: micros(t, "2020-02-11T09:30:00Z")}
	e := &format.Event{
		ID: 504411870021, Time: micros(t, "2021-09-14T06:15:42Z"), Description: "PDP Context deleted.",
		Detail: []byte(`{"id":11,"name":"Examplia Mobile"}`), Type: value.Described{ID: 5, Description: "Delete PDP Context"},
		Severity: value.Described{Description: "INFO"}, Source: value.Described{Description: "Network"},
		Organisation: value.Named{ID: 4711, Name: "Harbour Sensors"}, Endpoint: endpoint, SIM: sim,
		IMSI: &format.IMSI{ID: 660044, IMSI: "901430000000017", ImportDate: micros(t, "2020-02-11T09:29:12Z")},
	}
	u := &format.Usage{
		ID: 1622007001917, Start: micros(t, "2021-09-14T05:58:03Z"), End: micros(t, "2021-09-14T06:15:42Z"), Cost: 6172500,
		Total: 12345, Rx: 10001, Tx: 2344, Organisation: e.Organisation, TrafficType: value.Described{ID: format.Data, Description: "Data"},
		Currency: format.Currency{ID: 1, Code: "EUR", Symbol: "€"}, Endpoint: endpoint, SIM: sim,
		Operator: &format.Operator{ID: 11, Name: "Examplia Mobile", MNC: "07", Country: format.Country{ID: 74, MCC: "262", Name: "Germany"}},
	}
	for name, generation := range map[string]int64{"old": format.Old, "migrated": format.Migrated, "new": format.New} {
		encoding := destination("").Encoding(generation)
		golden(t, name+"_event.json", encoding.Event(nil, e))
		golden(t, name+"_usage.json", append(append([]byte{'['}, encoding.Usage(nil, u)...), ']'))
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	want, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Error(err)
	}
	var indented, compact bytes.Buffer
	if err := json.Indent(&indented, got, "", "  "); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), indented.String()+"\n"); diff != "" {
		t.Errorf("%s: %s", name, diff)
	}
	if err := json.Compact(&compact, got); err != nil || compact.String() != string(got) {
		t.Errorf("%s is not compact: %v", name, err)
	}
}
