// Package account holds who may call: organisations in their tree, their users, their application tokens, and the
// sessions that tokens open.
//
// An application token is a secret text that names its organisation and its own id, so that finding it needs no global
// index; only its SHA-256 is stored. Guard trades it for an auth token, a JWT (RFC 7519) of 240 minutes, and knows who
// holds one. The JWT proves only what was true when it was issued: at each call the Guard holds it against the token,
// its creator and its organisation as they are now, read again when more than half a second old or when this process
// has changed the organisation. So a revocation works within a second on every node, and no node has to be told.
//
// A user has one account, at home in one organisation, and is a guest in others. Each of them has a row of the user under the
// same id, so whatever is joined by organisation and id finds its name; credentials stand with the home alone. A change of an
// account runs under the heads of all organisations that the user is in, see everywhere. An auth token of a user proves no
// more than that of a program: the Guard holds it against the user in that organisation, the account at home, and its epoch,
// which rises with everything that is to end all sessions.
package account
