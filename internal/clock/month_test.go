package clock

import "testing"

func TestAddMonths(t *testing.T) {
	for _, test := range []struct{ month, n, want int64 }{
		{202611, 0, 202611}, {202611, 1, 202612}, {202612, 1, 202701}, {202701, -1, 202612}, {202603, -2, 202601}, {202612, 25, 202901},
	} {
		if got := AddMonths(test.month, test.n); got != test.want || !IsMonth(got) {
			t.Errorf("%d and %d are %d, want %d", test.month, test.n, got, test.want)
		}
	}
	for _, n := range []int64{0, 196912, 202600, 202613, 1000001} {
		if IsMonth(n) {
			t.Errorf("%d is a month", n)
		}
	}
}
