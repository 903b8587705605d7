package stream

import (
	"errors"
	"fmt"
	"io"
	"testing"
	"time"
)

func TestFailure(t *testing.T) {
	for _, tt := range []struct {
		name string
		err  error
		log  string
		want Failure
	}{
		{
			"status", Retry("503 Service Unavailable", time.Minute, nil), "503 Service Unavailable",
			Failure{Text: "503 Service Unavailable", After: time.Minute},
		},
		{"cause", Retry("connection closed", 0, io.EOF), "connection closed: EOF", Failure{Text: "connection closed", Cause: io.EOF}},
		{"permanent", Permanent("no such stream", nil), "no such stream", Failure{Text: "no such stream", Final: true}},
		{"wrapped", fmt.Errorf("deliver: %w", Permanent("no", nil)), "deliver: no", Failure{Text: "no", Final: true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := AsFailure(tt.err)
			if got == nil || *got != tt.want || tt.err.Error() != tt.log {
				t.Errorf("got %+v, %q", got, tt.err)
			}
			if tt.want.Cause != nil && !errors.Is(tt.err, tt.want.Cause) {
				t.Error("the cause is lost")
			}
		})
	}
	if AsFailure(io.EOF) != nil {
		t.Error("a failure out of nothing")
	}
}
