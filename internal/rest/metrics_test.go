package rest_test

import (
	"context"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/rest"
)

func TestMetrics(t *testing.T) {
	registry := prometheus.NewRegistry()
	a := rest.New(rest.Config{Title: "Test", Version: "1", Clock: clock.System(), Metrics: registry})
	for id, err := range map[string]error{"good": nil, "bad": fault.New(fault.Duplicated, "no")} {
		rest.Do(a, rest.Op{Method: "GET", Path: "/api/" + id, ID: id}, func(context.Context, rest.Caller, *struct{}) error { return err })
	}
	h := a.Handler()
	for _, path := range []string{"/api/good", "/api/good", "/api/bad", "/elsewhere"} {
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(context.Background(), "GET", path, nil))
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]uint64{}
	for _, m := range families[0].GetMetric() {
		got[m.GetLabel()[0].GetValue()+" "+m.GetLabel()[1].GetValue()] = m.GetHistogram().GetSampleCount()
	}
	if d := cmp.Diff(map[string]uint64{"good 2xx": 2, "bad 4xx": 1, "none 4xx": 1}, got); d != "" {
		t.Errorf("%s (-want +got)\n%s", families[0].GetName(), d)
	}
}
