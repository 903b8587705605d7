// Package radius is the authentication and accounting server that gateways (GGSN, PGW, SMF) speak to: RFC 2865, 2866,
// 2869, 5997 and the attributes of TS 29.061. It turns a packet into a usage.Access or a usage.Report and a decision
// into an answer; it knows no SQL and no prices.
//
// Three rules hold throughout. A packet that cannot be trusted or understood is counted and dropped, never answered: the
// gateway will retry and then raise its own alarm. An accounting packet is answered only once its report is stored. A
// repeated packet gets the bytes its first copy got.
package radius
