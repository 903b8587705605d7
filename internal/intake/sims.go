package intake

import (
	"context"
	"fmt"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/sim"
	"github.com/simstead/simstead/internal/value"
)

// SIMColumns are the columns of a file of SIMs; the first two must be there.
func SIMColumns() []string {
	return []string{"iccid", "imsi", "msisdn", "eid", "model", "status", "production_date", "reseller", "customer", "bic"}
}

// card is a row of a file of SIMs.
type card struct {
	sim.New
	bic string
	err error
}

type simRun struct {
	run
	cards               []card
	firstSIM, firstIMSI int64
	batches             map[string]int64 // by the code on the box
}

// SIMs takes a file of SIMs in, for the operator that issued them.
func (i *Importer) SIMs(ctx context.Context, operator int64, text string, o Options) (*Report, error) {
	t, err := read("sims", text, o, SIMColumns(), SIMColumns()[:2])
	if err != nil {
		return nil, err
	}
	s := simRun{run: run{Importer: i, kind: "sims", organisation: operator, table: t}}
	if err := i.DB.Read(ctx, s.readCards); err != nil {
		return nil, err
	}
	n := int64(max(len(s.cards), 1))
	if s.firstSIM, err = i.DB.NextIDs(ctx, "sim", operator, n); err == nil {
		s.firstIMSI, err = i.DB.NextIDs(ctx, "imsi", operator, n)
	}
	if err == nil {
		err = s.makeBatches(ctx)
	}
	if err != nil {
		return nil, err
	}
	return s.each(ctx, s.owners, s.take)
}

// readCards makes SIMs of the rows, with what is wrong with each.
func (s *simRun) readCards(q db.Queryer) error {
	resellers, err := loadNames(q, "reseller", `SELECT id, name FROM organisation WHERE type_id = $1 AND parent_id = $2`, account.Reseller, s.organisation)
	if err != nil {
		return err
	}
	customers, err := loadNames(q, "customer", `SELECT o.id, o.name FROM organisation o WHERE o.type_id = $1
		AND (o.parent_id = $2 OR o.parent_id IN (SELECT p.id FROM organisation p WHERE p.parent_id = $2))`, account.Enterprise, s.organisation)
	if err != nil {
		return err
	}
	parents := map[int64]int64{}
	err = q.Each(func(r *db.Row) { id := r.Int(); parents[id] = r.Int() }, `SELECT id, parent_id FROM organisation WHERE type_id = $1`, account.Enterprise)
	if err != nil {
		return err
	}
	s.cards = make([]card, len(s.table.Rows))
	seen := make(map[string]int, 2*len(s.cards))
	for i := range s.cards {
		c := &s.cards[i]
		*c = s.readCard(i, resellers, customers, parents)
		for _, key := range []string{"c" + c.ICCID, "i" + c.IMSI} {
			if line, twice := seen[key]; twice && c.err == nil {
				c.err = fault.New(fault.Duplicated, "ICCID %s or IMSI %s is that of line %d too", c.ICCID, c.IMSI, line)
			}
			seen[key] = s.table.Rows[i].Line
		}
	}
	return nil
}

func (s *simRun) readCard(row int, resellers, customers names, parents map[int64]int64) card {
	cell := func(name string) string { return s.table.cell(row, name) }
	c := card{bic: cell("bic"), New: sim.New{
		ICCID: cell("iccid"), IMSI: cell("imsi"), MSISDN: cell("msisdn"), EID: cell("eid"), Model: cell("model"), Issuer: s.organisation,
	}}
	if c.err = s.table.over(row); c.err != nil {
		return c
	}
	if c.err = statusOf(cell("status"), sim.Statuses(), &c.Status); c.err != nil {
		return c
	}
	if text := cell("production_date"); text != "" {
		t, err := value.ParseTime(text)
		if err != nil {
			c.err = fault.New(fault.InvalidFormat, "production_date: %v", err)
			return c
		}
		c.ProductionDate = t.UnixMicro()
	}
	if c.Reseller, c.err = resellers.find(cell("reseller")); c.err != nil {
		return c
	}
	if c.Customer, c.err = customers.find(cell("customer")); c.err != nil {
		return c
	}
	switch parent := parents[c.Customer]; {
	case c.Customer == 0 || parent == s.organisation && c.Reseller == 0:
	case c.Reseller == 0:
		c.Reseller = parent
	case parent != c.Reseller:
		c.err = fault.New(fault.InvalidReference, "customer %q is not one of reseller %q", cell("customer"), cell("reseller"))
		return c
	}
	if wrong := c.Check(); wrong != nil {
		c.err = wrong
	}
	return c
}

// statusOf reads a status by its id or its name; an empty one stays as it is.
func statusOf(text string, table []value.Described, into *int64) error {
	if text == "" {
		return nil
	}
	for _, s := range table {
		if plain(text) == plain(s.Description) || text == fmt.Sprint(int64(s.ID)) {
			*into = int64(s.ID)
			return nil
		}
	}
	return fault.New(fault.InvalidReference, "status %q does not exist", text)
}

// owners are those of a chunk's SIMs.
func (s *simRun) owners(first, end int) []int64 {
	var list []int64
	for _, c := range s.cards[first:end] {
		if c.err == nil {
			list = append(list, sim.Owner(c.Issuer, c.Reseller, c.Customer))
		}
	}
	return list
}

// makeBatches makes the boxes that the file names and that are not there.
func (s *simRun) makeBatches(ctx context.Context) error {
	s.batches = map[string]int64{}
	for _, c := range s.cards {
		if c.bic != "" && c.err == nil {
			s.batches[c.bic] = 0
		}
	}
	if len(s.batches) == 0 || s.table.options.DryRun {
		return nil
	}
	id, err := s.DB.NextIDs(ctx, "sim_batch", s.organisation, int64(len(s.batches)))
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, []int64{s.organisation}, func(tx *db.Tx) error {
		return sim.EnsureBatches(tx, s.Clock.Micros(), s.organisation, id, s.batches)
	})
}

func (s *simRun) take(tx *db.Tx, first, end int) ([]outcome, error) {
	outcomes, news, places := make([]outcome, end-first), []sim.New{}, []int{}
	for i, c := range s.cards[first:end] {
		if outcomes[i].err = c.err; c.err == nil {
			c.Batch = s.batches[c.bic]
			news, places = append(news, c.New), append(places, i)
		}
	}
	known, err := sim.Known(tx, news)
	if err != nil {
		return nil, err
	}
	var fresh []sim.New
	for n, c := range news {
		switch k := known[n]; {
		case k.ByICCID == 0 && k.ByIMSI == 0:
			fresh = append(fresh, c)
		case k.ByICCID == k.ByIMSI:
			outcomes[places[n]].found = true
		case k.ByICCID != 0:
			outcomes[places[n]].err = fault.New(fault.Duplicated, "ICCID %s is in the inventory already, with another IMSI", c.ICCID)
		default:
			outcomes[places[n]].err = fault.New(fault.Duplicated, "IMSI %s is in the inventory already, with another ICCID", c.IMSI)
		}
	}
	return outcomes, sim.Store(tx, s.Clock.Micros(), s.firstSIM+int64(first), s.firstIMSI+int64(first), fresh)
}
