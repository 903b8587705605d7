package format

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/simstead/simstead/internal/money"
	"github.com/simstead/simstead/internal/value"
)

// Whatever is in a record, each generation's JSON and CSV read the same, with blanks in Old for what is not ASCII.
func TestEventsReadTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := drawEvent(t)
		for _, generation := range generations() {
			r := eventRecord(&e)
			checkCSV(t, r, generation, Header(generation, EventKind), CSV(generation).Event(nil, &e), eventColumns())
			if e.Detail != nil {
				r.object("detail", record{"k": text(detailText(e.Detail))})
			}
			checkJSON(t, r, generation, JSON(generation).Event(nil, &e))
			if generation != New {
				r.keep("endpoint", "id", "name")
				r.keep("sim", "id", "iccid")
				r.drop("imsi")
			}
			checkJSON(t, r, generation, Keen(generation).Event(nil, &e))
		}
	})
}

func TestUsageReadsTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u := drawUsage(t)
		for _, generation := range generations() {
			r := usageRecord(&u)
			checkCSV(t, r, generation, Header(generation, UsageKind), CSV(generation).Usage(nil, &u), usageColumns())
			checkJSON(t, r, generation, JSON(generation).Usage(nil, &u))
			if generation != New {
				r.keep("endpoint", "id", "balance")
				r.keep("sim", "id", "iccid")
				r.drop("imsi")
				r.drop("imsi_id")
			}
			if generation == Old {
				r["keen.timestamp"] = r["start_timestamp"]
				if u.Balance == nil {
					delete(r, "endpoint.balance")
				} else if u.Balance.ExpiryDate == 0 {
					delete(r, "endpoint.balance.expiry_date")
				}
			}
			checkJSON(t, r, generation, Keen(generation).Usage(nil, &u))
		}
	})
}

// keep takes all but some fields of an object away.
func (r record) keep(object string, fields ...string) {
paths:
	for path := range r {
		rest, within := strings.CutPrefix(path, object+".")
		for _, field := range fields {
			if rest == field || strings.HasPrefix(rest, field+".") {
				continue paths
			}
		}
		if within {
			delete(r, path)
		}
	}
}

// drop takes a key of the record itself away, with what is in it.
func (r record) drop(key string) {
	r.keep(key)
	delete(r, key)
}

// checkJSON reads a JSON object and compares every key of it, at any depth.
func checkJSON(t *rapid.T, r record, generation int64, data []byte) {
	t.Helper()
	want := map[string]any{}
	for path := range r {
		field := r.read(path, generation)
		if generation == Old && field == nil && !strings.Contains(path, ".") && !strings.HasSuffix(path, "timestamp") {
			continue // an entity that is absent
		}
		if generation != New && (path == "event_source.description" || path == "traffic_type.description") {
			path = strings.Replace(path, "description", "name", 1)
		}
		want[path] = field
	}
	dec := json.NewDecoder(strings.NewReader(string(data)))
	dec.UseNumber()
	var object map[string]any
	if err := dec.Decode(&object); err != nil || dec.More() || strings.ContainsAny(string(data), "\n\r") {
		t.Fatalf("%v: not one line of JSON: %q", err, data)
	}
	got := map[string]any{}
	flatten(got, "", object)
	for path, field := range got {
		if n, ok := field.(json.Number); ok {
			got[path] = number(t, n.String(), want[path])
		}
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(decimal{})); diff != "" {
		t.Fatalf("generation %d: %s\n%s", generation, diff, data)
	}
}

func flatten(into map[string]any, prefix string, object map[string]any) {
	for key, field := range object {
		if within, ok := field.(map[string]any); ok {
			flatten(into, prefix+key+".", within)
		} else {
			into[prefix+key] = field
		}
	}
}

// number reads a number with as many places as the wanted one has.
func number(t *rapid.T, written string, want any) any {
	t.Helper()
	w, _ := want.(decimal)
	n, err := money.Parse(written, w.places)
	if err != nil {
		t.Fatalf("%s: %v", written, err)
	}
	return decimal{n, w.places}
}

// checkCSV reads a file with one row and compares every column. Old names have no pattern; those of New are the paths.
func checkCSV(t *rapid.T, r record, generation int64, head string, row []byte, before map[string]string) {
	t.Helper()
	rows := readCSV(t, head+string(row))
	if len(rows) != 2 {
		t.Fatalf("%d lines: %q", len(rows), row)
	}
	paths := map[string]string{}
	for path := range r {
		paths[strings.ReplaceAll(path, ".", "_")] = path
	}
	for i, column := range rows[0] {
		path := paths[column]
		if other, ok := before[column]; ok && generation != New {
			path = other
		}
		var want string
		switch field := r.read(path, generation).(type) {
		case string:
			want = strings.ReplaceAll(field, "\r\n", "\n") // as encoding/csv reads it
		case bool:
			want = strconv.FormatBool(field)
		case decimal:
			if got := number(t, rows[1][i], field); got != field {
				t.Fatalf("generation %d, %s: %v, want %v: %s", generation, column, got, field, row)
			}
			continue
		}
		if rows[1][i] != want {
			t.Fatalf("generation %d, %s: %q, want %q: %s", generation, column, rows[1][i], want, row)
		}
	}
}

func eventColumns() map[string]string {
	return map[string]string{"msisdn_msisdn": "sim.msisdn", "event_source_name": "event_source.description"}
}

func usageColumns() map[string]string {
	return map[string]string{
		"event_start_timestamp": "start_timestamp", "event_stop_timestamp": "end_timestamp", "iccid": "sim.iccid",
		"country_id": "operator.country.id", "country_mcc": "operator.country.mcc", "operator_mncs": "operator.mnc",
		"volume": "volume.total", "ratezone_tariff_id": "tariff.id", "ratezone_tariff_name": "tariff.name",
		"ratezone_id": "tariff.ratezone.id", "ratezone_name": "tariff.ratezone.name", "msisdn_msisdn": "sim.msisdn",
	}
}

func described(t *rapid.T, name string) value.Described {
	return value.Described{ID: drawID(t, name), Description: drawText(t, name)}
}

func named(t *rapid.T, name string) value.Named {
	return value.Named{ID: drawID(t, name), Name: drawText(t, name)}
}
