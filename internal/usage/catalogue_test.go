package usage

import (
	"slices"
	"testing"
)

// Changes that come while others wait are done with them, and one works at a time.
func TestChangesOfTheCatalogueAreGathered(t *testing.T) {
	var a afresh
	if a.add(0, nil) {
		t.Error("nobody waits, and somebody is to begin")
	}
	if !a.add(0, []int64{1, 2}) {
		t.Error("nobody begins")
	}
	for definition := range int64(100) {
		if a.add(definition+1, []int64{2, 3}) {
			t.Error("two are to begin")
		}
	}
	var done []int64
	for {
		organisation, definitions, ok := a.next()
		if !ok {
			break
		}
		done = append(done, organisation)
		if want := map[int64]int{1: 0, 2: 100, 3: 100}[organisation]; len(definitions) != want {
			t.Errorf("organisation %d has %d definitions, want %d", organisation, len(definitions), want)
		}
	}
	if slices.Sort(done); !slices.Equal(done, []int64{1, 2, 3}) {
		t.Errorf("done %v", done)
	}
	if !a.add(0, []int64{1}) {
		t.Error("nobody begins again")
	}
}
