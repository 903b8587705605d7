package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/balance"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/rest"
)

func balanceOps(a *API, r *rest.API) { a.balanceRoutes(r) }

// controls remembers what is to be judged anew.
type controls struct {
	told    []string
	blocked string
}

func (c *controls) note(format string, args ...any) {
	c.told = append(c.told, fmt.Sprintf(format, args...))
}

func (c *controls) Recheck(organisation int64, endpoints ...int64) {
	c.note("%d %v", organisation, endpoints)
}
func (c *controls) RecheckProfile(organisation, profile int64) {
	c.note("%d service profile %d", organisation, profile)
}
func (c *controls) RecheckTariffProfile(organisation, profile int64) {
	c.note("%d tariff profile %d", organisation, profile)
}
func (c *controls) RecheckOrganisation(organisation int64) { c.note("%d", organisation) }
func (c *controls) CatalogueChanged(_ context.Context, organisations ...int64) error {
	c.note("catalogue %v", organisations)
	return nil
}
func (c *controls) DefinitionChanged(_ context.Context, definition int64, organisations ...int64) error {
	c.note("definition %d %v", definition, organisations)
	return nil
}
func (c *controls) Disconnect(organisation, endpoint int64) {
	c.note("%d end %d", organisation, endpoint)
}

func (c *controls) Blocked(context.Context, int64, int64) (string, error) { return c.blocked, nil }

// controlled lets a fixture's changes be handed on, and returns to whom.
func (f *fixture) controlled() *controls {
	c := &controls{}
	f.api.Control = c
	return c
}

// takes returns what was told since the last time.
func (c *controls) takes() []string {
	told := c.told
	c.told = nil
	return told
}

func (f *fixture) ok(method, path, body string, status int) {
	f.t.Helper()
	if got := f.send(method, path, body); got.status != status || got.body != "" || got.header.Get("Location") != "" {
		f.t.Fatalf("%s %s: %d %s", method, path, got.status, got.body)
	}
}

// books checks that the entries of a balance add up to what was credited, and that this less what was debited is left.
func (f *fixture) books(table string, endpoint int64) {
	f.t.Helper()
	where := fmt.Sprintf(` FROM %s WHERE organisation_id = %d`, table, f.enterprise)
	if endpoint != 0 {
		where += fmt.Sprintf(` AND endpoint_id = %d`, endpoint)
	}
	entries := f.one(`SELECT CAST(COALESCE(SUM(amount), 0) AS TEXT) FROM balance_entry WHERE organisation_id = $1 AND endpoint_id = $2`, f.enterprise, endpoint)
	if got := f.one(`SELECT CAST(credited AS TEXT)` + where); got != entries {
		f.t.Errorf("credited %s, entries %s", got, entries)
	}
	if got := f.one(`SELECT CAST(amount - credited + debited AS TEXT)` + where); got != "0" {
		f.t.Errorf("the balance is off by %s", got)
	}
}

func TestEndpointBalance(t *testing.T) {
	onEach(t, balanceOps, func(f *fixture) {
		f.device(f.enterprise, 11, "meter", nil, "8988303000000000011", "901430000000011")
		control := f.controlled()
		const path = "/v1/endpoint/11/balance"
		shows := func(amount, updated, expiry, auto, last string) {
			f.t.Helper()
			var got any
			f.get(path).into(f.t, 200, &got)
			same(f.t, got, fmt.Sprintf(`{"amount": %s, `+euro+`, "last_updated": %s, "expiry_date": %s, "auto_reset": %s, "last_loaded_amount": %s}`,
				amount, updated, expiry, auto, last))
		}
		shows("0", "null", "null", "false", "0")
		f.ok(http.MethodDelete, path, "", 204) // it is empty: nothing happens
		if n := f.one(`SELECT CAST(COUNT(*) AS TEXT) FROM balance_entry`); n != "0" {
			f.t.Errorf("%s entries", n)
		}
		control.takes()

		const now, expiry = `"2026-11-15T12:00:30.000+0000"`, `"2026-12-15T00:00:00.000+0000"`
		f.ok(http.MethodPost, path, `{"amount": "10.5", "expiry_date": "2026-12-15 00:00:00", "currency": {"id": 1.0, "code": "EUR"}, "auto_reset": true}`, 201)
		shows("10.5", now, expiry, "true", "10.5")
		f.ok(http.MethodPost, path, `{"amount": -0.000001, "expiry_date": "2026-12-15T00:00:00.000+0000"}`, 201)
		shows("10.499999", now, expiry, "true", "10.5")
		if got := control.takes(); !slices.Equal(got, []string{fmt.Sprint(f.enterprise, " [11]"), fmt.Sprint(f.enterprise, " [11]")}) {
			f.t.Errorf("told %v", got)
		}
		f.books("endpoint_balance", 11)

		// Use that costs less than is shown makes the shown amount smaller, never larger than there is.
		f.write(f.enterprise, func(tx *db.Tx) error {
			b, err := balance.Get(tx, f.enterprise, 11)
			if err != nil {
				return err
			}
			b.Debit(25_000_000_001, f.clock.Clock().Micros())
			return balance.Store(tx, []balance.Balance{*b})
		})
		shows("7.999998", now, expiry, "true", "10.5")

		// Half an hour before midnight UTC the month ends in Berlin: the last load is back. Looking writes nothing.
		f.clock.Advance(time.Date(2026, 11, 30, 23, 30, 0, 0, time.UTC).Sub(began))
		shows("10.5", `"2026-11-30T23:00:00.000+0000"`, expiry, "true", "10.5")
		if n := f.one(`SELECT CAST(COUNT(*) AS TEXT) FROM balance_entry`); n != "2" {
			f.t.Errorf("%s entries", n)
		}
		f.ok(http.MethodPost, path, `{"amount": 1, "expiry_date": "2026-12-15T00:00:00.000+0000", "auto_reset": false}`, 201)
		shows("11.5", `"2026-11-30T23:30:00.000+0000"`, expiry, "false", "1")
		f.books("endpoint_balance", 11)

		// What is left at the expiry lapses.
		f.clock.Advance(15 * 24 * time.Hour)
		shows("0", expiry, expiry, "false", "1")
		f.ok(http.MethodPost, path, `{"amount": 3, "expiry_date": "2027-01-01T00:00:00Z"}`, 201)
		shows("3", `"2026-12-15T23:30:00.000+0000"`, `"2027-01-01T00:00:00.000+0000"`, "false", "3")
		f.ok(http.MethodDelete, path, "", 204)
		shows("0", `"2026-12-15T23:30:00.000+0000"`, "null", "false", "0")
		f.books("endpoint_balance", 11)
		var kinds []string
		f.must(f.db.Read(f.t.Context(), func(q db.Queryer) (err error) {
			kinds, err = db.All(q, db.Text, `SELECT kind || ' ' || CAST(user_id AS TEXT) FROM balance_entry ORDER BY id`)
			return err
		}))
		var listed []struct{ Type struct{ Description string } }
		f.get(path+"/transaction").into(f.t, 200, &listed)
		if len(listed) != 7 || listed[0].Type.Description != "Reset" || listed[2].Type.Description != "Expiry" || listed[4].Type.Description != "Monthly reset" {
			f.t.Errorf("listed %v", listed)
		}
		if got := strings.Join(kinds, ", "); got != "load 77, load 77, auto_reset 0, load 77, expiry 0, load 77, reset 77" {
			f.t.Errorf("entries %s", got)
		}
	})
}

func TestEndpointBalanceInAnotherCurrency(t *testing.T) {
	onEach(t, balanceOps, func(f *fixture) {
		f.device(f.enterprise, 11, "meter", nil, "8988303000000000011", "901430000000011")
		const path, load = "/v1/endpoint/11/balance", `{"amount": 1, "expiry_date": "2027-01-01T00:00:00Z"}`
		f.ok(http.MethodPost, path, load, 201)
		f.exec(`UPDATE organisation SET currency_id = 2 WHERE id = $1`, f.enterprise)
		f.send(http.MethodPost, path, load).fails(f.t, 409, 1406)
		f.ok(http.MethodDelete, path, "", 204)
		f.ok(http.MethodPost, path, load, 201)
		var got struct {
			Amount   float64
			Currency struct{ ID int }
		}
		if f.get(path).into(f.t, 200, &got); got.Amount != 1 || got.Currency.ID != 2 {
			f.t.Errorf("got %+v", got)
		}
		f.books("endpoint_balance", 11)
	})
}

func TestEndpointBalanceRefuses(t *testing.T) {
	onEach(t, balanceOps, func(f *fixture) {
		f.device(f.enterprise, 11, "meter", nil, "8988303000000000011", "901430000000011")
		f.device(f.other, 13, "foreign", nil, "8988303000000000037", "901430000000013")
		control := f.controlled()
		const path = "/v1/endpoint/11/balance"
		for name, body := range map[string]string{
			"nothing": `{}`, "no amount": `{"expiry_date": "2027-01-01T00:00:00Z"}`, "no expiry": `{"amount": 1}`,
			"amount null":  `{"amount": null, "expiry_date": "2027-01-01T00:00:00Z"}`,
			"seven places": `{"amount": 0.0000001, "expiry_date": "2027-01-01T00:00:00Z"}`, "word": `{"amount": "much", "expiry_date": "2027-01-01T00:00:00Z"}`,
			"too much": `{"amount": 922337203.7, "expiry_date": "2027-01-01T00:00:00Z"}`, "past": `{"amount": 1, "expiry_date": "2026-11-15T12:00:30Z"}`,
			"no date": `{"amount": 1, "expiry_date": "soon"}`, "other currency": `{"amount": 1, "expiry_date": "2027-01-01T00:00:00Z", "currency": {"id": 2}}`,
		} {
			f.t.Run(name, func(t *testing.T) { f.send(http.MethodPost, path, body).fails(t, 422, 1400) })
		}
		f.send(http.MethodPost, path, `{`).fails(f.t, 400, 1000)
		const load = `{"amount": 900000000, "expiry_date": "2027-01-01T00:00:00Z"}`
		for _, path := range []string{"/v1/endpoint/13/balance", "/v1/endpoint/99/balance"} {
			f.get(path).fails(f.t, 404, 1401)
			f.get(path+"/transaction").fails(f.t, 404, 1401)
			f.send(http.MethodPost, path, load).fails(f.t, 404, 1401)
			f.send(http.MethodDelete, path, "").fails(f.t, 404, 1401)
		}
		if got := control.takes(); len(got) > 0 {
			f.t.Errorf("told %v", got)
		}
		f.ok(http.MethodPost, path, load, 201)
		f.send(http.MethodPost, path, load).fails(f.t, 422, 1400) // the sum is too large
		observer := fmt.Sprintf("%d-3-3", f.enterprise)
		f.call(observer, http.MethodPost, path, load).fails(f.t, 403, 1104)
		f.call(observer, http.MethodDelete, path, "").fails(f.t, 403, 1104)
		f.books("endpoint_balance", 11)
	})
}

func TestOrganisationBalance(t *testing.T) {
	onEach(t, balanceOps, func(f *fixture) {
		control := f.controlled()
		path := fmt.Sprintf("/v1/organisation/%d/balance", f.enterprise)
		reseller := f.token(f.reseller) + "-88"
		post := func(body string) answer { return f.call(reseller, http.MethodPost, path, body) }
		shows := func(amount, updated, prepaid string) {
			f.t.Helper()
			for _, answer := range []answer{f.get("/v1/organisation/my/balance"), f.get(path), f.call(reseller, http.MethodGet, path, "")} {
				var got any
				answer.into(f.t, 200, &got)
				same(f.t, got, fmt.Sprintf(`{"amount": %s, `+euro+`, "last_updated": %s, "prepaid": %s}`, amount, updated, prepaid))
			}
		}
		shows("0", "null", "false")
		post(`{"amount": 5, "type": {"id": 3}}`).fails(f.t, 409, 1406) // not prepaid yet
		f.call(reseller, http.MethodDelete, path, "").fails(f.t, 409, 1406)
		version := f.one(`SELECT CAST(config_version AS TEXT) FROM organisation_head WHERE organisation_id = $1`, f.enterprise)
		if got := post(`{"amount": 20.25, "external_payment_identifier": "P-1", "payment_option": {"id": 4}}`); got.status != 201 || got.body != "" {
			f.t.Errorf("got %d %s", got.status, got.body)
		}
		if now := f.one(`SELECT CAST(config_version AS TEXT) FROM organisation_head WHERE organisation_id = $1`, f.enterprise); now == version {
			f.t.Error("nobody hears that the organisation is prepaid")
		}
		const now = `"2026-11-15T12:00:30.000+0000"`
		shows("20.25", now, "true")
		if got := post(`{"amount": "-0.25", "type": {"id": "3"}}`); got.status != 201 {
			f.t.Errorf("got %d %s", got.status, got.body)
		}
		shows("20", now, "true")
		if got := f.call(reseller, http.MethodDelete, path, ""); got.status != 204 {
			f.t.Errorf("got %d %s", got.status, got.body)
		}
		shows("0", now, "true")
		if got := post(`{"amount": 1}`); got.status != 201 {
			f.t.Errorf("got %d %s", got.status, got.body)
		}
		if got := post(`{"type": {"id": 2}}`); got.status != 201 {
			f.t.Errorf("got %d %s", got.status, got.body)
		}
		shows("0", now, "true")
		f.books("organisation_account", 0)
		if got := control.takes(); len(got) != 5 || got[0] != fmt.Sprint(f.enterprise) {
			f.t.Errorf("told %v", got)
		}

		var list []map[string]any
		f.get(path+"/transaction").into(f.t, 200, &list)
		if len(list) != 5 {
			f.t.Fatalf("%d transactions", len(list))
		}
		first := list[4]
		delete(first, "id")
		same(f.t, any(first), `{"date": `+now+`, "type": {"id": 1, "description": "Top-up"}, "amount": 20.25, "balance": 20.25, `+euro+`,
			"external_payment_identifier": "P-1", "payment_option": {"id": 4}}`)
		delete(list[0], "id")
		same(f.t, any(list[0]), `{"date": `+now+`, "type": {"id": 2, "description": "Reset"}, "amount": -1, "balance": 0, `+euro+`,
			"external_payment_identifier": null, "payment_option": null}`)
		var types any
		f.get(path+"/payment_option").into(f.t, 200, &types)
		same(f.t, types, `[{"id": 1, "description": "Bank transfer"}, {"id": 2, "description": "Credit card"}, {"id": 3, "description": "Direct debit"},
			{"id": 4, "description": "Other"}]`)
		f.get(path+"/transaction/type").into(f.t, 200, &types)
		same(f.t, types, `[{"id": 1, "description": "Top-up"}, {"id": 2, "description": "Reset"}, {"id": 3, "description": "Credit note"}]`)
	})
}

func TestOrganisationBalanceRefuses(t *testing.T) {
	onEach(t, balanceOps, func(f *fixture) {
		path := func(organisation int64) string { return fmt.Sprintf("/v1/organisation/%d/balance", organisation) }
		for name, body := range map[string]string{
			"nothing": `{}`, "type": `{"amount": 1, "type": {"id": 4}}`, "reset of an amount": `{"amount": 1, "type": {"id": 2}}`,
			"seven places": `{"amount": 0.1234567}`, "payment option": `{"amount": 1, "payment_option": {"id": 9}}`, "long reference": `{"amount": 1, "external_payment_identifier": "` + strings.Repeat("x", 256) + `"}`,
		} {
			f.t.Run(name, func(t *testing.T) {
				f.call(f.token(f.reseller), http.MethodPost, path(f.enterprise), body).fails(t, 422, 1400)
			})
		}
		for _, test := range []struct {
			by, of       int64
			status, code int
		}{
			{f.enterprise, f.enterprise, 403, 1104}, // an enterprise has nobody below it
			{f.enterprise, f.other, 403, 1104},
			{f.reseller, f.reseller, 403, 1104}, // its own is the operator's business
			{f.operator, f.enterprise, 404, 1401},
			{f.reseller, f.operator, 404, 1401},
			{f.reseller, 999, 404, 1401},
		} {
			f.call(f.token(test.by), http.MethodPost, path(test.of), `{"amount": 1}`).fails(f.t, test.status, test.code)
			f.call(f.token(test.by), http.MethodDelete, path(test.of), "").fails(f.t, test.status, test.code)
		}
		f.call(f.token(f.enterprise), http.MethodGet, path(f.reseller), "").fails(f.t, 404, 1401)
		if got := f.call(f.token(f.operator), http.MethodGet, path(f.enterprise), ""); got.status != 200 {
			f.t.Errorf("%d %s", got.status, got.body)
		}
		f.call(f.token(f.other), http.MethodGet, path(f.enterprise)+"/transaction", "").fails(f.t, 404, 1401)
		if n := f.one(`SELECT CAST(COUNT(*) AS TEXT) FROM balance_entry`); n != "0" {
			f.t.Errorf("%s entries", n)
		}
	})
}
