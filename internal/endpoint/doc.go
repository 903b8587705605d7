// Package endpoint holds the devices of an organisation: which SIM is in each, under which profiles it works, and its
// fixed IP address out of one of the organisation's address spaces.
//
// An endpoint that is deleted keeps its row, because the log refers to it, and is never shown again.
package endpoint
