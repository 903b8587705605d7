package account

import "github.com/simstead/simstead/internal/value"

// roleSet is the roles of a user in an organisation: bit n stands for role n. What the user may do is what the strongest
// allows; the smaller a role's id, the more it may.
type roleSet int64

func rolesOf(ids ...int64) (s roleSet) {
	for _, id := range ids {
		s |= 1 << id
	}
	return s
}

func isRole(id int64) bool { return id >= RoleAdministrator && id <= RoleObserver }

func (s roleSet) has(id int64) bool { return s&(1<<id) != 0 }

// strongest is the id of the role that counts, 0 of an empty set.
func (s roleSet) strongest() int64 {
	for id := RoleAdministrator; id <= RoleObserver; id++ {
		if s.has(id) {
			return id
		}
	}
	return 0
}

// named lists the roles as the contract does.
func (s roleSet) named() []value.Named {
	list := []value.Named{}
	for _, role := range UserRoles() {
		if s.has(int64(role.ID)) {
			list = append(list, role)
		}
	}
	return list
}
