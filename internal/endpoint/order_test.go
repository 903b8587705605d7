package endpoint

import "testing"

func TestOrder(t *testing.T) {
	for _, test := range []struct{ name, where, keys, want string }{
		{"no filter", "", "e.name DESC, e.id", "e.name DESC, e.id"},
		{"the index has the filter's column", " AND e.status_id = $2 AND e.id = $3", "e.name, e.id", "e.name, e.id"},
		{"the filter's column is the index's", " AND LOWER(e.name) LIKE LOWER($2)", "e.name, e.id", "e.name, e.id"},
		{"the filter needs the row", " AND e.imei = $2", "e.name DESC, e.id", "e.name || '' DESC, e.id"},
		{"numbers", " AND e.name = $2", "e.service_profile_id, e.tariff_profile_id, e.id", "e.service_profile_id + 0, e.tariff_profile_id + 0, e.id"},
		{"no index has that order", " AND e.imei = $2", "sim.eid NULLS FIRST, e.id", "sim.eid NULLS FIRST, e.id"},
		{"tags", "", "e.tags DESC NULLS LAST, e.id DESC", "COALESCE(e.tags, '') DESC, e.id DESC"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := order(test.where, test.keys); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}
