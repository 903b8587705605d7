// Package sim is the inventory of SIM cards: who issued, sells and uses each, in which status it is, and at which
// endpoint it works.
//
// Three organisations may hold a SIM: its issuer, a reseller and a customer. The last of them that is named owns it:
// the SIM's events, its routes and its endpoint are the owner's. When the owner changes, the rows that lead to the SIM
// move (Transfer), while what the log of the old owner refers to stays.
package sim
