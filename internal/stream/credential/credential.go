// Package credential reads what a customer gives of a destination's credentials: new ones, or a change of those that a
// stream has already. Destinations share it; which fields there are and what is wrong with them is their own.
package credential

import (
	"encoding/json"
	"maps"

	"github.com/simstead/simstead/internal/fault"
)

// Mask stands for a secret where credentials are read. Given back, it means the secret that is stored.
const Mask = "***"

// Read puts the stored credentials into the struct that into points at, and what is given over them: a field that is
// absent or null keeps its value. The error repeats no value.
func Read(given, stored json.RawMessage, into any) *fault.Error {
	if len(given) == 0 || string(given) == "null" {
		return fault.New(fault.Required, "DataStream - credentials are required")
	}
	if len(stored) > 0 {
		_ = json.Unmarshal(stored, into) // what Check has stored can be read
	}
	var fields map[string]json.RawMessage
	err := json.Unmarshal(given, &fields)
	maps.DeleteFunc(fields, func(_ string, text json.RawMessage) bool { return string(text) == "null" })
	if err == nil {
		given, _ = json.Marshal(fields) // what was just read
		err = json.Unmarshal(given, into)
	}
	if err != nil {
		return fault.New(fault.InvalidFormat, "DataStream - credentials cannot be read: they must be an object, and each of its fields a text or a whole number as documented")
	}
	return nil
}

// Stored reads credentials that Check has stored, which cannot fail; none are the zero value.
func Stored[T any](stored json.RawMessage) (c T) {
	_ = json.Unmarshal(stored, &c)
	return c
}

// Show writes credentials as they are shown: the caller has masked their secrets.
func Show(masked any) json.RawMessage {
	text, err := json.Marshal(masked)
	if err != nil {
		return json.RawMessage("null")
	}
	return text
}

// Keep undoes a mask that was given back: the secret is again what it was.
func Keep(secret *string, was string) {
	if *secret == Mask {
		*secret = was
	}
}

// Wrong collects what is wrong with credentials.
type Wrong []*fault.Error

// Required says that a field is missing when it is empty, and reports whether it is there.
func (w *Wrong) Required(name, text string) bool {
	if text == "" {
		*w = append(*w, fault.New(fault.Required, "%s is required", name))
	}
	return text != ""
}

// Format adds that a field has not its form, when ok is false. The text must not repeat a secret.
func (w *Wrong) Format(ok bool, text string) {
	if !ok {
		*w = append(*w, fault.New(fault.InvalidFormat, "%s", text))
	}
}

// Secret checks a required field that stands in a header: visible ASCII of at most so many characters.
func (w *Wrong) Secret(name, text string, most int) {
	if w.Required(name, text) {
		w.Format(text != Mask, name+" is masked; send the value itself")
		w.Format(len(text) <= most && visible(text), name+" must be visible ASCII characters and not too long")
	}
}

func visible(text string) bool {
	for i := range len(text) {
		if text[i] <= ' ' || text[i] >= 0x7f {
			return false
		}
	}
	return true
}

// Store returns credentials as they are stored, or what is wrong with them.
func (w Wrong) Store(credentials any) (json.RawMessage, []*fault.Error) {
	if len(w) > 0 {
		return nil, w
	}
	stored, err := json.Marshal(credentials)
	if err != nil {
		return nil, []*fault.Error{fault.New(fault.InvalidFormat, "DataStream - credentials cannot be stored")}
	}
	return stored, nil
}
