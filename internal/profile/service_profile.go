package profile

import (
	"fmt"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/value"
)

// ServiceBasics are what the list and the single view of a service profile share.
type ServiceBasics struct {
	ID              value.ID `json:"id"`
	Name            string   `json:"name"`
	Description     string   `json:"description"`
	Allowed3G       bool     `json:"allowed_3g"`
	Allowed4G       bool     `json:"allowed_4g"`
	AllowedNBIoT    bool     `json:"allowed_nb_iot"`
	AllowedNBIoTGEO bool     `json:"allowed_nb_iot_geo" doc:"NB-IoT over geostationary satellites."`
	ApplySMSQuota   bool     `json:"apply_sms_quota"`
	ApplyDataQuota  bool     `json:"apply_data_quota"`
}

// ServiceRow is a service profile as the list shows it.
type ServiceRow struct {
	ServiceBasics
	UsedCount value.Text `json:"used_count" doc:"How many endpoints have it."`
}

// Service is a service profile by itself.
type Service struct {
	ServiceBasics
	UsedCount value.ID      `json:"used_count" doc:"How many endpoints have it."`
	Retail    bool          `json:"retail"`
	SMSP2PInt bool          `json:"sms_p2p_int" doc:"SMS to endpoints of the same organisation."`
	SMSP2PExt bool          `json:"sms_p2p_ext" doc:"SMS to any subscriber."`
	Prepaid   bool          `json:"prepaid"`
	NIPDP     bool          `json:"nipdp" doc:"Network-initiated PDP contexts."`
	DNS       *DNS          `json:"dns"`
	Services  []ServiceItem `json:"service"`
}

// ServiceItem is a service in a profile.
type ServiceItem struct {
	ID            value.ID       `json:"id"`
	Description   string         `json:"description"`
	TrafficLimits []TrafficLimit `json:"traffic_limit"`
}

// TrafficLimit names a limit of a service.
type TrafficLimit struct {
	ID     value.ID `json:"id"`
	Volume value.MB `json:"volume"`
}

// DNS are the name servers that endpoints get with a new PDP context.
type DNS struct {
	ID        value.ID `json:"id"`
	Primary   string   `json:"primary"`
	Secondary string   `json:"secondary"`
	Version   int64    `json:"ip_address_version"`
}

// ServiceFields are what clients may say of a service profile.
type ServiceFields struct {
	Name            value.Opt[string]    `json:"name"`
	Description     value.Opt[string]    `json:"description"`
	Allowed3G       value.Opt[bool]      `json:"allowed_3g"`
	Allowed4G       value.Opt[bool]      `json:"allowed_4g"`
	AllowedNBIoT    value.Opt[bool]      `json:"allowed_nb_iot"`
	AllowedNBIoTGEO value.Opt[bool]      `json:"allowed_nb_iot_geo"`
	ApplySMSQuota   value.Opt[bool]      `json:"apply_sms_quota"`
	ApplyDataQuota  value.Opt[bool]      `json:"apply_data_quota"`
	ApplyQuota      value.Opt[bool]      `json:"apply_quota" doc:"Old name of apply_data_quota, which wins." deprecated:"true"`
	Retail          value.Opt[bool]      `json:"retail"`
	SMSP2PInt       value.Opt[bool]      `json:"sms_p2p_int"`
	SMSP2PExt       value.Opt[bool]      `json:"sms_p2p_ext"`
	Prepaid         value.Opt[bool]      `json:"prepaid"`
	NIPDP           value.Opt[bool]      `json:"nipdp"`
	DNS             value.Opt[value.Ref] `json:"dns"`
}

// CreateService makes a service profile without services. The id comes from db.NextID of the kind "service_profile".
func CreateService(tx *db.Tx, organisation, id int64, f ServiceFields) error {
	var wrong []*fault.Error
	wrong = append(wrong, checkName("Service profile", f.Name, f.Description)...)
	dns := int64(f.DNS.Value.ID.Value)
	if dns != 0 {
		known, err := exists(tx, `SELECT id FROM dns WHERE organisation_id = $1 AND id = $2`, organisation, dns)
		if err != nil {
			return err
		}
		if !known {
			wrong = append(wrong, fault.New(fault.InvalidReference, "Service profile - dns %d does not exist", dns))
		}
	}
	if err := fault.Invalid(wrong...); err != nil {
		return err
	}
	quota := f.ApplyDataQuota
	if !quota.Has() {
		quota = f.ApplyQuota
	}
	_, err := tx.Exec(`INSERT INTO service_profile (organisation_id, id, name, description, allowed_3g, allowed_4g,
		allowed_nb_iot, allowed_nb_iot_geo, apply_sms_quota, apply_data_quota, retail, sms_p2p_int, sms_p2p_ext, prepaid, nipdp, dns_id)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
		organisation, id, f.Name.Value, f.Description.Value, or(f.Allowed3G, true), or(f.Allowed4G, true),
		or(f.AllowedNBIoT, true), or(f.AllowedNBIoTGEO, false), or(f.ApplySMSQuota, false), or(quota, false),
		or(f.Retail, false), or(f.SMSP2PInt, true), or(f.SMSP2PExt, true), or(f.Prepaid, false), or(f.NIPDP, false), dns)
	if err != nil {
		return fmt.Errorf("create service profile: %w", err)
	}
	tx.Head(organisation).Changed()
	return nil
}

func or(field value.Opt[bool], otherwise bool) bool {
	if field.Has() {
		return field.Value
	}
	return otherwise
}
