// Package packet reads and writes Diameter messages (RFC 6733 sections 3 and 4) with the attributes that Gy (RFC 8506,
// TS 32.299) and Gx (TS 29.212) need here.
//
// It is a codec of our own because charging stands on it. The library for Go, fiorix/go-diameter, looks every attribute up
// in dictionaries parsed from XML, builds a value for each by reflection, panics when an attribute's type is not the one
// the reader expects (v4.3.0), and advertises every dictionary it knows. What is needed of Diameter here is small: a
// header, a list of attributes and ten types. So the bytes are read where they lie, in one pass, without a tree: memory
// is the message and the texts taken from it, depth is that of the reader's own code, and what is written depends on the
// values alone, so that a repeat is answered with the same bytes. The library serves the tests as an independent peer.
package packet
