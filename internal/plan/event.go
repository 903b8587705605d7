package plan

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/event"
	"github.com/simstead/simstead/internal/value"
)

// assigned is the detail of an event of type 33: what the organisation has now.
type assigned struct {
	Plan assignedPlan `json:"tariff_plan"`
}

type assignedPlan struct {
	ID           value.ID   `json:"id"`
	Name         string     `json:"name"`
	StartDate    *string    `json:"start_date"` // 2026-11-25 00:00:00, UTC
	EndDate      *string    `json:"end_date"`
	Evaluation   bool       `json:"evaluation"`
	ExpiryTime   value.ID   `json:"expiry_time"`
	Price        Scale      `json:"price"`
	Rate         value.Cost `json:"rate"`
	YearlyRate   value.Cost `json:"yearly_rate"`
	Currency     value.Ref  `json:"currency"`
	ServiceLevel *value.Ref `json:"service_level"`
}

// tell is the event of an assignment.
func (a Assignment) tell(p *Plan, now, user int64) (event.Event, error) {
	in := assignedPlan{
		ID: p.ID, Name: p.Name, StartDate: stamp(a.Start), EndDate: stamp(a.Expiry), Evaluation: p.Evaluation, ExpiryTime: p.ExpiryTime,
		Price: Scale{a.Scale()}, Rate: a.Rate, YearlyRate: a.YearlyRate, Currency: value.RefTo(value.ID(a.Currency)),
	}
	if a.ServiceLevel != 0 {
		level := value.RefTo(value.ID(a.ServiceLevel))
		in.ServiceLevel = &level
	}
	detail, err := json.Marshal(assigned{in})
	return event.Event{
		Organisation: a.Organisation, Time: now, Type: event.TariffPlanUpdated, User: user, Detail: string(detail),
		Description: fmt.Sprintf("Tariff plan %d (%s) assigned.", p.ID, p.Name),
	}, err
}

// stamp writes a time in µs; nil for none.
func stamp(at int64) *string {
	if at == 0 {
		return nil
	}
	text := clock.FromMicros(at).UTC().Format(time.DateTime)
	return &text
}
