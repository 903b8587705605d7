package format

import (
	"encoding/json"
	"fmt"
	"unicode/utf16"

	"pgregory.net/rapid"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/value"
)

// drawText draws any bytes at all, and often what is hard to write.
func drawText(t *rapid.T, name string) string {
	piece := rapid.OneOf(
		rapid.String(),
		rapid.SampledFrom([]string{
			"", `"`, `\`, ",", "\n", "\r\n", "\r", "\t", "\x00", "\x1f", "\x7f", "\u0080", "€", "e\u0301", "🛰", "\u2028", "\ufffd",
			"\xff", "\xc3", "\xed\xa0\x80", "\xf0\x9f\x9b", `\u20ac`, "=1+1", "</script>",
		}),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 8), func(b []byte) string { return string(b) }),
	)
	return piece.Draw(t, name) + piece.Draw(t, name)
}

func drawID(t *rapid.T, name string) value.ID { return value.ID(rapid.Int64().Draw(t, name)) }

// drawTime draws a time of four-digit years, or none.
func drawTime(t *rapid.T, name string) int64 {
	return rapid.OneOf(rapid.Just[int64](0), rapid.Int64Range(0, 8_000*365*clock.Day)).Draw(t, name)
}

func drawOptional(t *rapid.T, name string) *string {
	if rapid.Bool().Draw(t, name) {
		return nil
	}
	return ptr(drawText(t, name))
}

// drawn draws an entity, or none.
func drawn[T any](t *rapid.T, name string, draw func() T) *T {
	if rapid.IntRange(0, 3).Draw(t, name) == 0 {
		return nil
	}
	entity := draw()
	return &entity
}

func drawEndpoint(t *rapid.T) *Endpoint {
	return drawn(t, "endpoint", func() Endpoint {
		return Endpoint{
			drawID(t, "endpoint"), drawText(t, "endpoint"), drawOptional(t, "address"), drawOptional(t, "tags"),
			drawOptional(t, "IMEI"),
		}
	})
}

func drawSIM(t *rapid.T) *SIM {
	return drawn(t, "SIM", func() SIM {
		return SIM{drawID(t, "SIM"), drawText(t, "ICCID"), drawOptional(t, "MSISDN"), drawTime(t, "production")}
	})
}

func drawCurrency(t *rapid.T) Currency {
	return Currency{drawID(t, "currency"), drawText(t, "code"), drawText(t, "symbol")}
}

func drawEvent(t *rapid.T) Event {
	return Event{
		ID: drawID(t, "id"), Time: drawTime(t, "time"), Alert: rapid.Bool().Draw(t, "alert"),
		Description: drawText(t, "description"), Detail: drawDetail(t), Type: described(t, "type"),
		Severity: described(t, "severity"), Source: described(t, "source"), Organisation: named(t, "organisation"),
		User: drawn(t, "user", func() User {
			return User{drawID(t, "user"), drawText(t, "username"), drawText(t, "name")}
		}),
		Endpoint: drawEndpoint(t), SIM: drawSIM(t),
		IMSI: drawn(t, "IMSI", func() IMSI { return IMSI{drawID(t, "IMSI"), drawText(t, "IMSI"), drawTime(t, "import")} }),
	}
}

func drawUsage(t *rapid.T) Usage {
	u := Usage{
		ID: drawID(t, "id"), Start: drawTime(t, "start"), End: drawTime(t, "end"), Cost: rapid.Int64().Draw(t, "cost"),
		Total: rapid.Int64().Draw(t, "total"), Rx: rapid.Int64().Draw(t, "rx"), Tx: rapid.Int64().Draw(t, "tx"),
		Organisation: named(t, "organisation"), TrafficType: described(t, "traffic type"), Currency: drawCurrency(t),
		Operator: drawn(t, "operator", func() Operator {
			return Operator{
				drawID(t, "operator"), drawText(t, "operator"), drawText(t, "MNC"),
				Country{drawID(t, "country"), drawText(t, "MCC"), drawText(t, "country")},
			}
		}),
		Tariff: drawn(t, "tariff", func() Tariff {
			zone := drawn(t, "zone", func() value.Named { return named(t, "zone") })
			return Tariff{drawID(t, "tariff"), drawText(t, "tariff"), zone}
		}),
		Endpoint: drawEndpoint(t), SIM: drawSIM(t), IMSI: drawText(t, "IMSI"), IMSIID: drawID(t, "IMSI"),
		Balance: drawn(t, "balance", func() Balance {
			return Balance{rapid.Int64().Draw(t, "amount"), drawTime(t, "updated"), drawTime(t, "expiry"), drawCurrency(t)}
		}),
	}
	u.TrafficType.ID = rapid.SampledFrom([]value.ID{Data, SMS}).Draw(t, "traffic type")
	return u
}

// drawDetail draws the JSON text {"k": a string}, in one of the ways in which a string can be written.
func drawDetail(t *rapid.T) []byte {
	s := valid(drawText(t, "detail"))
	var written []byte
	switch rapid.IntRange(0, 3).Draw(t, "writing") {
	case 0:
		return nil
	case 1:
		written, _ = json.Marshal(s)
	case 2:
		written = appendString(nil, s)
	case 3:
		written = append(written, '"')
		for _, unit := range utf16.Encode([]rune(s)) {
			written = fmt.Appendf(written, `\u%04X`, unit)
		}
		written = append(written, '"')
	}
	return fmt.Appendf(nil, `{"k":%s}`, written)
}

// detailText is the string in it.
func detailText(detail []byte) string {
	var object struct {
		K string `json:"k"`
	}
	if err := json.Unmarshal(detail, &object); err != nil {
		panic(err)
	}
	return object.K
}
