package fault

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxText is the most characters of a name or a description, where nothing says another number.
const MaxText = 255

// IsText reports whether a text that somebody gave can be kept: it has at most so many characters, none of them a control
// character, and is UTF-8, which databases insist on.
func IsText(text string, most int) bool {
	return utf8.ValidString(text) && utf8.RuneCountInString(text) <= most && !strings.ContainsFunc(text, unicode.IsControl)
}

// Text says what is wrong with a text that somebody gave for a field of an object; nil when nothing is.
func Text(object, field, text string, most int) []*Error {
	if IsText(text, most) {
		return nil
	}
	return []*Error{New(InvalidFormat, "%s - %s: at most %d characters without control characters expected", object, field, most)}
}

// RequiredText is Text for a field that must have one besides blanks.
func RequiredText(object, field, text string, most int) []*Error {
	if strings.TrimSpace(text) == "" {
		return []*Error{New(Required, "%s - %s is required", object, field)}
	}
	return Text(object, field, text, most)
}

// NameAndDescription says what is wrong with the two texts that most objects have, of which only the name must be there.
func NameAndDescription(object, name, description string) []*Error {
	return append(RequiredText(object, "name", name, MaxText), Text(object, "description", description, MaxText)...)
}
