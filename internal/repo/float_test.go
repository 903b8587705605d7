package repo

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"slices"
	"strings"
	"testing"
)

// exact are the packages that money and volumes pass through: from the network's counters and the API's decimals to the
// record, the streams and back.
var exact = []string{
	"money", "value", "rating", "charging", "quota", "balance", "limit", "inclusive", "tariff", "roaming", "usagefile", "sheet", "session", "record", "event", "stats",
	"usage", "stream/format", "wire/radius/packet", "wire/diameter", "list", "provision", "doctor",
}

// Invariant 17 of the charging model: no amount ever is a float.
func TestNoFloatsWhereMoneyIs(t *testing.T) {
	set := token.NewFileSet()
	seen := 0
	for _, f := range files(t, ".go") {
		name, inside := strings.CutPrefix(path.Dir(f.path), "internal/")
		if !inside || strings.HasSuffix(f.path, "_test.go") || !slices.ContainsFunc(exact, func(known string) bool { return within(name, known) }) {
			continue
		}
		seen++
		parsed, err := parser.ParseFile(set, f.path, f.text, parser.SkipObjectResolution)
		if err != nil {
			t.Errorf("%s: %v", f.path, err)
			continue
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			if name, ok := n.(*ast.Ident); ok && strings.Contains(strings.ToLower(name.Name), "float") {
				t.Errorf("%s: %s", set.Position(name.Pos()), name.Name)
			}
			if number, ok := n.(*ast.BasicLit); ok && number.Kind == token.FLOAT && strings.Contains(number.Value, ".") {
				t.Errorf("%s: %s is a float", set.Position(number.Pos()), number.Value)
			}
			return true
		})
	}
	if seen < 50 {
		t.Errorf("only %d files were read", seen)
	}
}
