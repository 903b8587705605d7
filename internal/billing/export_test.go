package billing_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/simstead/simstead/internal/billing"
	"github.com/simstead/simstead/internal/money"
)

// The table of a statement adds up to its sub total, and so do the amounts on paper.
func TestExport(t *testing.T) {
	onBoth(t, func(s *site) {
		m := s.workedMonth()
		of := s.statement(m.pooled, 202611)
		text, err := of.CSV()
		s.must(err)
		rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
		s.must(err)
		var sum money.Sum
		total := ""
		for _, row := range rows[1:] {
			if row[0] == "Total" {
				total = row[10]
			}
			if row[0] == "Sub total" || row[0] == "VAT" || row[0] == "Total" {
				continue
			}
			one, err := money.ParseSum(row[10])
			s.must(err)
			sum.AddSum(one)
		}
		if sum != money.Sum(of.SubTotal.Cost) || total != "41.3618694479" {
			s.Errorf("the table adds up to %s, total %s:\n%s", sum.Fixed(), total, text)
		}
		if want := "Data,Home Germany,Fleet,,Home,Germany,,36,30,0.0512345679,0.3074074074,EUR\n"; !strings.Contains(string(text), want) {
			s.Errorf("the table lacks %s", want)
		}
		s.paper(of)
	})
}

var xref = regexp.MustCompile(`(?m)^(\d{10}) 00000 n $`)

// paper checks the form of the file: each offset leads to its object, and each stream is as long as it says.
func (s *site) paper(of billing.Statement) {
	s.Helper()
	file := string(of.PDF())
	for _, text := range []string{"%PDF-1.4\n", "41.3618694479 EUR", "Harbour Sensors", "First activations, 1 at 2.5", "Home Germany, 36 MB \\(30 inclusive\\) at 0.0512345679", "%%EOF\n"} {
		if !strings.Contains(file, text) {
			s.Errorf("the paper lacks %q", text)
		}
	}
	for i, found := range xref.FindAllStringSubmatch(file, -1) {
		at, err := strconv.Atoi(found[1])
		s.must(err)
		if !strings.HasPrefix(file[at:], fmt.Sprintf("%d 0 obj\n", i+1)) {
			s.Errorf("object %d is not at %d", i+1, at)
		}
	}
	for _, part := range strings.Split(file, "<< /Length ")[1:] {
		length, rest, _ := strings.Cut(part, " >>\nstream\n")
		n, err := strconv.Atoi(length)
		s.must(err)
		if !strings.HasPrefix(rest[n:], "\nendstream") {
			s.Errorf("a stream is not %d bytes long", n)
		}
	}
}

// A long statement goes on over pages; letters that the font does not have are bare, and brackets do not end a text.
func TestPaper(t *testing.T) {
	var of billing.Statement
	of.Customer.Name = "Łódź (Bridge\\) & Söhne € – šŽ İșŞŤ Ж"
	for i := range 200 {
		of.SIMItems.Data = append(of.SIMItems.Data, billing.SIMItem{Description: fmt.Sprint("Item ", i, strings.Repeat("x", i)), Count: 1})
	}
	file := string(of.PDF())
	if n := strings.Count(file, "/Type /Page "); n < 5 || !strings.Contains(file, fmt.Sprintf("/Count %d", n)) {
		t.Errorf("%d pages", n)
	}
	if !strings.Contains(file, "L\xf3dz \\(Bridge\\\\\\) & S\xf6hne \x80 \x96 \x9a\x8e IsST ?") {
		t.Error("the name is not as it should be")
	}
	for line := range strings.Lines(file) {
		if strings.HasSuffix(line, ") Tj T*\n") && len(line) > 95+len("() Tj T*\n")+10 {
			t.Errorf("too long: %s", line)
		}
	}
}

// Names in the table are no formulas to a spreadsheet.
func TestTableIsHarmless(t *testing.T) {
	for name, want := range map[string]string{"=1+1": "'=1+1", "＝1+1": "'＝1+1", "'=1": "''=1", "-": "'-", "Fleet": "Fleet", "": ""} {
		var of billing.Statement
		of.MRC.TariffPlan = &billing.PlanCharge{Name: name}
		text, err := of.CSV()
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if rows[1][1] != want {
			t.Errorf("%q is %q, not %q", name, rows[1][1], want)
		}
	}
}
