package account

import (
	"strconv"
	"strings"

	"github.com/simstead/simstead/internal/money"
)

// fieldText is a field of an organisation as events tell it.
type fieldText struct{ name, text string }

// nothing is how events tell that a field has no value.
const nothing = "null"

// texts are the fields of an organisation that can be changed.
func (o Organisation) texts() []fieldText {
	limit := nothing
	if o.CostLimit != nil {
		limit = string(money.Append(nil, *o.CostLimit, money.CostPlaces))
	}
	return []fieldText{
		{"name", textOrNull(o.Name)}, {"country_id", idOrNull(o.Country)}, {"currency_id", idOrNull(o.Currency)},
		{"status_id", strconv.FormatInt(o.Status, 10)}, {"monthly_cost_limit", limit},
		{"verification_type_id", idOrNull(o.VerificationType)}, {"verification", textOrNull(o.Verification)}, {"ext_reference", textOrNull(o.Reference)},
		{"default_sms_routing_id", idOrNull(o.SMSRouting)}, {"feature_flags", textOrNull(strings.Join(o.Flags, ","))},
	}
}

func textOrNull(text string) string {
	if text == "" {
		return nothing
	}
	return text
}

func idOrNull(id int64) string {
	if id == 0 {
		return nothing
	}
	return strconv.FormatInt(id, 10)
}

// change is what a field was and is.
type change struct {
	Old string `json:"old"`
	New string `json:"new"`
}

// changedData is the detail of an event of type 31: each field that differs.
func changedData(before, after []fieldText) any {
	list := []map[string]change{}
	for i, field := range after {
		if old := before[i].text; old != field.text {
			list = append(list, map[string]change{field.name: {old, field.text}})
		}
	}
	return map[string]any{"changed_data": list}
}

// contactData is the same for a contact, which is told by its name: the rest of it is nobody's business but the organisation's.
func contactData(before, after string) any {
	return map[string]any{"changed_data": []map[string]change{{"contact": {textOrNull(before), textOrNull(after)}}}}
}
