package datadog

import (
	"encoding/json"
	"strconv"
	"unicode/utf8"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/money"
	"github.com/simstead/simstead/internal/stream/format"
	"github.com/simstead/simstead/internal/value"
)

// maxTag is how many characters of a tag Datadog keeps.
const maxTag = 200

// The four metrics are counts (type 1): what was used is added up over time and over tags. A point belongs to the
// second in which its record ends. Tags stand before and the value behind, so that what comes before the value is the
// same text exactly when two points are the same to Datadog.
const (
	seriesBegin = `{"metric":"endpoint.`
	seriesTags  = `","type":1,"interval":1,"tags":[`
	seriesPoint = `],"points":[{"timestamp":`
	seriesValue = `,"value":`
	seriesEnd   = `}]}`
)

// metrics of a record, in their order.
var metrics = [...]string{"volume", "volume_tx", "volume_rx", "cost"}

// appendUsage writes a usage record as the series of its four metrics, with commas between. Volumes are in MB or, for
// SMS, in messages, and costs in the currency that the tag names: the numbers of the record itself.
func appendUsage(buf []byte, u *format.Usage) []byte {
	tags := usageTags(u)
	places := money.VolumePlaces
	if u.TrafficType.ID == format.SMS {
		places = 0
	}
	values := [...]struct {
		n      int64
		places int
	}{{u.Total, places}, {u.Tx, places}, {u.Rx, places}, {u.Cost, money.CostPlaces}}
	for i, v := range values {
		if i > 0 {
			buf = append(buf, ',')
		}
		buf = append(append(append(buf, seriesBegin...), metrics[i]...), seriesTags...)
		buf = append(append(buf, tags...), seriesPoint...)
		buf = strconv.AppendInt(buf, u.End/clock.Second, 10)
		buf = money.Append(append(buf, seriesValue...), v.n, v.places)
		buf = append(buf, seriesEnd...)
	}
	return buf
}

func usageTags(u *format.Usage) []byte {
	var t tags
	if u.Endpoint != nil {
		t.id("endpoint_id", u.Endpoint.ID)
		t.text("endpoint", u.Endpoint.Name)
	}
	if u.SIM != nil {
		t.text("iccid", u.SIM.ICCID)
	}
	if u.Operator != nil {
		t.text("operator", u.Operator.Name)
		t.text("country", u.Operator.Country.Name)
	}
	t.text("traffic_type", u.TrafficType.Description)
	t.text("organisation", u.Organisation.Name)
	t.text("currency", u.Currency.Code)
	return t
}

// tags is a list of "name:value" as JSON, without its brackets.
type tags []byte

func (t *tags) id(name string, id value.ID) { t.text(name, strconv.FormatInt(int64(id), 10)) }

// text adds a tag, unless it has no value. Datadog writes it in lower case and with its own choice of characters.
func (t *tags) text(name, text string) {
	if text == "" {
		return
	}
	if len(*t) > 0 {
		*t = append(*t, ',')
	}
	*t = append(*t, quote(cut(name+":"+text, maxTag))...)
}

// cut shortens a text to so many characters.
func cut(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most])
}

func quote(text string) []byte {
	quoted, _ := json.Marshal(text) // any text can be
	return quoted
}
