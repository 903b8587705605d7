package tariff

import (
	"fmt"
	"strings"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/money"
	"github.com/simstead/simstead/internal/network"
	"github.com/simstead/simstead/internal/sheet"
	"github.com/simstead/simstead/internal/value"
)

// book is what the lines of a tariff sheet are held against.
type book struct {
	now       int64
	staging   bool
	zones     map[string]*planned // by name in lower case
	at        map[int64]string    // names of the zones where operators are now
	ids       map[int64]int64     // the same by id
	has       map[[2]int64]bool   // rate zone and operator, zones that are to come as well
	seen      map[int64]int       // the line of each operator
	operators map[int64]string
	plmns     network.PLMNs
	tapcodes  map[string]int64
}

func loadBook(q db.Queryer, now, organisation, id int64) (*book, error) {
	t, err := Own(q, organisation, id)
	if err != nil {
		return nil, err
	}
	b := &book{
		now: now, staging: int64(t.Status.ID) == Staging, zones: map[string]*planned{}, at: map[int64]string{}, ids: map[int64]int64{}, has: map[[2]int64]bool{},
		seen: map[int64]int{}, operators: map[int64]string{}, tapcodes: map[string]int64{},
	}
	zones, err := Ratezones(q, id)
	if err != nil {
		return nil, err
	}
	for _, z := range zones {
		b.zones[strings.ToLower(z.Name)] = &planned{id: int64(z.ID), name: z.Name, prices: map[int64]Compared{}, rates: z.Rates}
		during := window{int64(z.ValidFrom), int64(z.ValidUntil)}
		for _, o := range z.Coverage {
			b.has[[2]int64{int64(z.ID), int64(o.ID)}] = during.holds(max(now, during.from))
			if !during.holds(now) {
				continue
			}
			b.at[int64(o.ID)], b.ids[int64(o.ID)] = z.Name, int64(z.ID)
		}
	}
	operators, err := network.Operators(q)
	if err != nil {
		return nil, err
	}
	for _, o := range operators {
		b.operators[o.ID] = o.Name
		for _, code := range o.TAPCode {
			b.tapcodes[code.TAPCode] = o.ID
		}
	}
	b.plmns, err = network.LoadPLMNs(q)
	return b, err
}

func plan(q db.Queryer, now, organisation, id int64, s *sheet.Sheet) (p Plan, err error) {
	b, err := loadBook(q, now, organisation, id)
	if err != nil {
		return p, err
	}
	used := map[*planned]bool{}
	for _, row := range s.Rows {
		l := b.line(row)
		p.Lines = append(p.Lines, l)
		if z := b.zones[strings.ToLower(l.Ratezone)]; z != nil && !used[z] {
			used[z] = true
			p.zones = append(p.zones, z)
		}
	}
	return p, nil
}

// line decides on one line, and remembers what it brings.
func (b *book) line(row sheet.Row) Line {
	l := Line{Line: row.Line, Result: Refused, Ratezone: row.Get("ratezone"), Prices: []Compared{}, from: b.now}
	if l.Reason = row.Over(); l.Reason != "" {
		return l
	}
	for _, step := range []func(sheet.Row, *Line) string{b.readZone, b.readOperator, b.readPrices} {
		if l.Reason = step(row, &l); l.Reason != "" {
			return l
		}
	}
	switch {
	case l.NewZone, l.operator != 0 && l.was == 0:
		l.Result = Added
	case l.operator != 0 && !strings.EqualFold(l.Before, l.Ratezone), len(l.Prices) > 0:
		l.Result = Changed
	default:
		l.Result = Same
	}
	return l
}

func (b *book) readZone(row sheet.Row, l *Line) string {
	if l.Ratezone == "" {
		return "ratezone is empty"
	}
	if wrong := fault.Text("Ratezone", "name", l.Ratezone, fault.MaxText); wrong != nil {
		return wrong[0].Message
	}
	z := b.zones[strings.ToLower(l.Ratezone)]
	from := b.now
	if text := row.Get("valid_from"); text == "" && z != nil && z.id == 0 {
		from = z.from // as the line says that the zone comes with
	} else if text != "" {
		at, err := value.ParseTime(text)
		if err != nil || at.UnixMicro() <= 0 {
			return "valid_from: a time such as 2026-12-01 or 2026-12-01T00:00:00Z expected"
		}
		from = at.UnixMicro()
	}
	l.from = from
	if z == nil {
		z = &planned{name: l.Ratezone, from: from, prices: map[int64]Compared{}}
		b.zones[strings.ToLower(l.Ratezone)] = z
	}
	l.NewZone, l.Ratezone = z.id == 0, z.name
	l.later = l.NewZone && from > b.now
	if z.id == 0 && z.from != from {
		return "valid_from: the lines of a new rate zone must have the same"
	}
	return ""
}

func (b *book) readOperator(row sheet.Row, l *Line) string {
	given := true
	if plmn := row.Get("plmn"); plmn != "" {
		l.operator, _ = b.plmns.Operator(plmn)
	} else if code := row.Get("tapcode"); code != "" {
		l.operator = b.tapcodes[strings.ToUpper(code)]
	} else if text := row.Get("operator"); text != "" {
		if id, err := value.ParseID(text); err == nil && b.operators[int64(id)] != "" {
			l.operator = int64(id)
		}
	} else {
		given = false
	}
	switch {
	case !given:
		return ""
	case l.operator == 0:
		return "there is no such operator"
	case b.seen[l.operator] != 0:
		return fmt.Sprintf("%s is in line %d already", b.operators[l.operator], b.seen[l.operator])
	}
	b.seen[l.operator] = l.Line
	l.Operator, l.Before, l.was = b.operators[l.operator], b.at[l.operator], b.ids[l.operator]
	if z := b.zones[strings.ToLower(l.Ratezone)]; b.has[[2]int64{z.id, l.operator}] {
		l.Before, l.was = z.name, z.id // perhaps from later on
		return ""
	}
	if !l.NewZone && l.from > b.now && !strings.EqualFold(l.Before, l.Ratezone) {
		return "an operator comes into a rate zone that is there at once: leave valid_from out, or name a new rate zone"
	}
	return ""
}

func (b *book) readPrices(row sheet.Row, l *Line) string {
	z := b.zones[strings.ToLower(l.Ratezone)]
	for _, column := range []string{"data_rate", "sms_mt_rate", "sms_mo_rate"} {
		text := row.Get(column)
		if text == "" {
			continue
		}
		rate, err := money.Parse(text, money.CostPlaces)
		if err != nil || rate < 0 || rate > maxRate {
			return column + ": an amount from 0 to 900000 with at most ten places expected"
		}
		service := priced()[column]
		c := Compared{Service: value.Described{ID: value.ID(service), Description: serviceName(service)}, After: value.Cost(rate), ValidFrom: value.EntityTime(l.from)}
		if known, there := z.prices[service]; there {
			if known.After != c.After || known.ValidFrom != c.ValidFrom {
				return column + ": another line of the rate zone says something else"
			}
			continue
		}
		same, wrong := z.holds(&c, b.now, b.staging)
		if wrong != "" {
			return column + ": " + wrong
		}
		if !same {
			z.prices[service] = c
			l.Prices = append(l.Prices, c)
		}
	}
	return ""
}

// holds compares a price with those of the zone.
func (z *planned) holds(c *Compared, now int64, staging bool) (same bool, wrong string) {
	any := false
	for _, r := range z.rates {
		if r.Service.ID != c.Service.ID {
			continue
		}
		any = true
		if r.window().holds(int64(c.ValidFrom)) {
			rate := r.Rate / value.Cost(r.Volume)
			if c.Before = &rate; rate == c.After {
				return true, ""
			}
		}
		if r.ValidFrom == c.ValidFrom {
			wrong = "another price begins at the same time"
		}
	}
	if any && int64(c.ValidFrom) < now && !staging {
		wrong = "a new price cannot begin in the past"
	}
	return false, wrong
}
