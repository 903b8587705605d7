// Package network holds what is known of the world's mobile networks: countries, operators with their PLMNs (MCC and
// MNC, ITU-T E.212), radio access types and the currencies that prices are in.
//
// The data files are written by scripts/reference-data and embedded. Ids are stable: a row keeps its id for ever and no
// id is given twice. Each PLMN belongs to exactly one operator.
package network
