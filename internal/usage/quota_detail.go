package usage

import (
	"encoding/json"

	"github.com/simstead/simstead/internal/money"
	"github.com/simstead/simstead/internal/quota"
	"github.com/simstead/simstead/internal/tariff"
	"github.com/simstead/simstead/internal/value"
)

// quotaNumbers is what the events of a quota tell of it. SMS are told as what they are, data in MB.
type quotaNumbers struct {
	Percentage int64            `json:"threshold_percentage"`
	Threshold  value.MB         `json:"threshold_volume"`
	Volume     value.MB         `json:"volume"` // what is left; below 0 when more was used
	Traffic    *value.Described `json:"traffic_type,omitempty"`
}

// quotaDetail is the detail of an event that a quota passed something.
func quotaDetail(q *quota.Quota) string {
	n := quotaNumbers{Percentage: max(q.Percentage, 0), Threshold: value.MB(q.Threshold), Volume: value.MB(q.Volume)}
	if q.Traffic == quota.SMS {
		sms := tariff.SMSTraffic()
		n.Threshold, n.Volume = value.MB(q.Threshold*money.MB), value.MB(q.Volume*money.MB)
		n.Traffic = &value.Described{ID: value.ID(sms.ID), Description: sms.Description}
	}
	text, err := json.Marshal(struct {
		Quota quotaNumbers `json:"quota"`
	}{n})
	if err != nil {
		return "" // nothing in it can fail
	}
	return string(text)
}
