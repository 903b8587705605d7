package quota

import (
	"encoding/json"

	"github.com/simstead/simstead/internal/money"
	"github.com/simstead/simstead/internal/value"
)

// Statuses lists the statuses with their names, by id.
func Statuses() []value.Described {
	return []value.Described{{ID: 1, Description: "ACTIVE"}, {ID: 2, Description: "EXHAUSTED"}, {ID: 3, Description: "EXPIRED"}}
}

// Actions lists what may happen when a quota is used up, by id.
func Actions() []value.Described {
	return []value.Described{{ID: 1, Description: "Block"}, {ID: 2, Description: "Throttle"}}
}

// View is a quota as the API shows it. Volumes are MB of data, or numbers of SMS.
type View struct {
	Status       value.Described  `json:"status"`
	Volume       value.MB         `json:"volume" doc:"What is left; below 0 when more was used than there was."`
	Expiry       value.EntityTime `json:"expiry_date"`
	AutoRefill   value.Flag       `json:"auto_refill" doc:"1: filled up with last_volume_added every day at 00:00 UTC, until it expires."`
	Percentage   *int64           `json:"threshold_percentage"`
	Threshold    *value.MB        `json:"threshold_volume" nullable:"true" doc:"An event tells when less than this is left."`
	LastAdded    value.MB         `json:"last_volume_added"`
	StatusChange value.EntityTime `json:"last_status_change_date"`
	Action       OnExhaustion     `json:"action_on_exhaustion"`
}

// OnExhaustion is what happens when a quota is used up.
type OnExhaustion struct {
	ID          value.ID `json:"id"`
	Description string   `json:"description"`
	Throughput  int64    `json:"peak_throughput,omitempty" doc:"Bit/s that a throttled endpoint is left with."`
}

// View is the quota as the API shows it.
func (q Quota) View() View {
	v := View{
		Status: Statuses()[q.Status-1], Volume: q.shown(q.Volume), Expiry: value.EntityTime(q.Expiry),
		AutoRefill: value.Flag(q.AutoRefill), LastAdded: q.shown(q.LastAdded), StatusChange: value.EntityTime(q.LastChange),
		Action: OnExhaustion{ID: value.ID(q.Action), Description: Actions()[q.Action-1].Description, Throughput: q.Throughput},
	}
	if q.Percentage >= 0 {
		threshold := q.shown(q.Threshold)
		v.Percentage, v.Threshold = &q.Percentage, &threshold
	}
	return v
}

// shown is a volume as it is written: data in MB, SMS as what they are.
func (q Quota) shown(volume int64) value.MB {
	if q.Traffic == SMS {
		return value.MB(volume * money.MB)
	}
	return value.MB(volume)
}

// assigned is what the event of a new quota tells. Its names are written in another way than everywhere else.
type assigned struct {
	Status       value.Described `json:"status"`
	Action       OnExhaustion    `json:"action_on_exhaustion"`
	Volume       value.MB        `json:"volume"`
	Expiry       value.EventTime `json:"expiryDate"`
	LastAdded    value.MB        `json:"lastVolumeAdded"`
	StatusChange value.EventTime `json:"lastStatusChangeDate"`
	AutoRefill   bool            `json:"autoRefill"`
	Percentage   *int64          `json:"thresholdPercentage"`
	Threshold    *value.MB       `json:"thresholdVolume"`
}

// detail is the quota in the event of its assignment.
func (q Quota) detail() (string, error) {
	v := q.View()
	text, err := json.Marshal(map[string]assigned{"quota": {
		Status: v.Status, Action: v.Action, Volume: v.Volume, Expiry: value.EventTime(q.Expiry), LastAdded: v.LastAdded,
		StatusChange: value.EventTime(q.LastChange), AutoRefill: q.AutoRefill, Percentage: v.Percentage, Threshold: v.Threshold,
	}})
	return string(text), err
}
