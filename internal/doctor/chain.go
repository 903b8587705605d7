package doctor

import "fmt"

// chains remember where the last record of each session ended, of a few hundred thousand sessions at least: the next one
// must begin there. Older ones are let go.
type chains struct {
	young, old map[int64]link
	most       int
	lost       bool // something was let go
}

// link is the end of a record.
type link struct {
	line                    line
	id, at                  int64 // of the record, and when it ended
	volume, inclusive, cost int64 // of its line
	wrong                   bool  // the record is wrong by itself, so where it ends means nothing
}

// line is a rating line, as far as a record tells which one.
type line struct{ endpoint, tariff, ratezone, currency, rate, block, month, rounding, inclusive int64 }

func newChains() *chains { return &chains{young: map[int64]link{}, most: 1 << 17} }

// end is where a session's last record ended.
func (c *chains) end(session int64) (l link, known bool) {
	if l, known = c.young[session]; !known {
		l, known = c.old[session]
	}
	return l, known
}

func (c *chains) keep(session int64, l link) {
	if len(c.young) >= c.most {
		c.lost = c.lost || c.old != nil
		c.young, c.old = make(map[int64]link, c.most), c.young
	}
	c.young[session] = l
}

// follow takes the next record and says what does not fit the one before it, or that there should be one before it. all says
// that every record of its session is read, not only those of a month; wrong that the record is wrong by itself.
func (c *chains) follow(r *row, all, wrong bool) (text string, missing bool) {
	before, known := c.end(r.Session)
	own := line{r.Endpoint, r.Tariff, r.Ratezone, r.Currency, r.Rate, r.Block, r.BillingMonth, r.Rounding, r.InclusiveID}
	begins := r.LineVolume == 0 && r.LineInclusive == 0 && r.LineCost == 0
	goesOn := before.line == own && before.volume == r.LineVolume && before.inclusive == r.LineInclusive && before.cost == r.LineCost
	switch {
	case known && all && before.at != r.Start:
		text = fmt.Sprintf("begins %d µs after the record before it, %d, has ended", r.Start-before.at, before.id)
	case begins || known && (goesOn || before.wrong):
	case known && before.line == own:
		text = fmt.Sprintf("follows %d bytes (%d inclusive, %s), but the record before it, %d, ends at %d bytes (%d inclusive, %s)",
			r.LineVolume, r.LineInclusive, cost(r.LineCost), before.id, before.volume, before.inclusive, cost(before.cost))
	case known:
		text = fmt.Sprintf("follows %d bytes of its line, but the record before it, %d, is of another line", r.LineVolume, before.id)
	default:
		text, missing = fmt.Sprintf("follows %d bytes of its line, but no record before it is there", r.LineVolume), true
	}
	c.keep(r.Session, link{
		line: own, id: r.ID, at: r.End, volume: r.LineVolume + r.VolumeTx + r.VolumeRx,
		inclusive: r.LineInclusive + r.Inclusive, cost: r.LineCost + r.Cost, wrong: wrong,
	})
	return text, missing
}
