package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/simstead/simstead/internal/fault"
)

// readBody reads a JSON body, checks it against its schema and decodes it.
func (a *API) readBody(x *exchange, in *input, into reflect.Value) error {
	data, err := x.body()
	if err != nil {
		return err
	}
	if len(bytes.TrimSpace(data)) == 0 {
		if in.needed {
			return fault.New(fault.BadRequest, "a JSON body is required")
		}
		return nil
	}
	if kind := x.r.Header.Get("Content-Type"); !isJSON(kind) {
		return fault.New(fault.BadRequest, "the body must be application/json").WithStatus(http.StatusUnsupportedMediaType)
	}
	if coding := x.r.Header.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return fault.New(fault.BadRequest, "the body must come as it is, not in the coding %q", coding).WithStatus(http.StatusUnsupportedMediaType)
	}
	data = bytes.TrimPrefix(data, []byte("\uFEFF")) // RFC 8259 section 8.1 lets it be ignored
	var loose any
	if err := json.Unmarshal(data, &loose); err != nil {
		return notJSON(data, err)
	}
	if bytes.Contains(data, []byte(`\u0000`)) {
		if at, found := nul(loose, ""); found {
			return fault.Invalid(fault.New(fault.InvalidFormat, "%s: expected text without the character U+0000", or(at, "body")))
		}
	}
	if err := fault.Invalid(a.check(in.content, "", a.schemas.loosen(in.content, loose))...); err != nil {
		return err
	}
	if err := json.Unmarshal(data, into.Addr().Interface()); err != nil {
		return undecodable(err)
	}
	return nil
}

// nul finds a text, or the name of a field, with the character U+0000, which PostgreSQL's texts cannot hold.
func nul(v any, path string) (at string, found bool) {
	switch v := v.(type) {
	case string:
		return path, strings.ContainsRune(v, 0)
	case []any:
		for i, item := range v {
			if at, found := nul(item, fmt.Sprintf("%s[%d]", path, i)); found {
				return at, true
			}
		}
	case map[string]any:
		for name, item := range v {
			if strings.ContainsRune(name, 0) {
				return path, true
			}
			if at, found := nul(item, strings.TrimPrefix(path+"."+name, ".")); found {
				return at, true
			}
		}
	}
	return "", false
}

// body reads the whole body, up to what the operation takes; nothing of one that is announced as larger. Going over
// the limit through MaxBytesReader makes the server wait a little before it closes, so that the client sees the answer.
func (x *exchange) body() ([]byte, error) {
	limit := x.op.MaxBody
	if x.r.ContentLength > limit {
		limit = 0
	}
	data, err := io.ReadAll(http.MaxBytesReader(x.w, x.r.Body, limit))
	var over *http.MaxBytesError
	switch {
	case errors.As(err, &over):
		return nil, fault.New(fault.BadRequest, "the body is larger than %d bytes", x.op.MaxBody).
			WithStatus(http.StatusRequestEntityTooLarge)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, fault.New(fault.BadRequest, "the body did not arrive in time").WithStatus(http.StatusRequestTimeout)
	case err != nil:
		return nil, fault.New(fault.BadRequest, "the body ended early")
	}
	return data, nil
}

// isJSON accepts application/json, anything +json, and a body that does not say what it is.
func isJSON(contentType string) bool {
	if contentType == "" {
		return true
	}
	kind, _, err := mime.ParseMediaType(contentType)
	if err != nil && !errors.Is(err, mime.ErrInvalidMediaParameter) {
		return false
	}
	return kind == "application/json" || strings.HasSuffix(kind, "+json")
}

// notJSON says where a text stops being JSON.
func notJSON(data []byte, err error) error {
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) {
		return fault.New(fault.BadRequest, "the body is not JSON: %v", err)
	}
	before := data[:min(int(syntax.Offset), len(data))]
	line := bytes.Count(before, []byte("\n")) + 1
	column := len(before) - (bytes.LastIndexByte(before, '\n') + 1)
	return fault.New(fault.BadRequest, "the body is not JSON: %v at line %d column %d", syntax, line, column)
}

// undecodable is the error of a body that fits its schema but not its Go type, such as a number beyond 64 bits.
func undecodable(err error) error {
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		return fault.Invalid(fault.New(fault.InvalidFormat, "%s: expected %s", or(fieldOf(kind.Field), "body"), wordFor(kind.Type.Kind())))
	}
	return fault.Invalid(fault.New(fault.InvalidFormat, "body: %v", err))
}

// fieldOf is the path of a field as the body has it: encoding/json puts the names of embedded Go types into it, which are
// the only ones that begin with a capital.
func fieldOf(path string) string {
	return strings.Join(slices.DeleteFunc(strings.Split(path, "."), func(name string) bool {
		return name != "" && name[0] >= 'A' && name[0] <= 'Z'
	}), ".")
}

func wordFor(k reflect.Kind) string {
	switch k {
	case reflect.String, reflect.Bool:
		return k.String()
	case reflect.Struct, reflect.Map:
		return huma.TypeObject
	case reflect.Slice, reflect.Array:
		return huma.TypeArray
	case reflect.Float32, reflect.Float64:
		return huma.TypeNumber
	default:
		return huma.TypeInteger
	}
}
