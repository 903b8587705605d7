// Package simulate plays packet cores: real RADIUS and Diameter over real sockets, as gateways send it. Load measures a
// platform with as many usage reports as it takes, CreditLoad with as many credit requests; Core keeps a demonstration's
// fleet of devices alive. They use the gateway's side of the protocols in wire and know nothing of the platform behind the
// server.
package simulate
