package format

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The keys of every object as they are published, in their order. Integrations rely on them: none is ever renamed, taken
// away or moved. A new one is added at the end of its object, and here.
const (
	eventKeysBefore = `id timestamp event_source{id name} event_severity{id description} event_type{id description}
		organisation{id name} user{id username name} alert description endpoint{id name ip_address tags imei}
		sim{id iccid msisdn production_date} imsi{id imsi import_date} detail{}`
	eventKeysNew = `id alert description detail{} endpoint{id imei ip_address name tags} event_severity{id description}
		event_source{id description} event_type{id description} imsi{id import_date imsi} organisation{id name}
		sim{iccid id msisdn production_date} timestamp user{id username name}`
	eventKeysKeen = `id alert description detail{} endpoint{id name} event_severity{id description} event_source{id name}
		event_type{id description} organisation{id name} sim{id iccid} timestamp user{id username name}`

	usageKeysBefore = `cost currency{id code symbol} end_timestamp endpoint{id imei ip_address name tags
		balance{amount last_updated expiry_date currency{id code symbol}}} id imsi imsi_id
		operator{id name mnc country{id mcc name}} organisation{id name} sim{iccid id msisdn production_date} start_timestamp
		tariff{id name ratezone{id name}} traffic_type{id name} volume{total rx tx}`
	usageKeysNew = `cost currency{id code symbol} end_timestamp endpoint{id imei ip_address name tags
		balance{amount last_updated expiry_date currency{id code symbol}}} id imsi imsi_id
		operator{id name mnc country{id mcc name}} organisation{id name} sim{iccid id msisdn production_date} start_timestamp
		tariff{id name ratezone{id name}} traffic_type{id description} volume{total rx tx}`
	usageKeysMigratedKeen = `cost id operator{id name mnc country{id mcc name}} organisation{id name}
		tariff{id name ratezone{id name}} traffic_type{id name}
		endpoint{id balance{amount last_updated expiry_date currency{id code symbol}}} volume{total rx tx} start_timestamp
		sim{id iccid} currency{id code symbol} end_timestamp`
	usageKeysOldKeen = `cost id operator{id name mnc country{id mcc name}} organisation{id name}
		tariff{id name ratezone{id name}} traffic_type{id name}
		endpoint{id balance{amount last_updated expiry_date currency{id code symbol}}} volume{total rx tx} start_timestamp
		keen{timestamp} sim{id iccid} currency{id code symbol} end_timestamp`
)

func TestKeys(t *testing.T) {
	e, u := sampleEvent(), sampleUsage()
	e.User, e.Detail = &User{ID: 1}, []byte(`{}`)
	for _, tt := range []struct {
		name         string
		encoding     Encoding
		event, usage string
	}{
		{"old", JSON(Old), eventKeysBefore, usageKeysBefore},
		{"migrated", JSON(Migrated), eventKeysBefore, usageKeysBefore},
		{"new", JSON(New), eventKeysNew, usageKeysNew},
		{"old keen", Keen(Old), eventKeysKeen, usageKeysOldKeen},
		{"migrated keen", Keen(Migrated), eventKeysKeen, usageKeysMigratedKeen},
		{"new keen", Keen(New), eventKeysNew, usageKeysNew},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(words(tt.event), keys(t, tt.encoding.Event(nil, &e))); diff != "" {
				t.Errorf("event: %s", diff)
			}
			if diff := cmp.Diff(words(tt.usage), keys(t, tt.encoding.Usage(nil, &u))); diff != "" {
				t.Errorf("usage: %s", diff)
			}
		})
	}
}

// words takes the line ends out of a list of keys.
func words(list string) string { return strings.Join(strings.Fields(list), " ") }

// keys lists the keys of a JSON object in their order, those of objects within it in braces.
func keys(t *testing.T, data []byte) string {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(data))
	if token, err := dec.Token(); err != nil || token != json.Delim('{') {
		t.Fatalf("%v, %v: %s", token, err, data)
	}
	return keysWithin(t, dec)
}

func keysWithin(t *testing.T, dec *json.Decoder) string {
	t.Helper()
	var list []string
	for {
		key, err := dec.Token()
		if err != nil {
			t.Fatal(err)
		}
		if key == json.Delim('}') {
			return strings.Join(list, " ")
		}
		name := key.(string)
		value, err := dec.Token()
		if err != nil {
			t.Fatal(err)
		}
		if value == json.Delim('{') {
			name += "{" + keysWithin(t, dec) + "}"
		}
		list = append(list, name)
	}
}

// Of absent entities Migrated and New say null, each under its key; Old leaves out these keys and no others.
func TestAbsentRoots(t *testing.T) {
	e, u := sampleEvent(), sampleUsage()
	eventCases()["event_only_the_organisation"](&e)
	usageCases()["usage_nothing_known"](&u)
	for _, tt := range []struct {
		shape        func(int64) Encoding
		name         string
		event, usage string // what is absent
		newEvent     string // the same, as New orders it
	}{
		{JSON, "json", "user endpoint sim imsi detail", "endpoint imsi imsi_id operator sim tariff", "detail endpoint imsi sim user"},
		{Keen, "keen", "detail endpoint sim user", "operator tariff endpoint sim", "detail endpoint imsi sim user"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			check := func(what, want, got string) {
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s: %s", what, diff)
				}
			}
			event, usage := tt.shape(Migrated).Event(nil, &e), tt.shape(Migrated).Usage(nil, &u)
			check("Migrated event", tt.event, nulls(t, event))
			check("Migrated usage", tt.usage, nulls(t, usage))
			old := strings.Replace(keys(t, tt.shape(Old).Usage(nil, &u)), " keen{timestamp}", "", 1)
			check("Old event", without(keys(t, event), tt.event), keys(t, tt.shape(Old).Event(nil, &e)))
			check("Old usage", without(keys(t, usage), tt.usage), old)
			check("New event", tt.newEvent, nulls(t, tt.shape(New).Event(nil, &e)))
			check("New usage", "endpoint imsi imsi_id operator sim tariff", nulls(t, tt.shape(New).Usage(nil, &u)))
		})
	}
}

// nulls lists the keys of the record itself whose value is null, in their order.
func nulls(t *testing.T, data []byte) string {
	t.Helper()
	var values map[string]any
	if err := json.Unmarshal(data, &values); err != nil {
		t.Fatal(err)
	}
	var list []string
	for key := range strings.FieldsSeq(keys(t, data)) {
		if value, ok := values[key]; ok && value == nil {
			list = append(list, key)
		}
	}
	return strings.Join(list, " ")
}

func without(keys, list string) string {
	gone := strings.Fields(list)
	return strings.Join(slices.DeleteFunc(strings.Fields(keys), func(key string) bool { return slices.Contains(gone, key) }), " ")
}
