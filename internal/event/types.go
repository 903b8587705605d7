package event

import (
	"maps"
	"slices"
	"strings"

	"github.com/simstead/simstead/internal/value"
)

// Type is an entry of the contract's event catalogue, with what an event of that type carries unless its cause says
// otherwise.
type Type struct {
	ID          int64
	Description string
	Severity    int64
	Source      int64
	Alert       bool
}

// Severities.
const (
	Info     int64 = 0
	Warn     int64 = 1
	Critical int64 = 2
)

// Sources.
const (
	Network       int64 = 0
	PolicyControl int64 = 1
	API           int64 = 2
)

// Severities and Sources as the API and the streams write them.
var (
	severities = [...]string{"INFO", "WARN", "CRITICAL"}
	sources    = [...]string{"Network", "Policy Control", "API"}
)

// SeverityName is the upper-case word of a severity.
func SeverityName(id int64) string { return severities[id] }

// SourceName is the contract's name of a source.
func SourceName(id int64) string { return sources[id] }

// The event types that the platform itself causes.
var (
	Generic                   = Type{0, "Generic", Warn, Network, true}
	CreatePDPContext          = Type{3, "Create PDP Context", Info, Network, false}
	CreatePDPContextRejected  = Type{3, "Create PDP Context", Warn, PolicyControl, true}
	UpdatePDPContext          = Type{4, "Update PDP Context", Info, Network, false}
	DeletePDPContext          = Type{5, "Delete PDP Context", Info, Network, false}
	UserAuthentication        = Type{6, "User authentication failed", Warn, API, false}
	ApplicationAuthentication = Type{7, "Application authentication failed", Warn, API, false}
	SIMActivation             = Type{8, "SIM activation", Info, API, false}
	SIMSuspension             = Type{9, "SIM suspension", Info, API, false}
	SIMDeletion               = Type{10, "SIM deletion", Info, API, false}
	SIMActivatedByUse         = Type{8, "SIM activation", Info, PolicyControl, false}
	EndpointBlocked           = Type{11, "Endpoint blocked", Warn, PolicyControl, true}
	OrganisationBlocked       = Type{12, "Organisation blocked", Warn, PolicyControl, true}
	SupportAccess             = Type{13, "Support Access", Warn, API, false}
	MultiFactor               = Type{14, "Multi-factor Authentication", Info, API, false}
	QuotaThreshold            = Type{18, "Quota threshold reached", Warn, PolicyControl, true}
	QuotaUsedUp               = Type{19, "Quota used up", Warn, PolicyControl, true}
	SMSQuotaThreshold         = Type{20, "SMS quota threshold reached", Warn, PolicyControl, true}
	SMSQuotaUsedUp            = Type{21, "SMS quota used up", Warn, PolicyControl, true}
	SessionControl            = Type{0, "Generic", Warn, PolicyControl, true}
	UserSwitched              = Type{67, "User switched workspaces", Info, API, false}
	ConnectivityReset         = Type{68, "Reset connectivity", Info, API, false}
	TariffPlanUpdated         = Type{33, "Tariff plan updated", Warn, API, false}
	OrganisationUpdated       = Type{31, "Organisation updated", Info, API, false}
	BillingConfigUpdated      = Type{32, "Billing configuration updated", Warn, API, false}
	UsageTariffUpdated        = Type{34, "Usage tariff updated", Warn, API, false}
	UserInvited               = Type{36, "User invited", Info, API, false}
	PasswordResetRequested    = Type{37, "Password reset requested", Info, API, false}
	UserVerificationRequested = Type{40, "User verification requested", Info, API, false}
	UserVerified              = Type{41, "User verified", Info, API, false}
	EndpointEnabled           = Type{42, "Endpoint enabled", Info, API, false}
	EndpointDisabled          = Type{43, "Endpoint disabled", Info, API, false}
	SIMIssued                 = Type{44, "SIM issued", Info, API, false}
	SIMFactoryTest            = Type{45, "SIM factory test", Info, API, false}
	UserDeleted               = Type{46, "User deleted", Warn, API, false}
	SIMReleased               = Type{50, "SIM Released", Info, API, false}
	SIMRegistration           = Type{48, "SIM registration", Info, API, false}
	SIMMigration              = Type{69, "SIM migration", Info, API, false}
	SIMAssigned               = Type{51, "SIM Assigned", Info, API, false}
	DataQuotaEnabled          = Type{52, "Data quota enabled", Info, API, true} // of each endpoint of a service profile
	DataQuotaDisabled         = Type{53, "Data quota disabled", Warn, API, false}
	SMSQuotaEnabled           = Type{54, "SMS quota enabled", Warn, API, false}
	SMSQuotaDisabled          = Type{55, "SMS quota disabled", Warn, API, false}
	DataQuotaAssigned         = Type{56, "Data quota assigned", Info, API, false}
	DataQuotaDeleted          = Type{57, "Data quota deleted", Info, API, false}
	SMSQuotaAssigned          = Type{58, "SMS quota assigned", Info, API, false}
	SMSQuotaDeleted           = Type{59, "SMS quota deleted", Info, API, false}
	DataQuotaExpired          = Type{60, "Data quota expired", Warn, PolicyControl, true}
)

// Types is the catalogue by id: the names by which the API lists and the streams describe events.
func Types() map[int64]string {
	return map[int64]string{
		0: "Generic", 1: "Update location", 2: "Update GPRS location", 3: "Create PDP Context", 4: "Update PDP Context",
		5: "Delete PDP Context", 6: "User authentication failed", 7: "Application authentication failed",
		8: "SIM activation", 9: "SIM suspension", 10: "SIM deletion", 11: "Endpoint blocked", 12: "Organisation blocked",
		13: "Support Access", 14: "Multi-factor Authentication", 15: "Purge location", 16: "Purge GPRS location",
		17: "Self-Signup", 18: "Quota threshold reached", 19: "Quota used up", 20: "SMS quota threshold reached",
		21: "SMS quota used up", 22: "CloudConnect TGW Resource Share created", 23: "CloudConnect TGW available",
		25: "CloudConnect TGW breakout terminated", 26: "CloudConnect VPN breakout terminated",
		27: "CloudConnect Connection State Changed", 28: "OpenVPN connect", 29: "OpenVPN disconnect",
		30: "OpenVPN authentication", 31: "Organisation updated", 32: "Billing configuration updated",
		33: "Tariff plan updated", 34: "Usage tariff updated", 36: "User invited", 37: "Password reset requested",
		38: "Order submitted", 39: "Order updated", 40: "User verification requested", 41: "User verified",
		42: "Endpoint enabled", 43: "Endpoint disabled", 44: "SIM issued", 45: "SIM factory test", 46: "User deleted",
		48: "SIM registration", 49: "Device offline", 50: "SIM Released", 51: "SIM Assigned", 52: "Data quota enabled",
		53: "Data quota disabled", 54: "SMS quota enabled", 55: "SMS quota disabled", 56: "Data quota assigned",
		57: "Data quota deleted", 58: "SMS quota assigned", 59: "SMS quota deleted", 60: "Data quota expired",
		67: "User switched workspaces", 68: "Reset connectivity", 69: "SIM migration",
	}
}

// TypeName is the catalogue's name of an event type.
func TypeName(id int64) string { return types[id] }

var types = Types()

// Catalogue is the look-up of event types by ascending id.
func Catalogue() []value.Described {
	types := Types()
	list := make([]value.Described, 0, len(types))
	for _, id := range slices.Sorted(maps.Keys(types)) {
		list = append(list, value.Described{ID: value.ID(id), Description: types[id]})
	}
	return list
}

// The ids of a type, a source and a severity by their words in any case.
func typeOf(word string) (int64, bool) {
	for id, description := range Types() {
		if strings.EqualFold(word, description) {
			return id, true
		}
	}
	return 0, false
}

func sourceOf(word string) (int64, bool)   { return indexOf(sources[:], word) }
func severityOf(word string) (int64, bool) { return indexOf(severities[:], word) }

func indexOf(words []string, word string) (int64, bool) {
	i := slices.IndexFunc(words, func(w string) bool { return strings.EqualFold(w, word) })
	return int64(i), i >= 0
}
