// Package client is the gateway's side of RADIUS, for simulators and load generators: it builds Access-Requests and
// Accounting-Requests as a PGW does (TS 29.061 section 16), sends them until they are answered and checks the answers.
package client
