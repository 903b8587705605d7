package radius

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestFlying(t *testing.T) {
	tests := []struct {
		name  string
		after time.Duration // until the last packet lands
		want  bool
		took  time.Duration
	}{
		{"in time", 3 * time.Second, true, 3 * time.Second},
		{"too late", 7 * time.Second, false, 5 * time.Second},
		{"at once", 0, true, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var f flying
				f.add(1)
				f.add(1)
				f.add(-1)
				begin := time.Now()
				last := func() { f.add(-1) }
				if test.after == 0 {
					last()
				} else {
					time.AfterFunc(test.after, last)
				}
				if got := f.land(5 * time.Second); got != test.want {
					t.Errorf("land = %v, want %v", got, test.want)
				}
				if took := time.Since(begin); took != test.took {
					t.Errorf("took %v, want %v", took, test.took)
				}
				time.Sleep(test.after) // the late one lands, nobody waits any more
			})
		})
	}
}
