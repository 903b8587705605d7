// Package client is the gateway's side of Gy and Gx, for simulators and load generators: it connects to a server, sends
// Credit-Control-Requests with the attributes of Open5GS' SMF or of a gateway after TS 32.299, many at a time, and reads
// the answers. A Bearer on top of it obeys what it is granted.
package client
