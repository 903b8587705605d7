package sim

import (
	"encoding/json"

	"github.com/simstead/simstead/internal/value"
)

// ActivationDetail is the detail of the event that a SIM's factory test ended by itself.
func ActivationDetail(reason string) string {
	status := func(id int64, name string) value.Described {
		return value.Described{ID: value.ID(id), Description: name}
	}
	type change struct {
		From value.Described `json:"from"`
		To   value.Described `json:"to"`
	}
	type ofSIM struct {
		Status change `json:"status"`
	}
	type transition struct {
		SIM ofSIM `json:"sim"`
	}
	text, err := json.Marshal(struct {
		Transition transition `json:"transition"`
		Reason     string     `json:"reason"`
	}{transition{ofSIM{change{status(FactoryTest, "FACTORY TEST"), status(Activated, "ACTIVATED")}}}, reason})
	if err != nil {
		return "" // nothing in it can fail
	}
	return string(text)
}
