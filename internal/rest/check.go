package rest

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/value"
)

// maxNested is how many errors one answer names: a bulk body can hold thousands.
const maxNested = 100

// check holds a decoded value against a schema and says in the contract's codes what is wrong. field is the value's
// name; empty for a body.
func (a *API) check(s *huma.Schema, field string, v any) []*fault.Error {
	path, res := huma.NewPathBuffer([]byte(field), len(field)), &huma.ValidateResult{}
	huma.Validate(a.schemas.Registry, s, path, huma.ModeWriteToServer, v, res)
	var wrong []*fault.Error
	for _, err := range res.Errors[:min(len(res.Errors), maxNested)] {
		var detail *huma.ErrorDetail
		if !errors.As(err, &detail) {
			wrong = append(wrong, fault.New(fault.InvalidFormat, "%v", err))
			continue
		}
		wrong = append(wrong, translate(detail))
	}
	return wrong
}

// translate words one of huma's findings. The value itself is not repeated: it may be a secret.
func translate(d *huma.ErrorDetail) *fault.Error {
	if name, ok := strings.CutPrefix(d.Message, "expected required property "); ok {
		name = strings.TrimSuffix(name, " to be present")
		if d.Location != "" {
			name = d.Location + "." + name
		}
		return fault.New(fault.Required, "%s is required", name)
	}
	return fault.New(fault.InvalidFormat, "%s: %s", or(d.Location, "body"), d.Message)
}

// loosen turns the lenient forms that clients send into what the schema says, so that they pass its check: a number
// sent as text, a text that is a number, a time in any of the forms that value.ParseTime reads. The body is decoded
// from its original text, by types that know the same forms.
func (s *schemas) loosen(schema *huma.Schema, v any) any {
	for schema.Ref != "" {
		schema = s.SchemaFromRef(schema.Ref)
	}
	switch v := v.(type) {
	case map[string]any:
		for key, item := range v {
			if property := propertyOf(schema, key); property != nil {
				v[key] = s.loosen(property, item)
			}
		}
	case []any:
		for i := range v {
			if schema.Items != nil {
				v[i] = s.loosen(schema.Items, v[i])
			}
		}
	case string:
		return loosenText(schema, v)
	case bool: // of a flag that is written 0 or 1
		switch {
		case schema.Type != huma.TypeInteger || len(schema.Enum) == 0:
		case v:
			return float64(1)
		default:
			return float64(0)
		}
	case float64:
		if schema.Type == huma.TypeString && len(schema.Enum) == 0 && schema.Format == "" {
			return strconv.FormatFloat(v, 'f', -1, 64)
		}
	}
	return v
}

func loosenText(schema *huma.Schema, text string) any {
	switch {
	case schema.Type == huma.TypeInteger || schema.Type == huma.TypeNumber:
		if n, err := strconv.ParseFloat(text, 64); err == nil && !math.IsInf(n, 0) && !math.IsNaN(n) {
			return n
		}
	case schema.Format == "date-time":
		if t, err := value.ParseTime(text); err == nil {
			return t.Format(time.RFC3339Nano)
		}
	}
	return text
}

// propertyOf finds a property by its name as encoding/json does: exactly, or else in any case.
func propertyOf(schema *huma.Schema, key string) *huma.Schema {
	if p, ok := schema.Properties[key]; ok {
		return p
	}
	for name, p := range schema.Properties {
		if strings.EqualFold(name, key) {
			return p
		}
	}
	return nil
}
