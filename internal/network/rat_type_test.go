package network

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRATTypes(t *testing.T) {
	listed := map[int64]string{}
	rules := map[int64]RATType{}
	var last int64
	for _, r := range RATTypes() {
		if r.ID <= last {
			t.Errorf("id %d after %d", r.ID, last)
		}
		last = r.ID
		rules[r.ID] = r
		if r.Listed {
			listed[r.ID] = r.Description
		}
		if (r.Blacklistable || r.Limitable) && !r.Listed {
			t.Errorf("%d can be chosen but is not listed", r.ID)
		}
	}
	want := map[int64]string{
		1: "UTRAN (3G)", 2: "GERAN (2G)", 3: "WLAN", 5: "HSPA+", 6: "EUTRAN (4G)", 8: "NB-IoT", 9: "LTE-M", 10: "NR (5G)",
		17: "NB-IoT GEO satellite",
	}
	if diff := cmp.Diff(want, listed); diff != "" {
		t.Error(diff)
	}
	for id, r := range rules {
		if same := rules[r.SameAs]; same.SameAs != same.ID {
			t.Errorf("%d has the rules of %d, which has none of its own", id, r.SameAs)
		}
	}
	if rules[51].SameAs != 10 {
		t.Errorf("51 has the rules of %d, want 10", rules[51].SameAs)
	}
}
