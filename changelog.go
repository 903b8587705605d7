// Package simstead holds what the whole program says of itself.
package simstead

import _ "embed"

// Changelog is the text of CHANGELOG.md, which release notes are made from.
//
//go:embed CHANGELOG.md
var Changelog string
