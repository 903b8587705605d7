package aws

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/simstead/simstead/internal/egress"
	"github.com/simstead/simstead/internal/stream"
)

const (
	throttled = time.Second      // the pause after a refusal for too many requests
	maxAfter  = 10 * time.Minute // of a Retry-After
	maxText   = 500              // bytes of an error's text
)

// Failed says why a call to a service failed, in the service's own code and words, or in ours when it had none. What the
// customer can mend at his side (a missing stream or bucket, a permission) is tried again: rights take time to spread.
func Failed(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("send to AWS: %w", ctx.Err())
	}
	var refused *egress.Refused
	if errors.As(err, &refused) {
		return stream.Permanent(refused.Reason, err)
	}
	code, text := words(err)
	if final[code] {
		return stream.Permanent(text, err)
	}
	return stream.Retry(text, pause(code, err), err)
}

// final are the codes of requests that would be wrong for ever.
var final = map[string]bool{
	"ValidationException":                true, // a name that cannot be one
	"ValidationError":                    true, // an ARN that cannot be one
	"InvalidBucketName":                  true,
	"PermanentRedirect":                  true, // the bucket is in another region
	"AuthorizationHeaderMalformed":       true, // the same
	"IllegalLocationConstraintException": true,
}

// failedOwn is about the operator's own credentials: customers need to know no more.
func failedOwn(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("find the operator's AWS credentials: %w", ctx.Err())
	}
	return stream.Retry("the operator's AWS credentials are not available", 0, err)
}

// failedRole is about the customer's role, unless STS does not know who asks.
func failedRole(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("assume the role: %w", ctx.Err())
	}
	switch code, _ := words(err); code {
	case "InvalidClientTokenId", "SignatureDoesNotMatch", "ExpiredToken", "UnrecognizedClientException", "RegionDisabledException":
		return stream.Retry("the operator's AWS credentials are not accepted", 0, err)
	}
	f := stream.AsFailure(Failed(ctx, err))
	f.Text = Clip("the role could not be assumed: " + f.Text)
	return f
}

// words returns the code of an error, "" when AWS did not say it, and a text with code and message.
func words(err error) (code, text string) {
	var api smithy.APIError
	if errors.As(err, &api) && api.ErrorCode() != "UnknownError" && api.ErrorCode() != "" {
		text = api.ErrorCode()
		if message := strings.TrimSpace(api.ErrorMessage()); message != "" {
			text += ": " + message
		}
		return api.ErrorCode(), Clip(text)
	}
	var answer *smithyhttp.ResponseError
	if errors.As(err, &answer) && answer.HTTPStatusCode() > 0 && answer.HTTPStatusCode()/100 != 2 {
		return "", strings.TrimSpace(strconv.Itoa(answer.HTTPStatusCode()) + " " + http.StatusText(answer.HTTPStatusCode()))
	}
	return "", egress.Explain(err)
}

// Throttled reports whether a code asks for fewer requests.
func Throttled(code string) bool {
	_, ok := retry.DefaultThrottleErrorCodes[code]
	return ok || code == "KMSThrottlingException"
}

// pause is how long an error asks us to wait.
func pause(code string, err error) time.Duration {
	var answer *smithyhttp.ResponseError
	var status int
	if errors.As(err, &answer) {
		status = answer.HTTPStatusCode()
	}
	if !Throttled(code) && status != http.StatusTooManyRequests && status != http.StatusServiceUnavailable {
		return 0
	}
	if answer != nil && answer.Response != nil {
		if seconds, err := strconv.Atoi(answer.Response.Header.Get("Retry-After")); err == nil && seconds > 0 {
			return min(time.Duration(min(seconds, 3600))*time.Second, maxAfter)
		}
	}
	return throttled
}

// Wait is the pause after a throttled request that did not say for how long.
func Wait(code string) time.Duration { return pause(code, nil) }

// Clip makes one line of printable text of limited length.
func Clip(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
	if len(text) > maxText {
		text = strings.ToValidUTF8(text[:maxText], "") + "..."
	}
	return text
}
