package account

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
)

func TestOrganisation(t *testing.T) {
	each(t, func(w *world) {
		got := Organisation{}
		w.must(w.db.Read(w.Context(), func(q db.Queryer) (err error) { got, err = Get(q, w.enterprise); return err }))
		want := Organisation{
			ID: w.enterprise, Parent: w.reseller, Type: Enterprise, Name: "Fleet", Currency: euro, TimeZone: "UTC",
			Created: w.at.Clock().Micros(),
		}
		if diff := cmp.Diff(want, got); diff != "" {
			w.Error(diff)
		}
		err := w.db.Read(w.Context(), func(q db.Queryer) error { _, err := Get(q, 999); return err })
		if !fault.Is(err, fault.InvalidReference) {
			w.Errorf("missing: %v", err)
		}
		for name, o := range map[string]Organisation{
			"no name":               {Type: Operator},
			"blank name":            {Type: Operator, Name: "  "},
			"control character":     {Type: Operator, Name: "a\x00b"},
			"long name":             {Type: Operator, Name: strings.Repeat("x", 256)},
			"no such type":          {Type: 4, Name: "x"},
			"operator below":        {Type: Operator, Name: "x", Parent: w.operator},
			"enterprise at the top": {Type: Enterprise, Name: "x"},
			"below an enterprise":   {Type: Enterprise, Name: "x", Parent: w.enterprise},
			"reseller in reseller":  {Type: Reseller, Name: "x", Parent: w.reseller},
			"no such parent":        {Type: Enterprise, Name: "x", Parent: 999},
			"no such country":       {Type: Operator, Name: "x", Country: 999},
			"no such currency":      {Type: Operator, Name: "x", Currency: 999},
			"no such time zone":     {Type: Operator, Name: "x", TimeZone: "Mars/Olympus"},
			"the machine's zone":    {Type: Operator, Name: "x", TimeZone: "Local"},
			"a path":                {Type: Operator, Name: "x", TimeZone: "../../etc/passwd"},
		} {
			if _, err := CreateOrganisation(w.Context(), w.db, w.at.Clock(), o); !fault.Is(err, fault.InputValidationFailed) {
				w.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestDescendant(t *testing.T) {
	each(t, func(w *world) {
		for _, c := range []struct {
			name                   string
			ancestor, organisation int64
			want                   bool
		}{
			{"child", w.operator, w.reseller, true},
			{"grandchild", w.operator, w.enterprise, true},
			{"parent", w.reseller, w.operator, false},
			{"itself", w.reseller, w.reseller, false},
			{"nephew", w.reseller, w.other, false},
			{"nobody", 0, w.operator, false},
			{"missing", w.operator, 999, false},
		} {
			var got bool
			w.must(w.db.Read(w.Context(), func(q db.Queryer) (err error) { got, err = Descendant(q, c.ancestor, c.organisation); return err }))
			if got != c.want {
				w.Errorf("%s: %v", c.name, got)
			}
		}
	})
}

func TestMy(t *testing.T) {
	each(t, func(w *world) {
		w.write(func(tx *db.Tx) error {
			_, err := tx.Exec(`UPDATE organisation SET country_id = 49, monthly_cost_limit = 15000000000, created = 1595246829000000 WHERE id = $1`, w.enterprise)
			return err
		})
		var my My
		w.must(w.db.Read(w.Context(), func(q db.Queryer) (err error) { my, err = GetMy(q, w.enterprise); return err }))
		got, err := json.Marshal(my)
		w.must(err)
		want := `{"id":3,"name":"Fleet","organisation_type_id":"3","country_id":"49","organisation_status_id":"0","ext_reference":"",` +
			`"monthly_cost_limit":"1.5","currency_id":1,"organisation_class_id":0,"created":"2020-07-20T12:07:09.000+0000",` +
			`"verification_type_id":null,"verification":"","brand_id":null,"default_sms_routing_id":null}`
		if diff := cmp.Diff(want, string(got)); diff != "" {
			w.Error(diff)
		}
	})
}

func TestUser(t *testing.T) {
	each(t, func(w *world) {
		for name, c := range map[string]struct {
			user User
			code fault.Code
		}{
			"taken":             {User{Organisation: w.enterprise, Username: "a@fleet.example", Role: RoleUser}, fault.Duplicated},
			"no address":        {User{Organisation: w.enterprise, Username: "fleet", Role: RoleUser}, fault.InputValidationFailed},
			"address with name": {User{Organisation: w.enterprise, Username: "A <a@fleet.example>", Role: RoleUser}, fault.InputValidationFailed},
			"no such role":      {User{Organisation: w.enterprise, Username: "b@fleet.example", Role: 4}, fault.InputValidationFailed},
			"no organisation":   {User{Organisation: 999, Username: "b@fleet.example", Role: RoleUser}, fault.InvalidReference},
		} {
			if _, err := CreateUser(w.Context(), w.db, w.at.Clock(), c.user); !fault.Is(err, c.code) {
				w.Errorf("%s: %v", name, err)
			}
		}
	})
}
