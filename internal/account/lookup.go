package account

import "github.com/simstead/simstead/internal/value"

// OrganisationStatuses is the contract's look-up table.
func OrganisationStatuses() []value.Described {
	return []value.Described{{ID: 0, Description: "Enabled"}, {ID: 1, Description: "Suspended"}}
}

// UserStatuses is the contract's look-up table.
func UserStatuses() []value.Described {
	return []value.Described{{ID: 0, Description: "Activation pending"}, {ID: 1, Description: "Active"}, {ID: 2, Description: "Suspended"}}
}

// UserRoles is the contract's look-up table, which calls their texts names.
func UserRoles() []value.Named {
	return []value.Named{{ID: 1, Name: "Administrator"}, {ID: 2, Name: "User"}, {ID: 3, Name: "Observer"}}
}

// KeyTypes is the look-up of the kinds of second factors. The contract names the two and leaves their ids open.
func KeyTypes() []value.Described {
	return []value.Described{{ID: value.ID(KeyTOTP), Description: "Time-Based One-Time Password"}, {ID: value.ID(KeyEmail), Description: "E-mail"}}
}

// KeyStatuses is the contract's look-up table of second factors.
func KeyStatuses() []value.Described {
	return []value.Described{{ID: 0, Description: "Activation pending"}, {ID: 1, Description: "Active"}}
}

// describe finds an entry of a look-up table.
func describe(table []value.Described, id int64) value.Described {
	entry, _ := value.Find(table, id)
	return entry
}

// OrganisationTypes is the contract's look-up table.
func OrganisationTypes() []value.Described {
	return []value.Described{
		{ID: value.ID(Operator), Description: "Mobile Network Operator or Provider"}, {ID: value.ID(Reseller), Description: "Service Provider"},
		{ID: value.ID(Enterprise), Description: "Enterprise"},
	}
}

// RelationTypes is the contract's look-up table: what an organisation is to the one above it.
func RelationTypes() []value.Described {
	return []value.Described{{ID: 0, Description: "Customer of"}, {ID: 2, Description: "Roaming Partner"}}
}

// VerificationTypes is the contract's look-up table: what proves that an organisation exists.
func VerificationTypes() []value.Described {
	return []value.Described{{ID: 1, Description: "Business registration number"}}
}
