package profile

import (
	"fmt"
	"slices"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/event"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/value"
)

// CreateService makes a service profile without services. The id comes from db.NextID of the kind "service_profile".
func CreateService(tx *db.Tx, organisation, id int64, f ServiceFields) error {
	s := Service{SMSP2PInt: true, SMSP2PExt: true}
	s.ID, s.Allowed3G, s.Allowed4G, s.AllowedNBIoT = value.ID(id), true, true, true
	f.Name.Set = true // it is required: absent is empty
	if err := s.settle(tx, organisation, f); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO service_profile (organisation_id, id, name, description, allowed_3g, allowed_4g, allowed_nb_iot,
		allowed_nb_iot_geo, apply_sms_quota, apply_data_quota, retail, sms_p2p_int, sms_p2p_ext, prepaid, nipdp, dns_id,
		esme_interface_type_id, breakout_region_id, api_callback_id, api_secret_id, moc_callback_id)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)`,
		append([]any{organisation, id}, s.stored()...)...)
	if err != nil {
		return fmt.Errorf("create service profile: %w", err)
	}
	tx.Head(organisation).Changed()
	return nil
}

// ChangeService changes what is given of a service profile, and tells of quotas that are asked for from now on, or no more.
// user is who does it, 0 for an application token.
func ChangeService(tx *db.Tx, now, user, organisation, id int64, f ServiceFields) error {
	s, err := GetService(tx, organisation, id)
	if err != nil || f == (ServiceFields{}) {
		return err
	}
	before := *s
	if err := s.settle(tx, organisation, f); err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE service_profile SET name = $3, description = $4, allowed_3g = $5, allowed_4g = $6, allowed_nb_iot = $7,
		allowed_nb_iot_geo = $8, apply_sms_quota = $9, apply_data_quota = $10, retail = $11, sms_p2p_int = $12, sms_p2p_ext = $13,
		prepaid = $14, nipdp = $15, dns_id = $16, esme_interface_type_id = $17, breakout_region_id = $18,
		api_callback_id = $19, api_secret_id = $20, moc_callback_id = $21
		WHERE organisation_id = $1 AND id = $2`, append([]any{organisation, id}, s.stored()...)...)
	if err != nil {
		return fmt.Errorf("change service profile: %w", err)
	}
	tx.Head(organisation).Changed()
	return s.tellQuotas(tx, now, user, organisation, before)
}

// tellQuotas writes the events of a change of the quota flags. That data needs a quota is told of each endpoint, which is
// left to TellSwitches; everything else is told once.
func (s *Service) tellQuotas(tx *db.Tx, now, user, organisation int64, before Service) error {
	tell := func(kind event.Type) error {
		return event.Append(tx, now, event.Event{
			Organisation: organisation, Time: now, Type: kind, Description: s.sentence(kind), User: user,
		})
	}
	var err error
	switch {
	case s.ApplyDataQuota && !before.ApplyDataQuota:
		err = s.switchOn(tx, now, user, organisation)
	case !s.ApplyDataQuota && before.ApplyDataQuota:
		err = tell(event.DataQuotaDisabled)
	}
	switch {
	case err != nil:
	case s.ApplySMSQuota && !before.ApplySMSQuota:
		err = tell(event.SMSQuotaEnabled)
	case !s.ApplySMSQuota && before.ApplySMSQuota:
		err = tell(event.SMSQuotaDisabled)
	}
	return err
}

func (s *Service) sentence(kind event.Type) string {
	return fmt.Sprintf("%s in service profile %d (%s).", kind.Description, s.ID, s.Name)
}

// DeleteService removes a service profile that no endpoint has, with its services and limits.
func DeleteService(tx *db.Tx, organisation, id int64) error {
	s, err := GetService(tx, organisation, id)
	if err != nil {
		return err
	}
	if s.UsedCount > 0 {
		return fault.New(fault.NotAllowed, "Service profile %d is used by %d endpoints", id, s.UsedCount)
	}
	for _, statement := range []string{
		`DELETE FROM service_profile_limit WHERE organisation_id = $1 AND service_profile_id = $2`,
		`DELETE FROM service_profile_service WHERE organisation_id = $1 AND service_profile_id = $2`,
		`DELETE FROM service_profile WHERE organisation_id = $1 AND id = $2`,
	} {
		if _, err := tx.Exec(statement, organisation, id); err != nil {
			return fmt.Errorf("delete service profile: %w", err)
		}
	}
	tx.Head(organisation).Changed()
	return nil
}

// settle puts the fields into the profile, or says all that is wrong with them.
func (s *Service) settle(q db.Queryer, organisation int64, f ServiceFields) error {
	wrong := fault.NameAndDescription("Service profile", or(f.Name, s.Name).Value, or(f.Description, s.Description).Value)
	if f.Name.Set {
		s.Name = f.Name.Value
	}
	if f.Description.Set {
		s.Description = f.Description.Value
	}
	quota := f.ApplyDataQuota
	if !quota.Has() {
		quota = f.ApplyQuota
	}
	for _, flag := range []struct {
		into  *bool
		field value.Opt[bool]
	}{
		{&s.Allowed3G, f.Allowed3G}, {&s.Allowed4G, f.Allowed4G}, {&s.AllowedNBIoT, f.AllowedNBIoT}, {&s.AllowedNBIoTGEO, f.AllowedNBIoTGEO},
		{&s.ApplySMSQuota, f.ApplySMSQuota}, {&s.ApplyDataQuota, quota}, {&s.Retail, f.Retail}, {&s.SMSP2PInt, f.SMSP2PInt},
		{&s.SMSP2PExt, f.SMSP2PExt}, {&s.Prepaid, f.Prepaid}, {&s.NIPDP, f.NIPDP},
	} {
		if flag.field.Has() {
			*flag.into = flag.field.Value
		}
	}
	bad, err := s.refer(q, organisation, f)
	if err != nil {
		return err
	}
	return fault.Invalid(append(wrong, bad...)...)
}

// refer puts the references into the profile.
func (s *Service) refer(q db.Queryer, organisation int64, f ServiceFields) (wrong []*fault.Error, err error) {
	unknown := func(name string, field value.Opt[value.Ref]) {
		wrong = append(wrong, fault.New(fault.InvalidReference, "Service profile - %s %d does not exist", name, field.Value.ID.Value))
	}
	if err := s.referToCallbacks(q, organisation, f, unknown); err != nil {
		return nil, err
	}
	if id := f.InterfaceType.Value.ID; f.InterfaceType.Set {
		s.InterfaceType = entry(InterfaceTypes(), func(d value.Described) bool { return id.Has() && d.ID == id.Value })
		if id.Has() && s.InterfaceType == nil {
			unknown("esme_interface_type", f.InterfaceType)
		}
	}
	if id := f.BreakoutRegion.Value.ID; f.BreakoutRegion.Set {
		s.BreakoutRegion = entry(BreakoutRegions(), func(n BreakoutRegion) bool { return id.Has() && n.ID == id.Value })
		if id.Has() && s.BreakoutRegion == nil {
			unknown("breakout_region", f.BreakoutRegion)
		}
	}
	if id := f.DNS.Value.ID; f.DNS.Set {
		s.DNS = nil
		if id.Has() {
			s.DNS = &DNS{ID: id.Value}
			known, err := exists(q, `SELECT id FROM dns WHERE organisation_id = $1 AND id = $2`, organisation, int64(id.Value))
			if err != nil {
				return nil, err
			}
			if !known {
				unknown("dns", f.DNS)
			}
		}
	}
	return wrong, nil
}

// referToCallbacks puts the references to callbacks and secrets into the profile.
func (s *Service) referToCallbacks(q db.Queryer, organisation int64, f ServiceFields, unknown func(string, value.Opt[value.Ref])) error {
	for _, ref := range []struct {
		name, table string
		field       value.Opt[value.Ref]
		set         func(value.ID)
	}{
		{"api_callback", "api_callback", f.APICallback, func(id value.ID) { s.APICallback = referTo(id, func(id value.ID) Callback { return Callback{ID: id} }) }},
		{"api_secret", "api_secret", f.APISecret, func(id value.ID) { s.APISecret = referTo(id, func(id value.ID) Secret { return Secret{ID: id} }) }},
		{"moc_callback", "api_callback", f.MOCCallback, func(id value.ID) { s.MOCCallback = referTo(id, func(id value.ID) Callback { return Callback{ID: id} }) }},
	} {
		if !ref.field.Set {
			continue
		}
		ref.set(ref.field.Value.ID.Value)
		if !ref.field.Value.ID.Has() {
			continue
		}
		known, err := exists(q, `SELECT id FROM `+ref.table+` WHERE organisation_id = $1 AND id = $2`, organisation, int64(ref.field.Value.ID.Value))
		if err != nil {
			return err
		}
		if !known {
			unknown(ref.name, ref.field)
		}
	}
	return nil
}

// referTo is a reference, nil for the id 0.
func referTo[T any](id value.ID, to func(value.ID) T) *T {
	if id == 0 {
		return nil
	}
	ref := to(id)
	return &ref
}

// stored are the values of the columns from the name on.
func (s *Service) stored() []any {
	var dns, interfaceType, region, callback, secret, moc int64
	if s.APICallback != nil {
		callback = int64(s.APICallback.ID)
	}
	if s.APISecret != nil {
		secret = int64(s.APISecret.ID)
	}
	if s.MOCCallback != nil {
		moc = int64(s.MOCCallback.ID)
	}
	if s.DNS != nil {
		dns = int64(s.DNS.ID)
	}
	if s.InterfaceType != nil {
		interfaceType = int64(s.InterfaceType.ID)
	}
	if s.BreakoutRegion != nil {
		region = int64(s.BreakoutRegion.ID)
	}
	return []any{
		s.Name, s.Description, s.Allowed3G, s.Allowed4G, s.AllowedNBIoT, s.AllowedNBIoTGEO, s.ApplySMSQuota, s.ApplyDataQuota,
		s.Retail, s.SMSP2PInt, s.SMSP2PExt, s.Prepaid, s.NIPDP, dns, interfaceType, region, callback, secret, moc,
	}
}

// entry finds an entry of a look-up, nil for none.
func entry[T any](table []T, is func(T) bool) *T {
	if i := slices.IndexFunc(table, is); i >= 0 {
		return &table[i]
	}
	return nil
}

// or is a field as it will be: an absent one stays as it is.
func or(field value.Opt[string], otherwise string) value.Opt[string] {
	if field.Set {
		return field
	}
	return value.Some(otherwise)
}
