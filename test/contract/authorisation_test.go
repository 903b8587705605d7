package contract

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/simstead/simstead/internal/api"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/rest"
)

// rule is a row of testdata/authorisation.txt: who may call an operation, and for whose objects.
type rule struct {
	method, path string
	role         string // the least
	types        string // of organisations, parted by commas; any
	reach        string // whose objects: none (the path names none), own, child (those of the organisations directly below as well), below (of all below), sold (own, and what those above offer)
	body         string // that gets as far as the object
}

func (r rule) operation() string { return r.method + " " + r.path }

// proposed prints rows for operations that have none, to be looked at and put into the table.
var proposed = flag.Bool("propose", false, "print rows for operations that have none")

// rules reads the matrix. Each operation has its row, and each row its operation; what a row says of the role is what the
// operation says.
func rules(t *testing.T) (all []rule) {
	t.Helper()
	text, err := os.ReadFile("testdata/authorisation.txt")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		cells := strings.SplitN(strings.Join(strings.Fields(line), " "), " ", 6)
		if strings.HasPrefix(line, "#") || len(cells) < 5 {
			continue
		}
		r := rule{method: cells[0], path: cells[1], role: cells[2], types: cells[3], reach: cells[4], body: "{}"}
		if len(cells) == 6 {
			r.body = cells[5]
		}
		seen[r.operation()] = true
		all = append(all, r)
	}
	r := rest.New(rest.Config{Title: "Contract", Version: "1", Clock: clock.System()})
	(&api.API{}).Register(r)
	for _, op := range r.Operations() {
		row := propose(op)
		at := slices.IndexFunc(all, func(r rule) bool { return r.operation() == row.operation() })
		switch {
		case at < 0 && *proposed:
			fmt.Println(row.method, row.path, row.role, row.types, row.reach)
		case at < 0:
			t.Errorf("testdata/authorisation.txt has no row for %s. Is this one right?\n%s %s %s %s", row.operation(), row.operation(), row.role, row.types, row.reach)
		case all[at].role != row.role || all[at].types != row.types:
			t.Errorf("%s is for %s of %s; testdata/authorisation.txt has %s of %s", row.operation(), row.role, row.types, all[at].role, all[at].types)
		}
		delete(seen, row.operation())
	}
	for operation := range seen {
		t.Errorf("testdata/authorisation.txt has a row for %s, which is not served", operation)
	}
	return all
}

func propose(op rest.Op) rule {
	r := rule{method: op.Method, path: op.Path, role: op.Role.String(), types: "any", reach: "none"}
	var types []string
	for _, t := range op.For {
		types = append(types, t.String())
	}
	if len(types) > 0 {
		r.types = strings.Join(types, ",")
	}
	for _, name := range parameter.FindAllString(op.Path, -1) {
		if _, fixed := catalogue[strings.Trim(name, "{}")]; !fixed {
			r.reach = "own"
		}
	}
	return r
}

// The matrix: each operation by each caller, and by those who may call it for each organisation's objects.
func TestAuthorisation(t *testing.T) {
	all := rules(t)
	if t.Failed() {
		t.FailNow()
	}
	slices.SortStableFunc(all, func(a, b rule) int { return order(a) - order(b) })
	onTrees(t, func(w *tree) {
		objects := w.objects()
		for _, r := range all {
			w.callers(r)
			w.reaches(r, objects)
		}
	})
}

// order puts what destroys last, and there the parts before the whole.
func order(r rule) int {
	at := slices.Index([]string{"GET", "POST", "PUT", "PATCH", "DELETE"}, r.method) * 100
	if r.method == "DELETE" {
		return at + 50 - strings.Count(r.path, "/")
	}
	return at
}

var roles = []string{"Public", "Observer", "User", "Administrator"}

// callers asks as each caller for an object that does not exist: who may not call learns nothing but that.
func (w *tree) callers(r rule) {
	if r.role == "Public" {
		return
	}
	path := fill(r.path, func(string) int64 { return nobodys })
	for who, code := range map[string]string{"": `{"message":`, "expired": `{"error_code":1103,`, "revoked": `{"error_code":1102,`} {
		if got := w.send(who, r.method, path, r.body); got.status != 401 || !strings.HasPrefix(got.body, code) {
			w.t.Errorf("%s without a token that is good (%s): %d %s", r.operation(), who, got.status, got.body)
		}
	}
	for who, as := range map[string]struct{ role, kind string }{
		"observer": {"Observer", "Enterprise"}, "user": {"User", "Enterprise"}, "Harbour": {"Administrator", "Enterprise"},
		"application token": {"Administrator", "Enterprise"}, "Shop": {"Administrator", "Reseller"}, "Mast": {"Administrator", "Operator"},
	} {
		may := slices.Index(roles, as.role) >= slices.Index(roles, r.role) && (r.types == "any" || slices.Contains(strings.Split(r.types, ","), as.kind))
		if who == "user" && r.operation() == "GET /api/v1/user/{user_id}/event" {
			continue // the one role that may see its own doings alone, though one below it may see those of all
		}
		if may && r.method != "GET" && r.reach == "none" {
			continue // it would make something each time; the operation's own test does so
		}
		got := w.send(who, r.method, path, r.body)
		refused := got.status == 403 && strings.HasPrefix(got.body, `{"error_code":1104,`)
		if refused == may || got.status == 401 || got.status >= 500 {
			w.t.Errorf("%s by %s, who may: %v: %d %s", r.operation(), who, may, got.status, got.body)
		}
	}
}

// reaches asks for the objects of each organisation by an administrator of each: what is out of reach looks like what
// does not exist, and what is within does not.
func (w *tree) reaches(r rule, objects map[string]map[string]int64) {
	if r.reach == "none" || r.role == "Public" {
		return
	}
	above := map[string][]string{"Harbour": {"Shop", "Mast"}, "Shop": {"Mast"}, "Outland": {"Far", "Mast"}}
	for _, caller := range []string{"Outland", "Shop", "Mast", "Harbour"} {
		kind := map[string]string{"Shop": "Reseller", "Mast": "Operator"}[caller]
		if r.types != "any" && !slices.Contains(strings.Split(r.types, ","), or(kind, "Enterprise")) {
			continue
		}
		missing := w.anonymous(caller, r, func(string) int64 { return nobodys })
		if !strings.HasPrefix(missing, "404") && missing != "200 []" {
			w.t.Errorf("%s does not get as far as the object: its row needs another body: %s", r.operation(), missing)
		}
		for _, owner := range []string{"Outland", "Mast", "Shop", "Harbour"} {
			ids, all := objects[owner], true
			id := func(name string) int64 { all = all && ids[name] != 0; return ids[name] }
			_ = fill(r.path, id)
			within := caller == owner || r.reach == "below" && slices.Contains(above[owner], caller) || r.reach == "child" && above[owner] != nil && above[owner][0] == caller
			if r.reach == "sold" && slices.Contains(above[caller], owner) {
				continue // what is for sale is shown to those below
			}
			if !all || within && owner != "Harbour" && (owner != "Mast" || caller != "Mast") {
				continue // there is no such object; or it is looked at with Harbour's or the operator's
			}
			got := w.anonymous(caller, r, id)
			switch {
			case !within && got != missing:
				w.t.Errorf("%s of %s by %s: %s\na missing one: %s", r.operation(), owner, caller, got, missing)
			case within && got == missing && missing != "200 []":
				w.t.Errorf("%s of %s by %s looks like a missing one: %s", r.operation(), owner, caller, got)
			case strings.HasPrefix(got, "5"):
				w.t.Errorf("%s of %s by %s: %s", r.operation(), owner, caller, got)
			}
		}
	}
}

// anonymous is an answer with its ids taken out.
func (w *tree) anonymous(caller string, r rule, id func(string) int64) string {
	var used []int64
	at := fill(r.path, func(name string) int64 { used = append(used, id(name)); return id(name) })
	got := w.send(caller, r.method, at, r.body)
	text := fmt.Sprintf("%d %s", got.status, got.body)
	if got.status < 400 {
		return text // an answer, and no message that names the object
	}
	for _, n := range used {
		text = regexp.MustCompile(fmt.Sprintf(`\b%d\b`, n)).ReplaceAllString(text, "#")
	}
	return text
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
