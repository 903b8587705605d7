package format

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/simstead/simstead/internal/value"
)

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
	buf := make([]byte, 0, 8192)
	for name, generation := range generations() {
		for _, s := range shapes() {
			encoding := s.encoding(generation)
			for which, change := range eventCases() {
				e := sampleEvent()
				change(&e)
				if n := testing.AllocsPerRun(20, func() { encoding.Event(buf, &e) }); n != 0 {
					t.Errorf("%s %s %s: %v allocations", name, s.name, which, n)
				}
			}
			for which, change := range usageCases() {
				u := sampleUsage()
				change(&u)
				if n := testing.AllocsPerRun(20, func() { encoding.Usage(buf, &u) }); n != 0 {
					t.Errorf("%s %s %s: %v allocations", name, s.name, which, n)
				}
			}
		}
	}
}

func BenchmarkEvent(b *testing.B) {
	e := sampleEvent()
	benchmark(b, func(c Encoding, buf []byte) []byte { return c.Event(buf, &e) })
}

func BenchmarkUsage(b *testing.B) {
	u := sampleUsage()
	benchmark(b, func(c Encoding, buf []byte) []byte { return c.Usage(buf, &u) })
}

func benchmark(b *testing.B, write func(Encoding, []byte) []byte) {
	b.Helper()
	for name, generation := range generations() {
		for _, s := range shapes() {
			b.Run(s.name+"/"+name, func(b *testing.B) {
				encoding, buf := s.encoding(generation), make([]byte, 0, 4096)
				b.ReportAllocs()
				for b.Loop() {
					buf = write(encoding, buf[:0])
				}
				b.SetBytes(int64(len(buf)))
			})
		}
	}
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
