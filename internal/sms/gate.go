package sms

import (
	"errors"
	"fmt"

	"github.com/simstead/simstead/internal/balance"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/endpoint"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/quota"
	"github.com/simstead/simstead/internal/sim"
	"github.com/simstead/simstead/internal/tariff"
)

// device is what is known of the endpoint that an SMS goes to.
type device struct {
	organisation, endpoint      int64
	status, orgStatus           int64
	sim, simStatus              int64
	iccid, imsi, msisdn         string
	serves, needsQuota, prepaid bool
}

func loadDevice(q db.Queryer, organisation, id int64) (device, error) {
	d, err := db.One(q, func(r *db.Row) device {
		return device{
			organisation: organisation, endpoint: id, status: r.Int(), orgStatus: r.Int(), sim: r.Int(), simStatus: r.Int(), iccid: r.Text(),
			imsi: r.Text(), msisdn: r.Text(), needsQuota: r.Bool(), prepaid: r.Bool(), serves: r.Int() > 0,
		}
	}, `SELECT e.status_id, o.status_id, e.sim_id, s.status_id, s.iccid, s.imsi, s.msisdn, p.apply_sms_quota, p.prepaid,
			(SELECT COUNT(*) FROM service_profile_service v WHERE v.organisation_id = e.organisation_id
				AND v.service_profile_id = e.service_profile_id AND v.service_id = $3)
		FROM endpoint e JOIN organisation o ON o.id = e.organisation_id LEFT JOIN sim s ON s.id = e.sim_id
			LEFT JOIN service_profile p ON p.organisation_id = e.organisation_id AND p.id = e.service_profile_id
		WHERE e.organisation_id = $1 AND e.id = $2 AND e.status_id <> 2`, organisation, id, tariff.SMSMT)
	if errors.Is(err, db.ErrNone) {
		return d, fault.Missing("Endpoint", id)
	}
	return d, err
}

// gate is the fault of a device that cannot have an SMS now. What only the visited network decides is found out when it is
// delivered.
func (d device) gate(q db.Queryer, now int64) error {
	closed := func(why string) error {
		return fault.New(fault.NotAllowed, "Endpoint %d cannot get SMS: %s", d.endpoint, why)
	}
	switch {
	case d.orgStatus != 0:
		return closed("the organisation is suspended")
	case d.status != endpoint.Enabled:
		return closed("it is disabled")
	case d.sim == 0:
		return closed("it has no SIM")
	case d.simStatus != sim.Activated && d.simStatus != sim.FactoryTest:
		return closed("its SIM is not activated")
	case !d.serves:
		return closed("its service profile does not have the service SMS MT")
	}
	if d.needsQuota {
		left, err := quota.Get(q, d.organisation, d.endpoint, quota.SMS)
		if err != nil {
			return fmt.Errorf("read quota: %w", err)
		}
		if left == nil {
			return closed("there is no SMS quota")
		}
		if at := left.At(now); at.Status == quota.Expired || at.Left() <= 0 && at.Action != quota.Throttle {
			return closed("its SMS quota is used up or has expired")
		}
	}
	if d.prepaid {
		b, err := balance.Get(q, d.organisation, d.endpoint)
		if err != nil {
			return fmt.Errorf("read balance: %w", err)
		}
		if b == nil || b.Usable(now) <= 0 {
			return closed("its prepaid balance is used up")
		}
	}
	return nil
}
