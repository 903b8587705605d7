package session_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/simstead/simstead/internal/session"
)

func TestCellOf(t *testing.T) {
	n := func(v int64) *int64 { return &v }
	for _, test := range []struct {
		name, location string
		want           session.Cell
	}{
		{"none", "", session.Cell{}},
		{"cell global identity", "0062f210" + "0102" + "0304", session.Cell{LAC: n(0x102), CI: n(0x304)}},
		{"service area", "0162f210" + "0102" + "0304", session.Cell{LAC: n(0x102), SAC: n(0x304)}},
		{"routing area", "0262f210" + "0102" + "05ff", session.Cell{LAC: n(0x102), RAC: n(5)}},
		{"tracking area", "8062f210" + "0001", session.Cell{LAC: n(1)}},
		{"LTE cell", "8162f210" + "00000101", session.Cell{CI: n(0x101)}},
		{"tracking area and LTE cell", "8262f210" + "0001" + "62f210" + "f0000101", session.Cell{LAC: n(1), CI: n(0x101)}},
		{"cut short", "8262f210" + "0001" + "62f2", session.Cell{LAC: n(1)}},
		{"another kind", "ff62f210" + "00010001", session.Cell{}},
		{"not hex", "zz", session.Cell{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, session.CellOf(test.location)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
