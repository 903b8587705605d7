package profile

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/value"
)

// maxText is the most characters of a name or a description.
const maxText = 255

// checkName checks the two texts of a profile; only the name is required.
func checkName(object string, name, description value.Opt[string]) []*fault.Error {
	var wrong []*fault.Error
	if strings.TrimSpace(name.Value) == "" {
		wrong = append(wrong, fault.New(fault.Required, "%s - name is required", object))
	}
	for field, text := range map[string]string{"name": name.Value, "description": description.Value} {
		if utf8.RuneCountInString(text) > maxText || strings.ContainsFunc(text, unicode.IsControl) {
			wrong = append(wrong, fault.New(fault.InvalidFormat, "%s - %s: at most %d characters without control characters expected", object, field, maxText))
		}
	}
	return wrong
}
