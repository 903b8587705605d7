package api

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/sim"
)

func (a *API) simDeleteRoutes(r *rest.API) {
	rest.Do(r, rest.Op{
		Method: http.MethodDelete, Path: "/api/v1/sim/multi", ID: "bulk-sim-delete", Tag: "sim", Role: rest.User, MaxBody: rest.Bulk,
		Summary: "Delete up to 2000 SIMs, all or none", Errors: []int{400, 403, 404, 409, 422},
	}, a.deleteSIMs)
	rest.Do(r, rest.Op{
		Method: http.MethodDelete, Path: "/api/v1/sim/{sim_id}", ID: "sim-by-id-delete", Tag: "sim", Role: rest.User,
		Summary: "Delete a SIM", Errors: []int{403, 404, 409},
	}, func(ctx context.Context, c rest.Caller, in *simID) error {
		return a.endSIMs(ctx, c, []int64{int64(in.ID)})
	})
}

func (a *API) deleteSIMs(ctx context.Context, c rest.Caller, in *struct{ Body []item }) error {
	if err := few(len(in.Body), sim.MaxBulk); err != nil {
		return err
	}
	return a.endSIMs(ctx, c, idsOf(in.Body))
}

func (a *API) endSIMs(ctx context.Context, c rest.Caller, ids []int64) error {
	held := func(card *sim.Card) bool { return card.HeldBy(c.Organisation) }
	return a.changeSIMs(ctx, ids, []int64{c.Organisation}, held, func(tx *db.Tx, cards []*sim.Card) error {
		return sim.Delete(tx, a.Clock.Micros(), c.User, c.Organisation, cards)
	})
}

// changeSIMs runs a change of SIMs under the heads of their owners and of others. A SIM that the caller may not know of counts
// as missing; one that changes hands meanwhile makes it begin anew.
func (a *API) changeSIMs(ctx context.Context, ids, others []int64, may func(*sim.Card) bool, fn func(*db.Tx, []*sim.Card) error) error {
	for range handings {
		read, cards := sim.Lookup(ids)
		if err := a.DB.Lookup(ctx, read); err != nil {
			return err
		}
		heads := map[int64]bool{}
		for _, o := range others {
			heads[o] = true
		}
		for _, id := range ids {
			if cards[id] == nil || !may(cards[id]) {
				return fault.Missing("SIM", id)
			}
			heads[cards[id].Owner()] = true
		}
		err := a.DB.Write(ctx, slices.Collect(maps.Keys(heads)), func(tx *db.Tx) error {
			cards, err := sim.LoadMany(tx, ids)
			if err != nil {
				return err
			}
			list := make([]*sim.Card, len(ids))
			for i, id := range ids {
				switch list[i] = cards[id]; {
				case list[i] == nil || !may(list[i]):
					return fault.Missing("SIM", id)
				case !heads[list[i].Owner()]:
					return errMoved
				}
			}
			return fn(tx, list)
		})
		if !errors.Is(err, errMoved) {
			return err
		}
	}
	return fault.New(fault.NotAllowed, "a SIM is changing hands: try again")
}
