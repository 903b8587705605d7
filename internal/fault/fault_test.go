package fault_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/simstead/simstead/internal/fault"
)

// TestTable states the contract's error table once more: clients depend on each of its cells.
func TestTable(t *testing.T) {
	tests := []struct {
		code   fault.Code
		number int
		token  string
		status int
	}{
		{fault.BadRequest, 1000, "BadRequest", 400},
		{fault.InvalidCredentials, 1101, "InvalidCredentials", 401},
		{fault.InvalidToken, 1102, "InvalidToken", 401},
		{fault.TokenExpired, 1103, "TokenExpired", 401},
		{fault.Forbidden, 1104, "Forbidden", 403},
		{fault.TooManyRequests, 1105, "TooManyRequests", 429},
		{fault.NotFound, 1201, "NotFound", 404},
		{fault.InvalidQueryCriteria, 1301, "InvalidQueryCriteria", 422},
		{fault.InvalidSortCriteria, 1302, "InvalidSortCriteria", 422},
		{fault.InputValidationFailed, 1400, "InputValidationFailed", 422},
		{fault.InvalidReference, 1401, "InvalidReference", 422},
		{fault.Required, 1402, "Required", 422},
		{fault.InvalidFormat, 1403, "InvalidFormat", 422},
		{fault.Duplicated, 1405, "Duplicated", 409},
		{fault.NotAllowed, 1406, "NotAllowed", 409},
		{fault.Unavailable, 1601, "Unavailable", 404},
	}
	for _, test := range tests {
		t.Run(test.token, func(t *testing.T) {
			err := fault.New(test.code, "%d per cent", 5)
			if int(err.Code) != test.number || err.Token() != test.token || err.Status() != test.status || err.Error() != "5 per cent" {
				t.Errorf("got %d %s %d %q", err.Code, err.Token(), err.Status(), err)
			}
		})
	}
}

func TestInvalid(t *testing.T) {
	if err := fault.Invalid(); err != nil {
		t.Errorf("nothing wrong gives %v", err)
	}
	name, id := fault.New(fault.Required, "Endpoint - name is required"), fault.New(fault.InvalidFormat, "Endpoint - id: number expected")
	var got *fault.Error
	if !errors.As(fault.Invalid(name, id), &got) {
		t.Fatal("not a fault")
	}
	want := &fault.Error{
		Code:    fault.InputValidationFailed,
		Message: "Input validation failed: Endpoint - name is required; Endpoint - id: number expected",
		Errors:  []*fault.Error{name, id},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(fault.Error{})); diff != "" {
		t.Error(diff)
	}
}

func TestMissing(t *testing.T) {
	err := fault.Missing("Endpoint", 7)
	if err.Code != fault.InvalidReference || err.Status() != 404 || err.Error() != "Endpoint with id 7 not found" {
		t.Errorf("got %d/%d %q", err.Status(), err.Code, err)
	}
}

func TestWithStatusLeavesTheOriginal(t *testing.T) {
	before := fault.New(fault.InvalidReference, "no such profile")
	after := before.WithStatus(404)
	if before.Status() != 422 || after.Status() != 404 || after.Code != before.Code || after.Message != before.Message {
		t.Errorf("before %+v, after %+v", before, after)
	}
}

func TestIs(t *testing.T) {
	err := error(fault.New(fault.NotFound, "gone"))
	tests := []struct {
		name string
		err  error
		code fault.Code
		want bool
	}{
		{"same code", err, fault.NotFound, true},
		{"another code", err, fault.Forbidden, false},
		{"wrapped", fmt.Errorf("load endpoint: %w", err), fault.NotFound, true},
		{"joined", errors.Join(errors.New("other"), err), fault.NotFound, true},
		{"no fault", errors.New("gone"), fault.NotFound, false},
		{"nil", nil, fault.NotFound, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := fault.Is(test.err, test.code); got != test.want {
				t.Errorf("got %v", got)
			}
		})
	}
}
