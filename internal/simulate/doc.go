// Package simulate plays packet cores: real RADIUS over real sockets, as gateways send it. Load measures a platform with
// as many usage reports as it takes; Core keeps a demonstration's fleet of devices alive. Both use the gateway's side of
// wire/radius and know nothing of the platform behind the server.
package simulate
