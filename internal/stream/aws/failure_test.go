package aws

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/simstead/simstead/internal/egress"
	"github.com/simstead/simstead/internal/stream"
)

func answered(status int, after, code, message string) error {
	resp := &http.Response{StatusCode: status, Header: http.Header{}}
	if after != "" {
		resp.Header.Set("Retry-After", after)
	}
	return &smithy.OperationError{ServiceID: "S3", OperationName: "PutObject", Err: &smithyhttp.ResponseError{
		Response: &smithyhttp.Response{Response: resp}, Err: &smithy.GenericAPIError{Code: code, Message: message},
	}}
}

func TestFailed(t *testing.T) {
	for _, tt := range []struct {
		name  string
		err   error
		text  string
		final bool
		after time.Duration
	}{
		{"code and message", answered(404, "", "NoSuchBucket", "The bucket does not exist"), "NoSuchBucket: The bucket does not exist", false, 0},
		{"code alone", answered(403, "", "AccessDenied", " "), "AccessDenied", false, 0},
		{"no code", answered(502, "", "UnknownError", "<html>"), "502 Bad Gateway", false, 0},
		{"no answer", fmt.Errorf("send: %w", context.DeadlineExceeded), "the destination did not answer in time", false, 0},
		{"busy", answered(503, "", "SlowDown", "less"), "SlowDown: less", false, time.Second},
		{"busy without a code", answered(503, "", "", ""), "503 Service Unavailable", false, time.Second},
		{"busy until", answered(429, "20", "", ""), "429 Too Many Requests", false, 20 * time.Second},
		{"busy for ever", answered(503, "99999999", "SlowDown", ""), "SlowDown", false, 10 * time.Minute},
		{"throttled", answered(400, "", "ThrottlingException", "Rate exceeded"), "ThrottlingException: Rate exceeded", false, time.Second},
		{"throttled shard", answered(400, "", "ProvisionedThroughputExceededException", ""), "ProvisionedThroughputExceededException", false, time.Second},
		{"elsewhere", answered(301, "", "PermanentRedirect", "use another"), "PermanentRedirect: use another", true, 0},
		{"no name", answered(400, "", "ValidationException", "1 error"), "ValidationException: 1 error", true, 0},
		{"refused", fmt.Errorf("dial: %w", &egress.Refused{Reason: "the host leads to an address that is not public"}), "the host leads to an address that is not public", true, 0},
		{"lines", answered(400, "", "Odd", "a\r\nb\x00c"), "Odd: a  b c", false, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := stream.AsFailure(Failed(t.Context(), tt.err))
			if f == nil || f.Text != tt.text || f.Final != tt.final || f.After != tt.after || f.Cause == nil {
				t.Errorf("got %+v", f)
			}
		})
	}
	long := stream.AsFailure(Failed(t.Context(), answered(400, "", "Long", strings.Repeat("é", 1000))))
	if len(long.Text) > maxText+3 || !utf8.ValidString(long.Text) || !strings.HasSuffix(long.Text, "...") {
		t.Errorf("a long text is %q", long.Text)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Failed(ctx, answered(503, "", "SlowDown", "")); !errors.Is(err, context.Canceled) || stream.AsFailure(err) != nil {
		t.Errorf("stopped: %v", err)
	}
}
