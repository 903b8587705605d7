package datadog

import (
	"bytes"

	"github.com/simstead/simstead/internal/money"
	"github.com/simstead/simstead/internal/stream"
)

// point is what one or more records say of the four metrics in a second.
type point struct {
	data []byte // of the first record
	sum  [len(metrics)]int64
	many bool // sum holds more than the first record
}

// same is what two records have in common when one point would replace the other: the tags and the time.
func same(data []byte) []byte { return data[:max(bytes.Index(data, []byte(seriesValue)), 0)] }

// points adds up the records that Datadog takes for one point. Of two such points it keeps the later one alone: two
// sessions of an endpoint that end in one second are such.
func points(records []stream.Record) []*point {
	of := make(map[string]*point, len(records))
	out := make([]*point, 0, len(records))
	for _, r := range records {
		key := string(same(r.Data))
		p := of[key]
		if p == nil {
			p = &point{data: r.Data}
			of[key] = p
			out = append(out, p)
			continue
		}
		if !p.many {
			p.add(p.data)
		}
		p.many = true
		p.add(r.Data)
	}
	return out
}

// places of the metrics' values. Messages have none, which reads and writes as well with six.
func places(metric int) int {
	if metrics[metric] == "cost" {
		return money.CostPlaces
	}
	return money.VolumePlaces
}

// add reads the values of a record, which are int64 in these places.
func (p *point) add(data []byte) {
	for i := range p.sum {
		_, rest, _ := bytes.Cut(data, []byte(seriesValue))
		text, after, _ := bytes.Cut(rest, []byte(seriesEnd))
		n, _ := money.Parse(string(text), places(i)) // written by appendUsage
		p.sum[i] += n
		data = after
	}
}

// append writes the series of the point.
func (p *point) append(buf []byte) []byte {
	if !p.many {
		return append(buf, p.data...)
	}
	data := p.data
	for i := range p.sum {
		at := bytes.Index(data, []byte(seriesValue)) + len(seriesValue)
		buf = money.Append(append(buf, data[:at]...), p.sum[i], places(i))
		end := at + bytes.Index(data[at:], []byte(seriesEnd))
		next := end + len(seriesEnd)
		buf = append(buf, data[end:next]...)
		data = data[next:]
	}
	return buf
}
