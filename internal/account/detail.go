package account

import (
	"strings"

	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/value"
)

// isFlag reports whether a text is the name of a feature flag: lower-case letters, digits and underscores. The platform keeps the flags for portals and
// integrations and acts on none itself.
func isFlag(name string) bool {
	return name != "" && len(name) <= 40 && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == ""
}

const mostFlags = 50

func flagsOf(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}

// checkDetails says what is wrong with what an organisation is besides its place in the tree.
func (o *Organisation) checkDetails() (wrong []*fault.Error) {
	bad := func(is bool, code fault.Code, text string) {
		if is {
			wrong = append(wrong, fault.New(code, "Organisation - %s", text))
		}
	}
	bad(!fault.IsText(o.Reference, fault.MaxText), fault.InvalidFormat, "ext_reference: at most 255 characters expected")
	bad(!fault.IsText(o.Verification, fault.MaxText), fault.InvalidFormat, "verification: at most 255 characters expected")
	_, known := value.Find(RelationTypes(), o.Relation)
	bad(!known, fault.InvalidReference, "relation.type: there is none with this id")
	_, known = value.Find(VerificationTypes(), o.VerificationType)
	bad(!known && o.VerificationType != 0, fault.InvalidReference, "verification_type: there is none with this id")
	bad(o.SMSRouting < 0, fault.InvalidReference, "default_sms_routing: there is none with this id")
	bad(len(o.Flags) > mostFlags, fault.InvalidFormat, "feature_flags: at most 50 expected")
	for _, name := range o.Flags {
		if !isFlag(name) {
			bad(true, fault.InvalidFormat, "feature_flags: lower-case letters, digits and underscores expected")
			break
		}
	}
	return wrong
}
