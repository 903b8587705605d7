package provision

import (
	"context"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/endpoint"
	"github.com/simstead/simstead/internal/sim"
	"github.com/simstead/simstead/internal/value"
)

// makeOrganisation makes an organisation with all that belongs to it, as far as it is missing.
func (r *run) makeOrganisation(ctx context.Context, o *planned) (err error) {
	if o.id != 0 {
		r.found("%s %s", o.Type, o.Name)
	} else {
		if !r.DryRun {
			parent := r.operator.ID
			if o.parent != nil {
				parent = o.parent.id
			}
			o.id, err = account.CreateOrganisation(ctx, r.DB, r.Clock, account.Organisation{
				Parent: parent, Type: o.kind, Name: o.Name, Currency: r.currencies[o.Currency], TimeZone: o.TimeZone, CostLimit: o.limit,
			})
			if err != nil {
				return err
			}
		}
		r.made("%s %s", o.Type, o.Name)
	}
	for _, step := range []func(context.Context, *planned) error{r.equip, r.makeAdministrator, r.makeSIMs, r.makeStreams} {
		if err := step(ctx, o); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) makeAdministrator(ctx context.Context, o *planned) error {
	if o.Administrator == "" {
		return nil
	}
	if o.user != 0 {
		r.found("user %s of %s", o.Administrator, o.Name)
		return nil
	}
	if r.DryRun {
		r.made("user %s of %s", o.Administrator, o.Name)
		return nil
	}
	user, err := account.CreateUser(ctx, r.DB, r.Clock, account.User{
		Organisation: o.id, Username: o.Administrator, Name: "Administrator", Role: account.RoleAdministrator,
	})
	if err != nil {
		return err
	}
	r.made("user %s of %s", o.Administrator, o.Name)
	token, err := account.CreateToken(ctx, r.DB, r.Clock, account.Owner{Organisation: o.id, Creator: user, Role: account.RoleAdministrator},
		account.NewToken{Description: value.Some("Made by provision")})
	if err != nil {
		return err
	}
	r.say("       application token, shown only now: %s", token)
	return nil
}

// chunk is how many SIMs one transaction makes, so that the network waits for none of them long.
const chunk = 200

func (r *run) makeSIMs(ctx context.Context, o *planned) error {
	if o.SIMs == "" {
		return nil
	}
	if n := len(o.cards) - len(o.missing); n > 0 || len(o.cards) == 0 {
		r.found("%d SIMs of %s", n, o.Name)
	}
	if r.DryRun && len(o.missing) > 0 {
		r.made("%d SIMs of %s, with an endpoint each", len(o.missing), o.Name)
		return nil
	}
	for from := 0; from < len(o.missing); from += chunk {
		to := min(from+chunk, len(o.missing))
		if err := r.makeSome(ctx, o, o.missing[from:to]); err != nil {
			return err
		}
		r.made("%d of %d SIMs of %s, with an endpoint each", to, len(o.missing), o.Name)
	}
	return nil
}

func (r *run) makeSome(ctx context.Context, o *planned, cards []card) error {
	now, n := r.Clock.Micros(), int64(len(cards))
	var sims, imsis, endpoints int64
	for kind, into := range map[string]*int64{"sim": &sims, "imsi": &imsis, "endpoint": &endpoints} {
		var err error
		if *into, err = r.DB.NextIDs(ctx, kind, o.id, n); err != nil {
			return err
		}
	}
	var reseller int64
	if o.parent != nil {
		reseller = o.parent.id
	}
	return r.DB.Write(ctx, []int64{o.id}, func(tx *db.Tx) error {
		inventory, rows := make([]sim.New, n), make([]endpoint.Row, n)
		for i, c := range cards {
			inventory[i] = sim.New{
				ICCID: c.iccid, IMSI: c.imsi, MSISDN: c.msisdn, EID: c.eid, Issuer: r.operator.ID, Reseller: reseller, Customer: o.id,
				Status: sim.Activated,
			}
			rows[i] = endpoint.Row{
				ID: endpoints + int64(i), Name: c.named, ServiceProfile: o.has.service, TariffProfile: o.has.profiles[r.tariffs[o.Tariffs[0]]],
				SIM: sims + int64(i), Space: o.has.space, Created: now, LastUpdated: now,
			}
		}
		if err := sim.Import(tx, now, sims, imsis, inventory); err != nil {
			return err
		}
		return endpoint.CreateMany(tx, now, o.id, rows)
	})
}
