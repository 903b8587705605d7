package contract

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/simstead/simstead/internal/db"
)

// What recorded traffic of the contract looks like: the form of errors, headers, places of new objects, empty bodies, times.
func TestWire(t *testing.T) {
	onTrees(t, func(w *tree) {
		w.errors()
		w.made()
		w.lists()
		w.lenient()
		w.entityTimes()
	})
}

// shows holds an answer: its status, and its body as a pattern. An empty pattern is an empty body.
func (w *tree) shows(name string, got answer, status int, body string) {
	w.t.Helper()
	if got.status != status || !regexp.MustCompile("^(?s:"+body+")$").MatchString(got.body) {
		w.t.Errorf("%s: %d %s\nwant %d %s", name, got.status, got.body, status, body)
	}
	for header, text := range map[string]string{"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY"} {
		if got.header.Get(header) != text {
			w.t.Errorf("%s: %s is %q", name, header, got.header.Get(header))
		}
	}
	for _, exposed := range []string{"X-Total-Count", "X-Total-Pages", "X-Current-Page", "X-Count-Per-Page", "X-Sort", "Link", "Location"} {
		if !strings.Contains(got.header.Get("Access-Control-Expose-Headers"), exposed) {
			w.t.Errorf("%s: %s is not exposed", name, exposed)
		}
	}
	if (status == 204) != (got.header.Get("Content-Type") == "" && got.body == "") && body == "" && status != 201 && status != 401 {
		w.t.Errorf("%s: Content-Type %q", name, got.header.Get("Content-Type"))
	}
}

func fault(code int, token string) string {
	return fmt.Sprintf(`\{"error_code":%d,"error_token":"%s","message":"(?:[^"\\]|\\.)+"\}`, code, token)
}

func (w *tree) errors() {
	const invalid = `\{"error_code":1400,"error_token":"InputValidationFailed","message":"[^"]+","errors":\[\{"error_code":%d,"error_token":"%s","message":"[^"]+"\}\]\}`
	w.shows("no token", w.send("", "GET", "/api/v1/endpoint", ""), 401, `\{"message":"[^"]+"\}`)
	w.bearers["garbled"] = "not.a.token"
	w.shows("a garbled token", w.send("garbled", "GET", "/api/v1/endpoint", ""), 401, `\{"message":"[^"]+"\}`)
	w.shows("a credential that is not good", w.send("", "POST", "/api/v1/authenticate", `{"application_token":"x"}`), 401, ``)
	for _, c := range []struct {
		name, method, path, body string
		status                   int
		want                     string
	}{
		{"an id that is no number", "GET", "/api/v1/endpoint/abc", "", 400, fault(1000, "BadRequest")},
		{"the same on events", "GET", "/api/v1/endpoint/abc/event", "", 400, fault(1000, "BadRequest")},
		{"events of nobody", "GET", "/api/v1/endpoint/2000000001/event", "", 200, `\[\]`},
		{"an unknown id", "GET", "/api/v1/endpoint/2000000001", "", 404, fault(1401, "InvalidReference")},
		{"a negative id", "GET", "/api/v1/sim/-1", "", 404, fault(1401, "InvalidReference")},
		{"no JSON", "PATCH", "/api/v1/endpoint/1", `{"name":`, 400, fault(1000, "BadRequest")},
		{"a reference to nothing", "POST", "/api/v1/endpoint", `{"name":"x","status":{"id":0},"service_profile":{"id":2000000001},"tariff_profile":{"id":ID-tariff_profile}}`, 422,
			fmt.Sprintf(invalid, 1401, "InvalidReference")},
		{"a required field", "POST", "/api/v1/service_profile", `{}`, 422, fmt.Sprintf(invalid, 1402, "Required")},
		{"a wrong form", "PATCH", "/api/v1/service_profile/ID-service_profile", `{"name":{}}`, 422, fmt.Sprintf(invalid, 1403, "InvalidFormat")},
		{"an unknown field in q", "GET", "/api/v1/endpoint?q=colour:red", "", 422, fault(1301, "InvalidQueryCriteria")},
		{"an unknown field in sort", "GET", "/api/v1/endpoint?sort=colour", "", 422, fault(1302, "InvalidSortCriteria")},
		{"the same on events", "GET", "/api/v1/event?sort=colour", "", 400, fault(1000, "BadRequest")},
		{"a page that is none", "GET", "/api/v1/event?page=x", "", 400, fault(1000, "BadRequest")},
		{"a page that is none, elsewhere", "GET", "/api/v1/endpoint?page=0", "", 200, `\[\{.*`},
		{"an object in use", "DELETE", "/api/v1/service_profile/ID-service_profile", "", 409, fault(1406, "NotAllowed")},
		{"an unknown path", "GET", "/api/v1/nothing", "", 404, fault(1201, "NotFound")},
		{"a method that is gone", "POST", "/api/v1/traffic_limit", `{}`, 405, fault(1000, "BadRequest")},
	} {
		w.shows(c.name, w.send("Harbour", c.method, w.named(c.path), w.named(c.body)), c.status, c.want)
	}
	if allow := w.send("Harbour", "POST", "/api/v1/traffic_limit", `{}`).header.Get("Allow"); !strings.HasPrefix(allow, "GET") {
		w.t.Errorf("Allow %q", allow)
	}
	w.shows("a role that may not", w.send("observer", "POST", "/api/v1/dns", `{}`), 403, fault(1104, "Forbidden"))
	w.shows("blacklisted", w.send("Harbour", "PUT", w.named("/api/v1/endpoint/ID-endpoint/operator_blacklist/1"), ""), 204, ``)
	w.shows("blacklisted already", w.send("Harbour", "PUT", w.named("/api/v1/endpoint/ID-endpoint/operator_blacklist/1"), ""), 409, fault(1405, "Duplicated"))
}

// named puts the id of one of Harbour's objects in the place of ID-kind.
func (w *tree) named(text string) string {
	return regexp.MustCompile(`ID-(\w+)`).ReplaceAllStringFunc(text, func(word string) string {
		return fmt.Sprint(w.lastID("Harbour", "/api/v1/"+strings.TrimPrefix(word, "ID-")))
	})
}

// made: a new object is told by an absolute Location, in older services without a body; changes answer nothing.
func (w *tree) made() {
	got := w.send("Harbour", "POST", "/api/v1/service_profile", `{"name":"Wire"}`)
	w.shows("POST", got, 201, ``)
	at := got.header.Get("Location")
	if !regexp.MustCompile(`^http://127\.0\.0\.1:\d+/api/v1/service_profile/\d+$`).MatchString(at) || got.header.Get("Content-Length") != "0" {
		w.t.Errorf("Location %q, Content-Length %q", at, got.header.Get("Content-Length"))
	}
	path := at[strings.Index(at, "/api"):]
	w.shows("an irregular PATCH", w.send("Harbour", "PATCH", path, `{"description":"x"}`), 201, `\{\}`)
	w.shows("PUT", w.send("Harbour", "PUT", path+"/service/38", ""), 204, ``)
	w.shows("DELETE of a part", w.send("Harbour", "DELETE", path+"/service/38", ""), 204, ``)
	w.shows("DELETE", w.send("Harbour", "DELETE", path, ""), 204, ``)
	w.shows("DELETE again", w.send("Harbour", "DELETE", path, ""), 404, fault(1401, "InvalidReference"))
	w.shows("offline", w.send("Harbour", "GET", w.named("/api/v1/endpoint/ID-endpoint/connectivity"), ""), 200, `\{"status":\{"description":"OFFLINE"\},"services":\[\]\}`)
	for _, body := range []string{`{"pdp_context":null}`, `{"location":null}`} {
		w.shows(body, w.send("Harbour", "PATCH", w.named("/api/v1/endpoint/ID-endpoint/connectivity"), body), 204, ``)
	}
}

func (w *tree) lists() {
	for list, want := range map[string]string{"/api/v1/endpoint": "1000", "/api/v1/sim": "2000", "/api/v1/event": "100"} {
		h := w.send("Harbour", "GET", list, "").header
		if h.Get("X-Count-Per-Page") != want || h.Get("X-Current-Page") != "1" || h.Get("X-Sort") == "" || h.Get("X-Total-Count") == "" || h.Get("X-Total-Pages") != "1" {
			w.t.Errorf("%s: %v", list, h)
		}
	}
	h := w.send("Harbour", "GET", "/api/v1/endpoint?per_page=1&page=2&sort=-id&q=status:0", "").header
	base := w.app.URL() + "/api/v1/endpoint?per_page=1&sort=-id&q=status:0"
	want := fmt.Sprintf(`<%s&page=1>; rel="first", <%s&page=1>; rel="prev", <%s&page=3>; rel="next", <%s&page=3>; rel="last"`, base, base, base, base)
	if h.Get("Link") != want || h.Get("X-Sort") != "-id" || h.Get("X-Filter") != "status:0" {
		w.t.Errorf("%v\nwant %s", h, want)
	}
	for _, table := range []string{"/api/v1/operator", "/api/v1/service_profile"} {
		if h := w.send("Harbour", "GET", table, "").header; h.Get("X-Total-Count") != "" || h.Get("Link") != "" {
			w.t.Errorf("%s pages: %v", table, h)
		}
	}
}

// lenient: ids as clients send them, fields of their own, nothing at all.
func (w *tree) lenient() {
	at := w.named("/api/v1/endpoint/ID-endpoint")
	for _, body := range []string{
		`{}`, `{"status":{"id":0.0}}`, `{"status":{"id":"0","description":"Enabled"}}`, `{"mine":{"a":[1]},"name":"x"}`, `{"tags":null}`,
		w.named(`{"service_profile":{"id":ID-service_profile.0,"name":"whatever"}}`),
	} {
		w.shows(body, w.send("Harbour", "PATCH", at, body), 204, ``)
	}
	w.shows("an id as a float", w.send("Harbour", "GET", at+".0", ""), 200, `\{.*`)
	w.shows("a raw plus", w.send("Harbour", "GET", "/api/v1/endpoint?sort=+name", ""), 200, `\[.*`)
}

// entityTimes: entities and events print times in different forms.
func (w *tree) entityTimes() {
	var e map[string]any
	w.must(json.Unmarshal([]byte(w.send("Harbour", "GET", w.named("/api/v1/endpoint/ID-endpoint"), "").body), &e))
	if at, _ := e["created"].(string); !regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$`).MatchString(at) {
		w.t.Errorf("created %q", at)
	}
	var events []map[string]any
	w.must(json.Unmarshal([]byte(w.send("Harbour", "GET", "/api/v1/event", "").body), &events))
	if len(events) == 0 {
		w.t.Fatal("no events")
	}
	if at, _ := events[0]["timestamp"].(string); !regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`).MatchString(at) {
		w.t.Errorf("timestamp %q", at)
	}
}

// What a caller writes reaches the database as a value, whatever it says, and what they must not set stays as it is.
func TestInjection(t *testing.T) {
	onTrees(t, func(w *tree) {
		foreign := w.lastID("Outland", "/api/v1/endpoint")
		for _, list := range []string{"/api/v1/endpoint", "/api/v1/sim", "/api/v1/event"} {
			for _, evil := range []string{
				"name:x' OR '1'='1", "name:x') UNION SELECT 1--", `name:\`, "id:1 OR 1=1", "id:1;DROP TABLE endpoint", "iccid:%", "iccid:_", "iccid:*' --", "name:%00", "name:\u202e",
				"status:0) OR (1=1", "' OR '1'='1:1", "id);--:1",
			} {
				got := w.send("Harbour", "GET", list+"?q="+escape(evil), "")
				if got.status >= 500 || strings.Contains(got.body, fmt.Sprintf(`"id":%d,`, foreign)) && list == "/api/v1/endpoint" {
					w.t.Errorf("%s q=%s: %d %.200s", list, evil, got.status, got.body)
				}
				if got.status == 200 && got.body != "[]" && !strings.Contains(evil, "*") {
					w.t.Errorf("%s q=%s finds something: %.200s", list, evil, got.body)
				}
			}
			for _, evil := range []string{"id;DROP TABLE endpoint", "id DESC", "(SELECT 1)", "id,name--", "1", "id/**/", "CASE WHEN 1=1 THEN id END"} {
				if got := w.send("Harbour", "GET", list+"?sort="+escape(evil), ""); got.status != 422 && got.status != 400 {
					w.t.Errorf("%s sort=%s: %d %.200s", list, evil, got.status, got.body)
				}
			}
		}
		w.massAssignment()
	})
}

// massAssignment: fields that only the platform sets are ignored in what clients send.
func (w *tree) massAssignment() {
	at := w.named("/api/v1/endpoint/ID-endpoint")
	before := w.send("Harbour", "GET", at, "").body
	for body, status := range map[string]int{
		`{"id":1,"organisation_id":ORG,"created":"2001-01-01T00:00:00Z","sim":{"iccid":"1"},"imei_with_luhn":"1","last_updated":"2001-01-01"}`: 204,
		`{"organisation":{"id":ORG}}`: 422,
	} {
		got := w.send("Harbour", "PATCH", at, strings.ReplaceAll(body, "ORG", fmt.Sprint(w.orgs["Outland"])))
		strip := regexp.MustCompile(`"last_updated":"[^"]*"`)
		if after := w.send("Harbour", "GET", at, "").body; got.status != status || strip.ReplaceAllString(after, "") != strip.ReplaceAllString(before, "") {
			w.t.Errorf("%d %s\nbefore %s\nafter  %s", got.status, got.body, before, after)
		}
	}
	made := w.send("Harbour", "POST", "/api/v1/service_profile", fmt.Sprintf(`{"name":"Mine","id":777,"organisation_id":%d,"organisation":{"id":%d},"used_count":99}`, w.orgs["Outland"], w.orgs["Outland"]))
	w.shows("a profile for others", made, 201, ``)
	if strings.HasSuffix(made.header.Get("Location"), "/777") {
		w.t.Error("the client chose the id")
	}
	w.must(w.app.DB.Read(w.t.Context(), func(q db.Queryer) error {
		n, err := db.One(q, db.Int, `SELECT count(*) FROM service_profile WHERE organisation_id = $1 AND name = 'Mine'`, w.orgs["Outland"])
		if n != 0 {
			w.t.Error("a profile was made for another organisation")
		}
		return err
	}))
}

func escape(text string) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		fmt.Fprintf(&b, "%%%02X", c)
	}
	return b.String()
}
