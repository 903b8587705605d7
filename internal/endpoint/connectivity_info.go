package endpoint

import (
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/value"
)

// ConnectivityInfo is what is known of where a device is. A device that no session tells of is answered as the network
// does when it cannot reach one.
type ConnectivityInfo struct {
	Subscriber SubscriberInfo   `json:"subscriber_info"`
	Requested  value.EntityTime `json:"request_timestamp"`
	Replied    value.EntityTime `json:"reply_timestamp"`
}

// SubscriberInfo is the state of a device and where it is, or why that is not known.
type SubscriberInfo struct {
	Success  bool             `json:"success"`
	State    string           `json:"state,omitempty"`
	Location *SubscriberPlace `json:"location,omitempty"`
	Error    string           `json:"error,omitempty"`
}

// SubscriberPlace is the cell that a device was in.
type SubscriberPlace struct {
	Current bool         `json:"current_location_retrieved"`
	Age     int64        `json:"age_of_location" doc:"Minutes since it was told."`
	Cell    CellGlobalID `json:"cell_global_id"`
}

// CellGlobalID names a cell (TS 23.003 4.3.1).
type CellGlobalID struct {
	MCC *string `json:"mcc"`
	MNC *string `json:"mnc"`
	LAC *int64  `json:"lac"`
	CID *int64  `json:"cid"`
}

// Located reads where an endpoint's device is, as far as its open session tells.
func Located(q db.Queryer, now, organisation, id int64) (*ConnectivityInfo, error) {
	if _, err := load(q, organisation, id); err != nil {
		return nil, err
	}
	info := &ConnectivityInfo{Requested: value.EntityTime(now), Replied: value.EntityTime(now)}
	s, err := lastSession(q, organisation, id)
	if err != nil {
		return nil, err
	}
	if s == nil || !s.Open() {
		info.Subscriber.Error = "absentSubscriber"
		return info, nil
	}
	p := describe(s, now)
	info.Subscriber = SubscriberInfo{Success: true, State: "assumedIdle", Location: &SubscriberPlace{
		Age: max(now-s.Seen, 0) / clock.Minute, Cell: CellGlobalID{MCC: p.MCC, MNC: p.MNC, LAC: p.LAC, CID: p.CI},
	}}
	return info, nil
}
