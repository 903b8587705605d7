// Package peer keeps one connection between two Diameter nodes (RFC 6733 section 5): capabilities exchange, watchdog
// (RFC 3539 section 3.4), disconnection, and the matching of answers with the requests sent. It serves the side that
// accepts connections and the side that opens them; there is no election, because no node does both.
//
// A connection has two goroutines. The reader takes one message after the other and calls the node's handler, which must
// not block; it also is the watchdog, since what it waits for is the peer's silence. The writer sends what the outbox
// holds. Every queue is bounded: a peer that does not take its answers is cut off, one that asks more than it may have
// in flight is told TOO_BUSY.
package peer
