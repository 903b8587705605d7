package account

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// checkText says what is wrong with a text that a caller gave, "" when nothing is. Lengths are in characters. NUL and
// broken UTF-8 could not be stored; other control characters have no place in a name.
func checkText(text string, least, most int) string {
	switch n := utf8.RuneCountInString(text); {
	case !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl):
		return "expected text without control characters"
	case n > most:
		return fmt.Sprintf("expected at most %d characters", most)
	case len(strings.TrimSpace(text)) < least:
		return "expected a text that is not empty"
	}
	return ""
}
