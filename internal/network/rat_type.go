package network

// RATType is a radio access type by its number in 3GPP-RAT-Type (TS 29.061 16.4.7.2, values of TS 29.274 8.17).
type RATType struct {
	ID            int64  `json:"id"`
	Description   string `json:"description"`
	Blacklistable bool   `json:"-"` // can be forbidden in a coverage entry
	Limitable     bool   `json:"-"` // can have a bandwidth limit in a PDP context definition
	Listed        bool   `json:"-"` // is shown to callers
	SameAs        int64  `json:"-"` // the id whose rules apply: its own, or that of the number used by other releases
}

// RATTypes returns all known radio access types by ascending id. The numbers of the contract's look-up are inferred
// from 3GPP's, except 17, which is the contract's own.
func RATTypes() []RATType {
	return []RATType{
		{ID: 1, Description: "UTRAN (3G)", Blacklistable: true, Limitable: true, Listed: true, SameAs: 1},
		{ID: 2, Description: "GERAN (2G)", Blacklistable: true, Limitable: true, Listed: true, SameAs: 2},
		// A packet core may limit sessions over WLAN, but no visited network is attached to that could be forbidden.
		{ID: 3, Description: "WLAN", Limitable: true, Listed: true, SameAs: 3},
		{ID: 4, Description: "GAN", SameAs: 4},
		{ID: 5, Description: "HSPA+", Blacklistable: true, Limitable: true, Listed: true, SameAs: 5},
		{ID: 6, Description: "EUTRAN (4G)", Blacklistable: true, Limitable: true, Listed: true, SameAs: 6},
		{ID: 7, Description: "Virtual", SameAs: 7},
		{ID: 8, Description: "NB-IoT", Blacklistable: true, Limitable: true, Listed: true, SameAs: 8},
		{ID: 9, Description: "LTE-M", Blacklistable: true, Limitable: true, Listed: true, SameAs: 9},
		{ID: 10, Description: "NR (5G)", Blacklistable: true, Limitable: true, Listed: true, SameAs: 10},
		{ID: 17, Description: "NB-IoT GEO satellite", Blacklistable: true, Limitable: true, Listed: true, SameAs: 17},
		// 5G comes as 10 or as 51, which differs by release: one entry in the list, one set of rules.
		{ID: 51, Description: "NR (5G)", SameAs: 10},
	}
}

// RATRules is the id of the RAT type whose rules apply to a number that a packet core sends: its own, or that of the number
// which other releases use for the same.
func RATRules(rat int64) int64 {
	if rat == 51 {
		return 10
	}
	return rat
}
