package rig

import "testing"

func TestAddressesAreOnesOwn(t *testing.T) {
	if !reserve(1) || reserve(1) {
		t.Error("a port is reserved twice")
	}
}
