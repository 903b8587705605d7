package roaming

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/money"
	"github.com/simstead/simstead/internal/network"
	"github.com/simstead/simstead/internal/sheet"
	"github.com/simstead/simstead/internal/tariff"
	"github.com/simstead/simstead/internal/value"
)

// Layout is what a file of inter-operator prices holds. Of network_coverage (its name or id) there may be none where there is
// but one; the operator stands in plmn, tapcode or operator (its id).
func Layout() sheet.Layout {
	return sheet.Layout{
		Columns:  []string{"network_coverage", "plmn", "tapcode", "operator", "traffic_type", "currency", "rate", "volume", "blocksize", "valid_from"},
		Required: []string{"currency", "rate"},
	}
}

// What becomes of a line.
const (
	Added   = "add"   // a new price
	Same    = "same"  // the price of that time says so already
	Refused = "wrong" // nothing: see the reason
)

// Line is what a line of a file means.
type Line struct {
	Line     int             `json:"line"`
	Result   string          `json:"result" enum:"add,same,wrong" doc:"same: the line in time says so already, as of valid_from."`
	Reason   string          `json:"reason" doc:"What is wrong, else empty."`
	Coverage string          `json:"network_coverage"`
	Operator string          `json:"operator"`
	Traffic  value.Described `json:"traffic_type"`
	Before   *Shown          `json:"before" doc:"The newest price so far, or the one that says the same; null for none."`
	After    *Shown          `json:"after" doc:"What the line says."`

	price Price
}

// Shown is a price as it stands in a comparison.
type Shown struct {
	Rate      value.Cost       `json:"rate"`
	Volume    int64            `json:"volume"`
	Block     int64            `json:"blocksize"`
	Currency  string           `json:"currency"`
	ValidFrom value.EntityTime `json:"valid_from"`
}

// Text is a price in words.
func (s *Shown) Text() string {
	if s == nil {
		return "none"
	}
	return fmt.Sprintf("%s %s for %d, by %d, from %s", money.Format(int64(s.Rate), money.CostPlaces), s.Currency, s.Volume, s.Block, day(int64(s.ValidFrom)))
}

// Plan is what a file would do.
type Plan struct {
	Lines []Line
	width int // coverages: how many ids a price may need
}

// Count counts the lines of a result.
func (p Plan) Count(result string) (n int) {
	for _, l := range p.Lines {
		if l.Result == result {
			n++
		}
	}
	return n
}

// book is what the lines of a file are held against.
type book struct {
	coverages  map[string][]Coverage // by name and by id
	entries    map[[2]int64]bool     // coverage and operator
	operators  map[int64]string      // names
	plmns      network.PLMNs
	tapcodes   map[string]int64
	currencies map[string]int64
	codes      map[int64]string
	lines      map[lineKey][]Price // by valid_from
	all        []Coverage
}

type lineKey struct{ coverage, operator, traffic int64 }

func loadBook(q db.Queryer, organisation int64) (b *book, err error) {
	b = &book{
		coverages: map[string][]Coverage{}, entries: map[[2]int64]bool{}, operators: map[int64]string{}, tapcodes: map[string]int64{},
		currencies: map[string]int64{}, codes: map[int64]string{}, lines: map[lineKey][]Price{},
	}
	if b.all, err = Coverages(q, organisation); err != nil {
		return nil, err
	}
	for _, c := range b.all {
		for _, name := range []string{strings.ToLower(c.Name), strconv.FormatInt(int64(c.ID), 10)} {
			b.coverages[name] = append(b.coverages[name], c)
		}
	}
	err = q.Each(func(r *db.Row) { b.entries[[2]int64{r.Int(), r.Int()}] = true },
		`SELECT e.coverage_id, e.operator_id FROM network_coverage_entry e JOIN network_coverage n ON n.id = e.coverage_id WHERE n.organisation_id = $1`, organisation)
	if err == nil {
		err = b.loadNames(q)
	}
	if err != nil {
		return nil, err
	}
	return b, q.Each(func(r *db.Row) {
		p := scanPrice(r)
		key := lineKey{p.Coverage, p.Operator, p.TrafficType}
		b.lines[key] = append(b.lines[key], p)
	}, selectPrice+` ORDER BY valid_from`, organisation)
}

func (b *book) loadNames(q db.Queryer) (err error) {
	if b.plmns, err = network.LoadPLMNs(q); err != nil {
		return err
	}
	operators, err := network.Operators(q)
	if err != nil {
		return err
	}
	for _, o := range operators {
		b.operators[o.ID] = o.Name
		for _, t := range o.TAPCode {
			b.tapcodes[t.TAPCode] = o.ID
		}
	}
	currencies, err := network.Currencies(q)
	for _, c := range currencies {
		b.currencies[c.Code], b.codes[c.ID] = c.ID, c.Code
	}
	return err
}

// PlanImport holds the lines of a file against what is there. Prices of a file may begin in the past, but only behind the newest
// one of their line in time.
func PlanImport(q db.Queryer, organisation, now int64, s *sheet.Sheet) (Plan, error) {
	b, err := loadBook(q, organisation)
	if err != nil {
		return Plan{}, fmt.Errorf("read what prices are held against: %w", err)
	}
	p := Plan{width: max(len(b.all), 1)}
	for _, row := range s.Rows {
		p.Lines = append(p.Lines, b.plan(row, now))
	}
	return p, nil
}

// plan decides on one line, and remembers what it adds.
func (b *book) plan(row sheet.Row, now int64) Line {
	l := Line{Line: row.Line, Result: Refused, price: Price{Volume: 1, Block: 1, ValidFrom: now}}
	if l.Reason = cmp.Or(row.Over(), b.read(row, &l)); l.Reason != "" {
		return l
	}
	key := lineKey{l.price.Coverage, l.price.Operator, l.price.TrafficType}
	l.After = b.shown(l.price)
	if then, there := b.at(key, l.price.ValidFrom); there && then.says(l.price) {
		l.Result, l.Before = Same, b.shown(then)
		return l
	}
	was, there := b.newest(key)
	if there {
		l.Before = b.shown(was)
	}
	switch {
	case there && l.price.ValidFrom <= was.ValidFrom:
		l.Reason = "valid_from is not after that of the newest price, " + day(was.ValidFrom)
	default:
		l.Result = Added
		b.remember(l.price)
	}
	return l
}

// newest is the last price of a line in time.
func (b *book) newest(key lineKey) (p Price, there bool) {
	line := b.lines[key]
	if len(line) == 0 {
		return p, false
	}
	return line[len(line)-1], true
}

// at is the price of a line at a time in µs: that which is there, or comes with the file.
func (b *book) at(key lineKey, at int64) (p Price, there bool) {
	for _, one := range slices.Backward(b.lines[key]) {
		if one.ValidFrom <= at {
			return one, true
		}
	}
	return p, false
}

// says reports whether two prices ask for the same.
func (p Price) says(o Price) bool {
	return p.Rate == o.Rate && p.Volume == o.Volume && p.Block == o.Block && p.Currency == o.Currency
}

// remember takes a price for the newest of its line, and of those that follow it: see CreateIOT.
func (b *book) remember(p Price) {
	sponsor := value.ID(0)
	for _, c := range b.all {
		if int64(c.ID) == p.Coverage && c.IMSIPool != nil && c.IMSIPool.Sponsor != nil {
			sponsor = c.IMSIPool.Sponsor.ID
		}
	}
	for _, c := range b.all {
		follows := sponsor != 0 && c.IMSIPool != nil && c.IMSIPool.Sponsor != nil && c.IMSIPool.Sponsor.ID == sponsor && b.entries[[2]int64{int64(c.ID), p.Operator}]
		key := lineKey{int64(c.ID), p.Operator, p.TrafficType}
		newest, _ := b.newest(key)
		if int64(c.ID) == p.Coverage || follows && newest.ValidFrom < p.ValidFrom {
			b.lines[key] = append(b.lines[key], p)
		}
	}
}

func (b *book) shown(p Price) *Shown {
	return &Shown{value.Cost(p.Rate), p.Volume, p.Block, b.codes[p.Currency], value.EntityTime(p.ValidFrom)}
}

// read takes a line apart, and says what is wrong with it.
func (b *book) read(row sheet.Row, l *Line) string {
	for _, step := range []func(sheet.Row, *Line) string{b.readCoverage, b.readOperator, b.readTraffic, b.readAmounts, b.readTime} {
		if wrong := step(row, l); wrong != "" {
			return wrong
		}
	}
	if !b.entries[[2]int64{l.price.Coverage, l.price.Operator}] {
		return "the network coverage does not have the operator"
	}
	return ""
}

func (b *book) readCoverage(row sheet.Row, l *Line) string {
	found := b.all
	if name := row.Get("network_coverage"); name != "" {
		found = b.coverages[strings.ToLower(name)]
	}
	if len(found) != 1 {
		return fmt.Sprintf("network_coverage: %d are meant, not one", len(found))
	}
	l.price.Coverage, l.Coverage = int64(found[0].ID), found[0].Name
	return ""
}

func (b *book) readOperator(row sheet.Row, l *Line) string {
	if plmn := row.Get("plmn"); plmn != "" {
		l.price.Operator, _ = b.plmns.Operator(plmn)
	} else if code := row.Get("tapcode"); code != "" {
		l.price.Operator = b.tapcodes[strings.ToUpper(code)]
	} else if id, err := value.ParseID(row.Get("operator")); err == nil && b.operators[int64(id)] != "" {
		l.price.Operator = int64(id)
	}
	if l.price.Operator == 0 {
		return "there is no such operator: plmn, tapcode or operator is needed"
	}
	l.Operator = b.operators[l.price.Operator]
	return ""
}

func (b *book) readTraffic(row sheet.Row, l *Line) string {
	t := tariff.DataTraffic()
	switch strings.ToLower(row.Get("traffic_type")) {
	case "", "5", "data":
	case "6", "sms":
		t = tariff.SMSTraffic()
	default:
		return "traffic_type: data or SMS expected"
	}
	l.price.TrafficType, l.Traffic = t.ID, value.Described{ID: value.ID(t.ID), Description: t.Description}
	return ""
}
