package repo

import (
	"go/parser"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const maxLines = 600

func TestFilesAreSmall(t *testing.T) {
	for _, f := range files(t, ".go") {
		if n := f.lines(); n > maxLines {
			t.Errorf("%s has %d lines, more than %d", f.path, n, maxLines)
		}
	}
}

func TestPackagesAreDocumentedOnce(t *testing.T) {
	documented, product := map[string][]string{}, map[string]bool{}
	set := token.NewFileSet()
	for _, f := range files(t, ".go") {
		parsed, err := parser.ParseFile(set, f.path, f.text, parser.PackageClauseOnly|parser.ParseComments)
		if err != nil {
			t.Errorf("%s: %v", f.path, err)
			continue
		}
		folder := path.Dir(f.path)
		if !strings.HasSuffix(f.path, "_test.go") {
			product[folder] = true
		}
		if _, seen := documented[folder]; !seen {
			documented[folder] = nil
		}
		if text := parsed.Doc.Text(); strings.HasPrefix(text, "Package ") || strings.HasPrefix(text, "Command ") {
			documented[folder] = append(documented[folder], f.path)
		}
	}
	for folder, in := range documented {
		if product[folder] {
			in = slices.DeleteFunc(in, func(name string) bool { return strings.HasSuffix(name, "_test.go") })
		}
		if len(in) != 1 {
			t.Errorf("%s is documented in %d files, want 1: %v", folder, len(in), in)
		}
	}
}

func TestNoReplace(t *testing.T) {
	for _, f := range files(t, "go.mod") {
		if regexp.MustCompile(`(?m)^\s*(replace|exclude)\b`).MatchString(f.text) {
			t.Errorf("%s replaces or excludes a module: go install would not honour it", f.path)
		}
	}
}

// ownerOnly are tables where organisation_id is a plain column: the key is what is looked for without knowing whose it
// is, or the object belongs to the platform and has an owner.
var ownerOnly = map[string]string{
	"id_block":               "tells whose an id is",
	"imsi_route":             "finds the organisation of an IMSI",
	"iccid_route":            "finds the organisation of an ICCID",
	"user_route":             "finds the account of a username",
	"tariff":                 "is sold to other organisations than its owner",
	"tariff_plan":            "is sold to other organisations than its owner",
	"pdp_context_definition": "is part of a tariff",
	"network_coverage":       "is part of the catalogue, like operators",
}

var (
	createTable = regexp.MustCompile(`(?s)CREATE TABLE (\w+) \((.*?)\n\)`)
	primaryKey  = regexp.MustCompile(`PRIMARY KEY \(([^)]*)\)`)
	columnKey   = regexp.MustCompile(`(?m)^\s+(\w+)\s+\w+\s+PRIMARY KEY`)
)

func TestOrganisationLeadsEveryTenantKey(t *testing.T) {
	tables := 0
	for _, f := range files(t, ".sql") {
		for _, table := range createTable.FindAllStringSubmatch(f.text, -1) {
			name, body := table[1], table[2]
			if !strings.Contains(body, "organisation_id ") || ownerOnly[name] != "" {
				continue
			}
			tables++
			first := ""
			if key := primaryKey.FindStringSubmatch(body); key != nil {
				first, _, _ = strings.Cut(key[1], ",")
			} else if key := columnKey.FindStringSubmatch(body); key != nil {
				first = key[1]
			}
			if strings.TrimSpace(first) != "organisation_id" {
				t.Errorf("%s: the key of %s begins with %q, not with organisation_id", f.path, name, first)
			}
		}
	}
	if tables < 15 {
		t.Errorf("only %d tenant tables were found: the reading of the migrations is broken", tables)
	}
}
