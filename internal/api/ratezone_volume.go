package api

import (
	"context"
	"net/http"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/rest"
	"github.com/simstead/simstead/internal/tariff"
	"github.com/simstead/simstead/internal/value"
)

func (a *API) ratezoneVolumeRoutes(r *rest.API) {
	const all, of = "/{tariff_id}/inclusive_volume", "/{tariff_id}/ratezone/{ratezone_id}/inclusive_volume"
	const one = of + "/{inclusive_volume_id}"
	rest.Table(r, selling(http.MethodGet, all, "tariff-inclusive-volume-get", "List the inclusive volumes that a tariff offers", 404), a.listOffers)
	rest.Create(r, selling(http.MethodPost, of, "tariff-ratezone-inclusive-volume-post", "Offer an inclusive volume for a rate zone", 404, 422), a.createOffer)
	rest.Get(r, selling(http.MethodGet, one, "tariff-ratezone-inclusive-volume-by-id-get", "Get an inclusive volume on offer", 404), a.getOffer)
	change := selling(http.MethodPatch, one, "tariff-ratezone-inclusive-volume-by-id-patch", "Change an inclusive volume on offer", 404, 422)
	change.Description = "For those who get it from now on; who has it keeps it as it was."
	rest.Do(r, change, a.changeOffer)
	rest.Do(r, selling(http.MethodDelete, one, "tariff-ratezone-inclusive-volume-by-id-delete", "Offer an inclusive volume no more", 404), a.deleteOffer)
}

type offerID struct {
	ratezoneID
	Volume rest.PathID `path:"inclusive_volume_id"`
}

func (a *API) listOffers(ctx context.Context, c rest.Caller, in *tariffID) ([]tariff.Offer, error) {
	return readTariff(ctx, a, c, in.ID, func(q db.Queryer) ([]tariff.Offer, error) { return tariff.Offers(q, int64(in.ID)) })
}

func (a *API) getOffer(ctx context.Context, c rest.Caller, in *offerID) (*tariff.Offer, error) {
	return readTariff(ctx, a, c, in.ID, func(q db.Queryer) (*tariff.Offer, error) { return tariff.OfferByID(q, int64(in.ID), int64(in.Volume)) })
}

func (a *API) createOffer(ctx context.Context, c rest.Caller, in *struct {
	ratezoneID
	Body tariff.OfferFields
},
) (rest.Created[rest.Empty], error) {
	id, err := a.DB.NextID(ctx, "ratezone_inclusive_volume", c.Organisation)
	if err == nil {
		err = a.write(ctx, c, func(tx *db.Tx) error {
			return tariff.AddOffer(tx, a.Clock.Micros(), c.Organisation, int64(in.ID), int64(in.Zone), id, in.Body)
		})
	}
	return rest.Created[rest.Empty]{ID: value.ID(id)}, err
}

func (a *API) changeOffer(ctx context.Context, c rest.Caller, in *struct {
	offerID
	Body tariff.OfferFields
},
) error {
	return a.write(ctx, c, func(tx *db.Tx) error {
		return tariff.ChangeOffer(tx, c.Organisation, int64(in.ID), int64(in.Volume), in.Body)
	})
}

func (a *API) deleteOffer(ctx context.Context, c rest.Caller, in *offerID) error {
	return a.write(ctx, c, func(tx *db.Tx) error { return tariff.DeleteOffer(tx, c.Organisation, int64(in.ID), int64(in.Volume)) })
}
