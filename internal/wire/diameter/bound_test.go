package diameter

import (
	"encoding/binary"
	runtimemetrics "runtime/metrics"
	"testing"

	"github.com/simstead/simstead/internal/wire/diameter/packet"
)

// What reading a message may allocate: so much for each of its octets, and a little beside.
const (
	perOctet = 100      // a used unit of 8 octets becomes a value of ten times that, in either dialect
	beside   = 64 << 10 // what the runtime counts at a time is not exact
)

// allocated is how many octets this process has allocated so far.
func allocated() uint64 {
	sample := []runtimemetrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	runtimemetrics.Read(sample)
	return sample[0].Value.Uint64()
}

// readAll reads a message as every dialect would.
func readAll(m packet.Message) {
	for _, dialect := range []Dialect{Open5GS(), TGPP()} {
		_, _ = decodeCredit(m, &dialect)
		_, _ = decodePolicy(m, &dialect)
	}
}

// bounded makes sure that reading a message costs no more memory than it is worth.
func bounded(t *testing.T, b []byte, times uint64) {
	t.Helper()
	m, err := packet.Parse(b)
	if err != nil {
		return
	}
	before := allocated()
	for range times {
		readAll(m)
	}
	if used := (allocated() - before) / times; used > perOctet*uint64(len(b))+beside/times {
		t.Errorf("%d octets make the decoders allocate %d", len(b), used)
	}
}

// FuzzBound is invariant 16 of the charging model: nothing that arrives takes memory out of proportion.
func FuzzBound(f *testing.F) {
	for _, name := range goldens(f) {
		f.Add([]byte(golden(f, name)))
	}
	f.Fuzz(func(t *testing.T, b []byte) { bounded(t, b, 1) })
}

// hostile fills a message up to its largest size with one attribute, repeated.
func hostile(t *testing.T, id packet.ID, data []byte) []byte {
	t.Helper()
	attribute := attributeOf(t, id, data)
	m := append([]byte(nil), golden(t, goldens(t)[0])...)
	for len(m)+len(attribute) <= packet.MaxLength {
		m = append(m, attribute...)
	}
	binary.BigEndian.PutUint32(m, uint32(len(m)))
	m[0] = 1
	return m
}

func attributeOf(t *testing.T, id packet.ID, data []byte) []byte {
	t.Helper()
	var w packet.Writer
	w.Begin(0, 0, 0, 0, 0, len(data))
	w.Bytes(id, data)
	m, err := w.Message()
	if err != nil {
		t.Fatal(err)
	}
	return m.AVPs()
}

// Messages made of what is cheapest to send: thousands of services, of units, of groups within groups.
func TestHostileMessages(t *testing.T) {
	deep := []byte(nil)
	for len(deep) < 4000 {
		deep = attributeOf(t, packet.MultipleServicesCreditControl, deep)
	}
	for name, b := range map[string][]byte{
		"empty services":       hostile(t, packet.MultipleServicesCreditControl, nil),
		"empty used units":     hostile(t, packet.UsedServiceUnit, nil),
		"empty informations":   hostile(t, packet.ServiceInformation, nil),
		"subscriptions":        hostile(t, packet.SubscriptionID, nil),
		"groups within groups": hostile(t, packet.MultipleServicesCreditControl, deep),
		"names":                hostile(t, packet.OriginHost, []byte("a")),
		"sessions":             hostile(t, packet.SessionID, []byte("a")),
	} {
		t.Run(name, func(t *testing.T) {
			if len(b) < packet.MaxLength/2 {
				t.Fatalf("only %d octets", len(b))
			}
			bounded(t, b, 50)
		})
	}
}
