package value

import (
	"strings"
	"unicode/utf8"
)

// IsFormula reports whether a spreadsheet could take a text for a formula: it begins with one of =+-@, a tab or the end of a line, also
// in their wide forms, or with such behind apostrophes. Tables put one apostrophe before it and imports take one away, so that
// every text comes back as it was.
func IsFormula(text string) bool {
	bare := strings.TrimLeft(text, "'")
	first, _ := utf8.DecodeRuneInString(bare)
	return bare != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", first)
}
