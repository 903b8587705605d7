package stats

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/network"
	"github.com/simstead/simstead/internal/tariff"
	"github.com/simstead/simstead/internal/value"
)

// WorkspaceDays is the traffic of some workspaces by day.
type WorkspaceDays struct {
	ID    value.ID       `json:"id" doc:"The workspace; of several the first."`
	Days  []WorkspaceDay `json:"days" doc:"Those with traffic."`
	Total WorkspaceUse   `json:"total"`
}

// WorkspaceDay is a day of them.
type WorkspaceDay struct {
	Date string `json:"date" format:"date"`
	WorkspaceUse
}

// WorkspaceUse is what was used by kind of traffic; null where nothing was.
type WorkspaceUse struct {
	Data    *Usage `json:"data_volume"`
	SMS     *Usage `json:"sms_volume"`
	SatData *Usage `json:"sat_geo_data_volume" doc:"Satellite traffic is not counted apart."`
	SatSMS  *Usage `json:"sat_geo_sms_volume"`
}

// InWorkspaces adds up the traffic of workspaces, of which there is at least one, from start to end, both dates or empty.
// Without dates it is the current month, where the first of them is; with one of them its month from there or up to there.
func InWorkspaces(q db.Queryer, workspaces []int64, now int64, start, end string) (*WorkspaceDays, error) {
	zone, err := account.Zone(q, workspaces[0])
	if err != nil {
		return nil, err
	}
	endOfMonth := func(first time.Time) time.Time { return monthOf(first).AddDate(0, 1, -1) }
	first, last, err := span(dateOf(DayIn(zone, now)), start, end, endOfMonth)
	if err != nil {
		return nil, err
	}
	var rows []row
	for _, workspace := range workspaces {
		more, err := db.All(q, scanTree, `SELECT d.day, d.traffic_type_id, d.currency_id, `+sumsOf+` FROM organisation_day d
			WHERE d.organisation_id = $1 AND d.day BETWEEN $2 AND $3 GROUP BY d.day, d.traffic_type_id, d.currency_id`, workspace, dayOf(first), dayOf(last))
		if err != nil {
			return nil, fmt.Errorf("daily statistics of a workspace: %w", err)
		}
		rows = append(rows, more...)
	}
	currencies, err := loadCurrencies(q)
	if err != nil {
		return nil, fmt.Errorf("daily statistics of a workspace: %w", err)
	}
	slices.SortStableFunc(rows, func(a, b row) int { return cmp.Compare(a.day, b.day) })
	answer := &WorkspaceDays{ID: value.ID(workspaces[0]), Days: []WorkspaceDay{}, Total: workspaceUse(rows, currencies)}
	for len(rows) > 0 {
		day, n := rows[0].day, 0
		for n < len(rows) && rows[n].day == day {
			n++
		}
		answer.Days = append(answer.Days, WorkspaceDay{dateOf(day).Format(time.DateOnly), workspaceUse(rows[:n], currencies)})
		rows = rows[n:]
	}
	return answer, nil
}

func workspaceUse(rows []row, currencies map[int64]network.Currency) (use WorkspaceUse) {
	all := sums(rows)
	of := func(t tariff.TrafficType) *Usage {
		if all[t.ID] == nil {
			return nil
		}
		u := all[t.ID].usage(t, currencies)
		return &u
	}
	use.Data, use.SMS = of(tariff.DataTraffic()), of(tariff.SMSTraffic())
	return use
}
