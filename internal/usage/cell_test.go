package usage

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCellOf(t *testing.T) {
	n := func(v int64) *int64 { return &v }
	for _, test := range []struct {
		name, location string
		want           cell
	}{
		{"none", "", cell{}},
		{"cell global identity", "0062f210" + "0102" + "0304", cell{LAC: n(0x102), CI: n(0x304)}},
		{"service area", "0162f210" + "0102" + "0304", cell{LAC: n(0x102), SAC: n(0x304)}},
		{"routing area", "0262f210" + "0102" + "05ff", cell{LAC: n(0x102), RAC: n(5)}},
		{"tracking area", "8062f210" + "0001", cell{LAC: n(1)}},
		{"LTE cell", "8162f210" + "00000101", cell{CI: n(0x101)}},
		{"tracking area and LTE cell", "8262f210" + "0001" + "62f210" + "f0000101", cell{LAC: n(1), CI: n(0x101)}},
		{"cut short", "8262f210" + "0001" + "62f2", cell{LAC: n(1)}},
		{"another kind", "ff62f210" + "00010001", cell{}},
		{"not hex", "zz", cell{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, cellOf(test.location)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
