package account

import (
	"strings"
	"testing"
)

func TestTokenText(t *testing.T) {
	k := tokenKey{12, 345}
	text := k.newTokenText()
	if got, ok := parseTokenText(text); !ok || got != k {
		t.Errorf("%s: %v %v", text, got, ok)
	}
	if text == k.newTokenText() {
		t.Error("two secrets are alike")
	}
	random := strings.Repeat("A", 43)
	for name, bad := range map[string]string{
		"empty":           "",
		"no prefix":       "12.345." + random,
		"setup token":     "sss_12.345." + random,
		"no id":           "sst_12." + random,
		"negative":        "sst_-1.345." + random,
		"zero":            "sst_12.0." + random,
		"too large":       "sst_12.99999999999999999999." + random,
		"short secret":    "sst_12.345." + random[1:],
		"long secret":     "sst_12.345." + random + "A",
		"one part more":   "sst_12.345.1." + random,
		"a megabyte":      "sst_12.345." + strings.Repeat("A", 1<<20),
		"injected clause": "sst_12 OR 1=1.345." + random,
	} {
		if k, ok := parseTokenText(bad); ok {
			t.Errorf("%s was read as %v", name, k)
		}
	}
}

func FuzzTokenText(f *testing.F) {
	f.Add("sst_12.345." + strings.Repeat("A", 43))
	f.Add("sst_..")
	f.Fuzz(func(t *testing.T, text string) {
		if k, ok := parseTokenText(text); ok && (k.organisation <= 0 || k.id <= 0 || len(text) > 128) {
			t.Errorf("%q was read as %v", text, k)
		}
	})
}

func TestRecent(t *testing.T) {
	r := newRecent[int, int](10)
	for i := range 1000 {
		r.put(i, i)
		r.get(0) // what is used stays
		if n := len(r.young) + len(r.old); n > 20 {
			t.Fatalf("%d entries", n)
		}
	}
	for _, i := range []int{0, 999, 991} {
		if v, ok := r.get(i); !ok || v != i {
			t.Errorf("%d was lost", i)
		}
	}
	if _, ok := r.get(500); ok {
		t.Error("500 was kept")
	}
	if r.drop(0); func() bool { _, ok := r.get(0); return ok }() {
		t.Error("0 was not dropped")
	}
}
