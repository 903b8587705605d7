package account

import "net/netip"

// refusal says why a token is not good at a time (µs) and from an address, "" when it is good.
func (s *state) refusal(now int64, from netip.Addr) string {
	if why := s.withdrawn(now); why != "" {
		return why
	}
	if !allows(s.ip, from) {
		return "it may not be used from there"
	}
	return ""
}

// withdrawn is refusal but for the address.
func (s *state) withdrawn(now int64) string {
	switch {
	case s.status != TokenActivated:
		return "it is revoked"
	case s.expiry != 0 && now >= s.expiry:
		return "it has expired"
	case s.organisationStatus != OrganisationActive:
		return "the organisation is suspended"
	case s.creator != 0 && (s.creatorStatus < 0 || s.creatorStatus == UserSuspended):
		return "its creator is suspended or deleted"
	}
	return ""
}
