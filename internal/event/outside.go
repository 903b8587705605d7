package event

import (
	"maps"
	"slices"
)

// Outside are the event types whose cause lies outside of the platform, or is not part of it: an operator may record them.
func Outside() []Type {
	return []Type{
		{1, "Update location", Info, Network, false},
		{2, "Update GPRS location", Info, Network, false},
		{15, "Purge location", Info, Network, false},
		{16, "Purge GPRS location", Info, Network, false},
		{17, "Self-Signup", Info, API, false},
		{22, "CloudConnect TGW Resource Share created", Info, API, false},
		{23, "CloudConnect TGW available", Info, API, false},
		{25, "CloudConnect TGW breakout terminated", Info, API, false},
		{26, "CloudConnect VPN breakout terminated", Info, API, false},
		{27, "CloudConnect Connection State Changed", Info, API, false},
		{28, "OpenVPN connect", Info, API, false},
		{29, "OpenVPN disconnect", Info, API, false},
		{30, "OpenVPN authentication", Info, API, false},
		{38, "Order submitted", Info, API, false},
		{39, "Order updated", Warn, API, false},
		{44, "SIM issued", Info, API, false},
		{49, "Device offline", Info, Network, false},
	}
}

// Causes says of every other type what in the platform causes it.
func Causes() map[int64]string {
	return map[int64]string{
		0:  "the platform ends, slows down or lifts the limit of a running session; an endpoint comes near a traffic limit with a warning percentage, which has no type of its own; an SMS from a device goes nowhere, or a callback does not take it",
		3:  "a session is opened, or refused",
		4:  "the device of an open session moves to another network or radio access",
		5:  "a session is closed",
		6:  "a user is not let in",
		7:  "an application token is right, but revoked, expired or used from a wrong address",
		8:  "a SIM becomes Activated, by the API or when its factory test is used up",
		9:  "a SIM becomes Suspended",
		10: "a SIM is deleted",
		11: "an endpoint has used up a traffic limit of its service profile. Extending a limit is no event",
		12: "an organisation has used up its balance or its monthly cost limit",
		13: "somebody of an organisation above is given a support token",
		14: "a second factor of a user is removed",
		18: "less is left of a data quota than its threshold",
		19: "a data quota is used up",
		20: "less is left of an SMS quota than its threshold",
		21: "an SMS quota is used up",
		31: "an organisation is changed, or its contacts",
		32: "a billing configuration is changed",
		33: "an organisation is given a tariff plan",
		34: "a tariff profile is given an inclusive volume or another tariff, or loses a volume; tariffs and volumes of the organisation change",
		36: "a user is invited",
		37: "a key to set a new password is sent",
		40: "an activation key is sent again",
		41: "a user accepts an invitation",
		42: "an endpoint becomes Enabled",
		43: "an endpoint becomes Disabled",
		45: "a SIM becomes Factory Test",
		46: "a user is deleted, or leaves the organisation as a guest",
		48: "a box of SIMs is registered by its code",
		50: "a SIM is taken from its endpoint",
		51: "a SIM is given to an endpoint",
		52: "`apply_data_quota` is switched on: one event for each endpoint of the service profile",
		53: "`apply_data_quota` is switched off",
		54: "`apply_sms_quota` is switched on",
		55: "`apply_sms_quota` is switched off",
		56: "an endpoint is given a data quota",
		57: "an endpoint's data quota is removed",
		58: "an endpoint is given an SMS quota",
		59: "an endpoint's SMS quota is removed",
		60: "the expiry date of a data quota has passed",
		67: "a user moves to another of its organisations",
		68: "the reset of an endpoint's network state is asked for",
		69: "SIMs move to another organisation",
	}
}

// outside finds a type of Outside.
func outside(id int64) (Type, bool) {
	types := Outside()
	if i := slices.IndexFunc(types, func(t Type) bool { return t.ID == id }); i >= 0 {
		return types[i], true
	}
	return Type{}, false
}

// inside finds the type that a platform's own cause has by default; for the documents.
func inside() map[int64]Type {
	types := []Type{
		Generic, CreatePDPContext, DeletePDPContext, ApplicationAuthentication, SIMActivation, SIMSuspension, EndpointBlocked,
		OrganisationBlocked, QuotaThreshold, QuotaUsedUp, SMSQuotaThreshold, SMSQuotaUsedUp, ConnectivityReset, UsageTariffUpdated, EndpointEnabled,
		EndpointDisabled, SIMFactoryTest, SIMReleased, SIMAssigned, DataQuotaEnabled, DataQuotaDisabled, SMSQuotaEnabled,
		SMSQuotaDisabled, UserAuthentication, SupportAccess, MultiFactor, UserInvited, PasswordResetRequested, UserVerificationRequested,
		UserVerified, UserDeleted, UserSwitched, DataQuotaAssigned, DataQuotaDeleted, SMSQuotaAssigned, SMSQuotaDeleted, DataQuotaExpired,
		UpdatePDPContext, SIMDeletion, OrganisationUpdated, BillingConfigUpdated, TariffPlanUpdated, SIMRegistration, SIMMigration,
	}
	return maps.Collect(func(yield func(int64, Type) bool) {
		for _, t := range types {
			if !yield(t.ID, t) {
				return
			}
		}
	})
}
