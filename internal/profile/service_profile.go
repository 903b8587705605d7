package profile

import "github.com/simstead/simstead/internal/value"

// ServiceBasics are what the list and the single view of a service profile share.
type ServiceBasics struct {
	ID              value.ID `json:"id"`
	Name            string   `json:"name"`
	Description     string   `json:"description"`
	Allowed3G       bool     `json:"allowed_3g"`
	Allowed4G       bool     `json:"allowed_4g"`
	AllowedNBIoT    bool     `json:"allowed_nb_iot"`
	AllowedNBIoTGEO bool     `json:"allowed_nb_iot_geo" doc:"NB-IoT over geostationary satellites."`
	ApplySMSQuota   bool     `json:"apply_sms_quota" doc:"SMS need a quota."`
	ApplyDataQuota  bool     `json:"apply_data_quota" doc:"Data needs a quota."`
}

// ServiceRow is a service profile as the list shows it.
type ServiceRow struct {
	ServiceBasics
	UsedCount value.Text `json:"used_count" doc:"How many endpoints have it."`
	Firewall  Firewall   `json:"ip_firewall_rule_set"`
}

// Service is a service profile by itself. Firewall rules are the packet core's: the set is always empty.
type Service struct {
	ServiceBasics
	UsedCount      value.ID         `json:"used_count" doc:"How many endpoints have it."`
	Retail         bool             `json:"retail"`
	SMSP2PInt      bool             `json:"sms_p2p_int" doc:"SMS to endpoints of the same organisation."`
	SMSP2PExt      bool             `json:"sms_p2p_ext" doc:"SMS to any subscriber."`
	Prepaid        bool             `json:"prepaid" doc:"Endpoints pay from a balance of their own, and are blocked when it is used up."`
	NIPDP          bool             `json:"nipdp" doc:"Network-initiated PDP contexts."`
	APICallback    *Callback        `json:"api_callback" doc:"Where SMS from devices go when esme_interface_type is the REST API."`
	APISecret      *Secret          `json:"api_secret" doc:"Signs what goes there."`
	MOCCallback    *Callback        `json:"moc_callback"`
	InterfaceType  *value.Described `json:"esme_interface_type" doc:"Where SMS from the device go."`
	BreakoutRegion *BreakoutRegion  `json:"breakout_region"`
	DNS            *DNS             `json:"dns"`
	Services       []ServiceItem    `json:"service"`
	Firewall       Firewall         `json:"ip_firewall_rule_set"`
}

// Callback is an API callback that a profile refers to.
type Callback struct {
	ID      value.ID `json:"id"`
	URL     string   `json:"url"`
	Purpose string   `json:"purpose"`
}

// Secret is an API secret that a profile refers to; the secret itself is never shown.
type Secret struct {
	ID      value.ID `json:"id"`
	Purpose string   `json:"purpose"`
}

// ServiceItem is a service in a profile.
type ServiceItem struct {
	ID            value.ID       `json:"id"`
	Description   string         `json:"description"`
	TrafficLimits []TrafficLimit `json:"traffic_limit"`
}

// Firewall is a set of rules for what endpoints may reach.
type Firewall struct {
	Profiles []FirewallProfile `json:"ip_firewall_profiles"`
	Enforce  bool              `json:"enforce"`
}

// FirewallProfile is a part of a Firewall.
type FirewallProfile struct {
	ID    value.ID         `json:"id"`
	Name  string           `json:"name"`
	Added value.EntityTime `json:"added"`
}

// ServiceFields are what clients may say of a service profile, when they create it as when they change it. A field that is
// absent stays as it is, as does a flag that is null; null, or the id null, takes a reference away.
type ServiceFields struct {
	Name            value.Opt[string]    `json:"name"`
	Description     value.Opt[string]    `json:"description"`
	Allowed3G       value.Opt[bool]      `json:"allowed_3g" doc:"Sessions over UTRAN and HSPA+; by default true."`
	Allowed4G       value.Opt[bool]      `json:"allowed_4g" doc:"Sessions over EUTRAN and LTE-M; by default true."`
	AllowedNBIoT    value.Opt[bool]      `json:"allowed_nb_iot" doc:"Sessions over NB-IoT; by default true."`
	AllowedNBIoTGEO value.Opt[bool]      `json:"allowed_nb_iot_geo" doc:"Sessions over NB-IoT by satellite; by default false."`
	ApplySMSQuota   value.Opt[bool]      `json:"apply_sms_quota"`
	ApplyDataQuota  value.Opt[bool]      `json:"apply_data_quota"`
	ApplyQuota      value.Opt[bool]      `json:"apply_quota" doc:"Old name of apply_data_quota, which wins." deprecated:"true"`
	Retail          value.Opt[bool]      `json:"retail"`
	SMSP2PInt       value.Opt[bool]      `json:"sms_p2p_int" doc:"By default true."`
	SMSP2PExt       value.Opt[bool]      `json:"sms_p2p_ext" doc:"By default true."`
	Prepaid         value.Opt[bool]      `json:"prepaid"`
	NIPDP           value.Opt[bool]      `json:"nipdp"`
	APICallback     value.Opt[value.Ref] `json:"api_callback"`
	APISecret       value.Opt[value.Ref] `json:"api_secret"`
	MOCCallback     value.Opt[value.Ref] `json:"moc_callback"`
	InterfaceType   value.Opt[value.Ref] `json:"esme_interface_type"`
	BreakoutRegion  value.Opt[value.Ref] `json:"breakout_region"`
	DNS             value.Opt[value.Ref] `json:"dns" doc:"Name servers that endpoints get with their next session."`
}

// InterfaceTypes lists where SMS from devices may go, by id. The contract names the kinds and leaves their ids open.
func InterfaceTypes() []value.Described {
	return []value.Described{{ID: 1, Description: "Local Web Portal"}, {ID: 2, Description: "REST API"}, {ID: 3, Description: "SMPP"}}
}

// BreakoutRegion is where data may leave the mobile network.
type BreakoutRegion struct {
	ID        value.ID `json:"id"`
	Name      string   `json:"name"`
	IPAddress string   `json:"ip_address" doc:"Empty: which one it is, the operator's packet core decides."`
}

// BreakoutRegions lists the breakout regions by id. Only eu-west is the contract's.
func BreakoutRegions() []BreakoutRegion {
	return []BreakoutRegion{{ID: 1, Name: "us-east"}, {ID: 2, Name: "eu-west"}, {ID: 3, Name: "ap-southeast"}}
}
