// Package account holds who may call: organisations in their tree, their users, their application tokens, and the
// sessions that tokens open.
//
// An application token is a secret text that names its organisation and its own id, so that finding it needs no global
// index; only its SHA-256 is stored. Guard trades it for an auth token, a JWT (RFC 7519) of 240 minutes, and knows who
// holds one. The JWT proves only what was true when it was issued: at each call the Guard holds it against the token,
// its creator and its organisation as they are now, read again when more than half a second old or when this process
// has changed the organisation. So a revocation works within a second on every node, and no node has to be told.
package account
