package network

import (
	"strings"
	"testing"
)

const (
	countryHeader  = "id,name,country_code,mcc,iso_code,latitude,longitude\n"
	currencyHeader = "id,code,symbol,name,digits\n"
	operatorHeader = "id,name,country_id,mnc,tapcodes\n"
	germany        = "3,Germany,49,262,de,51.5,10.5\n"
	euro           = "1,EUR,€,Euro,2\n"
	telekom        = "5,Telekom,3,26201,DEUD1\n"
)

func TestMalformedRowsAreNamed(t *testing.T) {
	tests := []struct{ name, countries, currencies, operators, want string }{
		{"empty file", "", "", "", "countries.csv:1: EOF"},
		{"other columns", "id,title,country_code,mcc,iso_code,latitude,longitude\n", "", "", "countries.csv:1: columns"},
		{"missing field", countryHeader + germany + "4,France\n", "", "", "countries.csv:3: wrong number of fields"},
		{"open quote", countryHeader + "3,\"Germany,49,262,de,51.5,10.5\n", "", "", "countries.csv:2: extraneous or missing"},
		{"not UTF-8", countryHeader + "3,\xff,49,262,de,51.5,10.5\n", "", "", "countries.csv:2: field"},
		{"id no number", countryHeader + "x,Germany,49,262,de,51.5,10.5\n", "", "", "countries.csv:2: read id"},
		{"id zero", countryHeader + "0,Germany,49,262,de,51.5,10.5\n", "", "", "countries.csv:2: id 0 after 0"},
		{"id twice", countryHeader + germany + "3,France,33,208,fr,46,2\n", "", "", "countries.csv:3: id 3 after 3"},
		{"line after a field of two lines", countryHeader + "1,\"A\nB\",1,310,us,1,1\n1,C,1,310,uz,1,1\n", "", "", "countries.csv:4: id 1 after 1"},
		{"country without name", countryHeader + "3,,49,262,de,51.5,10.5\n", "", "", "countries.csv:2: name is empty"},
		{"dial code", countryHeader + "3,Germany,+49,262,de,51.5,10.5\n", "", "", "countries.csv:2: country_code"},
		{"long dial code", countryHeader + "3,Germany,4949494,262,de,51.5,10.5\n", "", "", "countries.csv:2: country_code"},
		{"mcc", countryHeader + "3,Germany,49,26,de,51.5,10.5\n", "", "", "countries.csv:2: mcc"},
		{"iso code", countryHeader + "3,Germany,49,262,DE,51.5,10.5\n", "", "", "countries.csv:2: iso_code"},
		{"iso code twice", countryHeader + germany + "4,Germany,49,262,de,51.5,10.5\n", "", "", `countries.csv:3: iso_code "de" is there twice`},
		{"latitude", countryHeader + "3,Germany,49,262,de,91,10.5\n", "", "", "countries.csv:2: read latitude"},
		{"latitude NaN", countryHeader + "3,Germany,49,262,de,NaN,10.5\n", "", "", "countries.csv:2: read latitude"},
		{"one coordinate", countryHeader + "3,Germany,49,262,de,51.5,\n", "", "", "countries.csv:2: read longitude"},
		{"currency code", countryHeader, currencyHeader + "1,EU,€,Euro,2\n", "", "currencies.csv:2: code"},
		{"currency code twice", countryHeader, currencyHeader + euro + "2,AED,x,Dirham,2\n3,AED,x,Dirham,2\n", "", `currencies.csv:4: code "AED" is there twice`},
		{"EUR is not 1", countryHeader, currencyHeader + "2,EUR,€,Euro,2\n", "", "currencies.csv:2: id 2 for EUR"},
		{"1 is not EUR", countryHeader, currencyHeader + "1,USD,$,US Dollar,2\n", "", "currencies.csv:2: id 1 for USD"},
		{"currency without symbol", countryHeader, currencyHeader + "1,EUR,,Euro,2\n", "", "currencies.csv:2: symbol or name"},
		{"digits", countryHeader, currencyHeader + "1,EUR,€,Euro,5\n", "", "currencies.csv:2: digits"},
		{"operator without name", countryHeader + germany, currencyHeader, operatorHeader + "5,,3,26201,\n", "operators.csv:2: name is empty"},
		{"country no number", countryHeader + germany, currencyHeader, operatorHeader + "5,T,de,26201,\n", "operators.csv:2: read country_id"},
		{"unknown country", countryHeader + germany, currencyHeader, operatorHeader + "5,T,4,26201,\n", "operators.csv:2: there is no country 4"},
		{"short PLMN", countryHeader + germany, currencyHeader, operatorHeader + "5,T,3,2620,\n", `operators.csv:2: PLMN "2620"`},
		{"PLMN of no MCC", countryHeader + germany, currencyHeader, operatorHeader + "5,T,3,02620,\n", `operators.csv:2: PLMN "02620"`},
		{"empty PLMN", countryHeader + germany, currencyHeader, operatorHeader + "5,T,3,26201|,\n", `operators.csv:2: PLMN ""`},
		{"PLMN of two", countryHeader + germany, currencyHeader, operatorHeader + telekom + "6,V,3,26201,\n", "operators.csv:3: PLMN 26201 is operator 5's already"},
		{"TAP code", countryHeader + germany, currencyHeader, operatorHeader + "5,T,3,26201,DEu1\n", `operators.csv:2: TAP code "DEu1"`},
		{"TAP code with a sign", countryHeader + germany, currencyHeader, operatorHeader + "5,T,3,26201,-DEU1\n", `operators.csv:2: TAP code "-DEU1"`},
		{"TAP code of two", countryHeader + germany, currencyHeader, operatorHeader + telekom + "6,V,3,26202,DEUD1\n", "operators.csv:3: TAP code DEUD1 is operator 5's already"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := parse([]byte(tt.countries), []byte(tt.currencies), []byte(tt.operators))
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("error is %v, want %s...", err, tt.want)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add(countryHeader+germany, currencyHeader+euro, operatorHeader+telekom)
	f.Add(countryHeader+"3,\"a\n\",,,xt,,\n", currencyHeader, operatorHeader+"5,T,3,00101|001001|310410,AAA00|ZZZZZ\n")
	f.Fuzz(func(t *testing.T, countries, currencies, operators string) {
		d, err := parse([]byte(countries), []byte(currencies), []byte(operators))
		if err != nil {
			return
		}
		networks, ids := 0, map[int64]bool{}
		for _, o := range d.Operators {
			networks += len(o.MNC)
			for _, m := range o.MNC {
				ids[m.ID] = true
			}
		}
		if len(ids) != networks || len(d.ByPLMN()) != networks {
			t.Errorf("%d networks, %d ids, %d PLMNs", networks, len(ids), len(d.ByPLMN()))
		}
	})
}
