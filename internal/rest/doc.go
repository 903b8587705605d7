// Package rest is the edge between net/http and plain typed handlers: paths, roles, bodies, paging headers, errors and
// the served OpenAPI document. It knows no nouns and no SQL.
//
// An operation is one line: a shape (Get, List, Table, Create, Do), an Op with its data, and a function
// (ctx, caller, in) to (out, error). The ops so registered are the one registry; the document, the authorisation matrix
// and the clients are derived from it.
//
// huma gives the schemas of Go types, validation against them and the OpenAPI model. Reading a request and writing
// its answer is this package's own, because the contract is more exact than huma lets us be from outside: ids must pass
// as 1, 1.0 and "1" while the document says integer, the status of an error depends on where it was found, and huma's
// error constructors are variables of its package, shared by everything in the process.
package rest
