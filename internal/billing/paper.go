package billing

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/money"
)

// across is how many characters a line on paper has.
const across = 95

// PDF is the statement on paper.
func (s *Statement) PDF() []byte {
	p := &paper{title: fmt.Sprintf("Statement %s, %s", s.Period, s.Customer.Name)}
	p.line("%s", s.heading())
	p.line("")
	if s.Issuer != nil {
		p.line("From")
		p.party(s.Issuer.Name, s.Issuer.CompanyAddress, s.Issuer.BillingConfig.VATIN)
	}
	p.line("To")
	p.party(s.Customer.Name, s.Customer.InvoiceAddress, s.Customer.VATIN)
	section := ""
	for _, i := range s.items() {
		if i.section != section {
			section = i.section
			p.line("")
			p.line("%s", section)
		}
		p.amount("  "+i.text(), i.cost, i.currency)
	}
	p.line("")
	p.line("%s", strings.Repeat("-", across))
	for _, t := range s.totals() {
		p.amount(strings.TrimSpace(t.section+" "+t.description), t.cost, t.currency)
	}
	for _, l := range s.LateUsage {
		p.line("")
		p.line("Contains %s used in %s, which was closed before: %s %s", measureText(l), describe(int64(l.Month)), decimal(l.Cost), code(l.Currency))
	}
	p.bank(s)
	return p.bytes()
}

func (s *Statement) heading() string {
	state := "as of now"
	if s.Closed {
		state = "closed"
	}
	return fmt.Sprintf("Statement %d: %s (%s)", s.ID, s.Period, state)
}

func measureText(l Late) string {
	unit := "MB"
	if l.TrafficType.Description == "SMS" {
		unit = "SMS"
	}
	return money.Format(int64(l.Volume), money.VolumePlaces) + " " + unit
}

// text describes a charge in one line.
func (i item) text() string {
	text := i.description
	if i.profile != "" {
		text += ", " + i.profile
	}
	if i.section == "Data" {
		text += ", " + i.volume + " MB"
		if i.inclusive != "" {
			text += " (" + i.inclusive + " inclusive)"
		}
	} else if i.section == "SMS" {
		text += ", " + i.volume
	}
	if i.count != 0 {
		text += fmt.Sprintf(", %d", i.count)
	}
	if i.rate != "" {
		text += " at " + i.rate
	}
	return text
}

func (p *paper) party(name string, a *account.Address, vatin string) {
	p.line("  %s", name)
	if a != nil {
		for _, text := range []string{a.Name, a.Department, a.Street, a.SecondaryAddress, strings.TrimSpace(a.Zipcode + " " + a.City), a.State} {
			if text != "" {
				p.line("  %s", text)
			}
		}
		if a.Country != nil {
			p.line("  %s", a.Country.Name)
		}
	}
	if vatin != "" {
		p.line("  VAT id %s", vatin)
	}
}

func (p *paper) bank(s *Statement) {
	if s.Issuer == nil {
		return
	}
	b := s.Issuer.BankAccount
	if b.IBAN != "" {
		p.line("")
		p.line("Bank account: %s, IBAN %s, BIC %s %s", b.Name, b.IBAN, b.BIC, b.Country)
	}
	if text := s.Issuer.BillingConfig.InvoiceIssuerInfo; text != "" {
		p.line("")
		p.line("%s", text)
	}
}

// amount is a line with money at its right end.
func (p *paper) amount(text, cost, currency string) {
	right := cost + " " + currency
	room := across - utf8.RuneCountInString(right) - 1
	for utf8.RuneCountInString(text) > room {
		cut := []rune(text)
		p.line("%s", string(cut[:room]))
		text = "    " + string(cut[room:])
	}
	p.line("%s%s%s", text, strings.Repeat(" ", across-utf8.RuneCountInString(text)-utf8.RuneCountInString(right)), right)
}
