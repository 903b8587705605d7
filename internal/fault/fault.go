// Package fault holds the errors a caller may see. Every other error is internal: it is logged at the edge and shown
// as a plain 500. The codes and tokens are the contract's; their HTTP status is Status.
package fault

import (
	"errors"
	"fmt"
	"strings"
)

// Code is a number of the contract's error table.
type Code int

// The contract's codes. 1000, 1405 and 1601 were seen on the wire only.
const (
	BadRequest            Code = 1000 // a path or a body that cannot be read
	InvalidCredentials    Code = 1101
	InvalidToken          Code = 1102
	TokenExpired          Code = 1103
	Forbidden             Code = 1104
	TooManyRequests       Code = 1105
	NotFound              Code = 1201
	InvalidQueryCriteria  Code = 1301
	InvalidSortCriteria   Code = 1302
	InputValidationFailed Code = 1400
	InvalidReference      Code = 1401
	Required              Code = 1402
	InvalidFormat         Code = 1403
	Duplicated            Code = 1405
	NotAllowed            Code = 1406
	Unavailable           Code = 1601
)

var table = map[Code]struct {
	token  string
	status int
}{
	BadRequest:            {"BadRequest", 400},
	InvalidCredentials:    {"InvalidCredentials", 401},
	InvalidToken:          {"InvalidToken", 401},
	TokenExpired:          {"TokenExpired", 401},
	Forbidden:             {"Forbidden", 403},
	TooManyRequests:       {"TooManyRequests", 429},
	NotFound:              {"NotFound", 404},
	InvalidQueryCriteria:  {"InvalidQueryCriteria", 422},
	InvalidSortCriteria:   {"InvalidSortCriteria", 422},
	InputValidationFailed: {"InputValidationFailed", 422},
	InvalidReference:      {"InvalidReference", 422},
	Required:              {"Required", 422},
	InvalidFormat:         {"InvalidFormat", 422},
	Duplicated:            {"Duplicated", 409},
	NotAllowed:            {"NotAllowed", 409},
	Unavailable:           {"Unavailable", 404},
}

// Error is an error that its caller may see.
type Error struct {
	Code    Code
	Message string
	Errors  []*Error // what is wrong in detail, for InputValidationFailed
	status  int      // overrides the table where the contract is irregular
}

// New returns an error of the given code.
func New(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Invalid collects what is wrong with a request body; nil when there is nothing.
func Invalid(what ...*Error) error {
	if len(what) == 0 {
		return nil
	}
	texts := make([]string, len(what))
	for i, e := range what {
		texts[i] = e.Message
	}
	return &Error{Code: InputValidationFailed, Message: "Input validation failed: " + strings.Join(texts, "; "), Errors: what}
}

// Missing is the error of an object that does not exist or belongs to somebody else: the caller cannot tell which.
// Seen on the wire: an unknown id is an InvalidReference with status 404.
func Missing(resource string, id any) *Error {
	return New(InvalidReference, "%s with id %v not found", resource, id).WithStatus(404)
}

// WithStatus gives the error with another HTTP status than its code's, where the contract is irregular.
func (e *Error) WithStatus(status int) *Error { c := *e; c.status = status; return &c }

// Error implements error.
func (e *Error) Error() string { return e.Message }

// Token is the contract's word for the code.
func (e *Error) Token() string { return table[e.Code].token }

// Status is the HTTP status the error is answered with.
func (e *Error) Status() int {
	if e.status != 0 {
		return e.status
	}
	return table[e.Code].status
}

// Is reports whether err is a fault of the given code.
func Is(err error, code Code) bool {
	var e *Error
	return errors.As(err, &e) && e.Code == code
}
