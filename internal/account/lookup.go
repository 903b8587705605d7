package account

import "github.com/simstead/simstead/internal/value"

// OrganisationStatuses is the contract's look-up table.
func OrganisationStatuses() []value.Described {
	return []value.Described{{ID: 0, Description: "Active"}, {ID: 1, Description: "Suspended"}}
}

// UserStatuses is the contract's look-up table.
func UserStatuses() []value.Described {
	return []value.Described{{ID: 0, Description: "Activation pending"}, {ID: 1, Description: "Active"}, {ID: 2, Description: "Suspended"}}
}

// UserRoles is the contract's look-up table.
func UserRoles() []value.Described {
	return []value.Described{{ID: 1, Description: "Administrator"}, {ID: 2, Description: "User"}, {ID: 3, Description: "Observer"}}
}
