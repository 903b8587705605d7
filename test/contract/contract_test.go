// Package contract holds what the program serves against the published contract: its document against the table in
// testdata, its answers against its document, who may call what against the roles that each operation names, and what
// the contract says of errors, headers and times against what goes over the wire.
package contract

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// difference is one way in which what is served differs from the contract.
type difference struct{ operation, what, name string }

func (d difference) String() string { return fmt.Sprintf("%s: %s %s", d.operation, d.what, d.name) }

// differences holds the served document against the contract.
func differences(t *testing.T) (found []difference) {
	t.Helper()
	want, absent := published(t)
	got := serve(t).operations()
	for _, w := range want {
		add := func(what string, names ...string) {
			for _, name := range names {
				found = append(found, difference{w.key(), what, name})
			}
		}
		g, ok := got[w.key()]
		if !ok {
			add("operation", "missing")
			continue
		}
		if len(w.statuses) > 0 && len(lacking(w.statuses, g.statuses)) == len(w.statuses) {
			add("status", strings.Join(g.statuses, ","))
		}
		if w.shape != "any" && w.shape != g.shape && (w.shape == "array" || g.shape == "array" || len(w.gives) > 0) {
			add("shape", g.shape)
		}
		add("query", lacking(w.query, g.query)...)
		add("takes", compare(w.takes, g.takes)...)
		add("gives", compare(w.gives, g.gives)...)
	}
	for _, key := range absent {
		if _, served := got[key]; served {
			found = append(found, difference{key, "operation", "served"})
		}
	}
	slices.SortFunc(found, func(a, b difference) int { return strings.Compare(a.String(), b.String()) })
	return found
}

// compare names the fields that are lacking, and those of another type as name:type.
func compare(want, got map[string]string) (names []string) {
	for name, kind := range want {
		switch here, ok := got[name]; {
		case !ok && !open(got, name):
			names = append(names, name)
		case ok && !sameType(kind, here):
			names = append(names, name+":"+here)
		}
	}
	slices.Sort(names)
	return names
}

// What is served is the contract, but for what docs/contract.md lists.
func TestTheContractIsServed(t *testing.T) {
	allowed := listed(t)
	for _, d := range differences(t) {
		covered := false
		for _, a := range allowed {
			if a.covers(d) {
				a.used, covered = true, true
			}
		}
		if !covered {
			t.Errorf("%s", d)
		}
	}
	for _, a := range allowed {
		if !a.used {
			t.Errorf("docs/contract.md lists what is no difference any more: %s", a.line)
		}
	}
}
