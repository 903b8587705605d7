// Package diameter is the online charging and policy server that packet cores speak to: Gy (RFC 8506 and TS 32.299,
// application 4) and Gx (TS 29.212, application 16777238). It turns a Credit-Control-Request into a CreditRequest or a
// PolicyRequest, and a decision into the answer; it knows no SQL and no prices. A Decider asks the flow of usage about them;
// CreditNetwork and PolicyNetwork are how the flow reaches gateways in mid-session.
//
// Four rules hold throughout. What cannot be read is refused with the standard's code and the attribute in question,
// nothing is guessed; attributes that nobody here reads are passed over, with the M flag or without, because gateways set
// it freely. An answer goes out only once the decision is told, on the connection the request came by. It depends on the
// decision and the request alone, so the same decision gives the same octets. What gateways do differently is data, in
// Dialect.
//
// Destination-Host and Destination-Realm are not compared with our own names: sessions outlive a change of name, and
// their last report must not be lost. A gateway may only speak in its own name unless it is configured as a relay.
package diameter
