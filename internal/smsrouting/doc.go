// Package smsrouting is which way an SMS leaves the platform: routings of an organisation, their data by country and
// operator, and the ways that data may name.
package smsrouting
