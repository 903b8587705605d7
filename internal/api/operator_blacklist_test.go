package api

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/simstead/simstead/internal/rest"
)

func blacklistOps(a *API, r *rest.API) {
	a.operatorRoutes(r)
	a.operatorBlacklistRoutes(r)
}

func TestOperatorBlacklist(t *testing.T) {
	onEach(t, blacklistOps, func(f *fixture) {
		f.device(f.enterprise, 11, "meter", nil, "8988303000000000011", "901430000000011")
		f.device(f.other, 13, "foreign", nil, "8988303000000000037", "901430000000013")
		control := f.controlled()
		const path = "/v1/endpoint/11/operator_blacklist"
		var none []any
		if f.get(path).into(f.t, 200, &none); none == nil || len(none) > 0 {
			f.t.Errorf("got %v", none)
		}
		var operators []map[string]any
		f.get("/v1/operator").into(f.t, 200, &operators)
		first, second := operators[3], operators[5]
		place := func(o map[string]any) string { return fmt.Sprintf("%s/%.0f", path, o["id"]) }
		version := f.one(`SELECT CAST(config_version AS TEXT) FROM organisation_head WHERE organisation_id = $1`, f.enterprise)
		for _, o := range []map[string]any{second, first} {
			f.ok(http.MethodPut, place(o), "", 204)
		}
		if now := f.one(`SELECT CAST(config_version AS TEXT) FROM organisation_head WHERE organisation_id = $1`, f.enterprise); now == version {
			f.t.Error("nobody hears of the change")
		}
		var got []map[string]any
		f.get(path).into(f.t, 200, &got)
		if len(got) != 2 || len(got[0]) != 5 {
			f.t.Fatalf("got %v", got)
		}
		for i, o := range []map[string]any{first, second} {
			for _, key := range []string{"id", "name", "country", "tapcode", "mnc"} {
				if fmt.Sprint(got[i][key]) != fmt.Sprint(o[key]) {
					f.t.Errorf("%s is %v, want %v", key, got[i][key], o[key])
				}
			}
		}
		f.send(http.MethodPut, place(first), "").fails(f.t, 409, 1405)
		f.ok(http.MethodDelete, place(first), "", 204)
		f.send(http.MethodDelete, place(first), "").fails(f.t, 404, 1401)
		if told := control.takes(); !slices.Equal(told, slices.Repeat([]string{fmt.Sprint(f.enterprise, " [11]")}, 3)) {
			f.t.Errorf("told %v", told)
		}
		for _, wrong := range []string{"/v1/endpoint/13/operator_blacklist", "/v1/endpoint/99/operator_blacklist"} {
			f.get(wrong).fails(f.t, 404, 1401)
			f.send(http.MethodPut, fmt.Sprintf("%s/%.0f", wrong, first["id"]), "").fails(f.t, 404, 1401)
			f.send(http.MethodDelete, fmt.Sprintf("%s/%.0f", wrong, first["id"]), "").fails(f.t, 404, 1401)
		}
		f.send(http.MethodPut, path+"/999999", "").fails(f.t, 404, 1401)
		f.send(http.MethodPut, path+"/x", "").fails(f.t, 400, 1000)
		f.call(fmt.Sprintf("%d-3-3", f.enterprise), http.MethodPut, place(first), "").fails(f.t, 403, 1104)
	})
}
