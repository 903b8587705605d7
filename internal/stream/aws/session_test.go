package aws

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/simstead/simstead/internal/egress"
	"github.com/simstead/simstead/internal/stream"
	"github.com/simstead/simstead/internal/stream/aws/awstest"
	"github.com/simstead/simstead/internal/stream/streamtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	customerRole = "arn:aws:iam::123456789012:role/streams"
	baseRole     = "arn:aws:iam::210987654321:role/datastreamer"
)

func policy() egress.Policy {
	return egress.Policy{AllowHTTP: true, AllowBareIP: true, Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}
}

func known(url string) Settings {
	return Settings{STSEndpoint: url, AccessKeyID: awstest.OperatorKey, SecretAccessKey: awstest.OperatorSecret}
}

func account(t *testing.T, s Settings, p egress.Policy) *Account {
	t.Helper()
	a := NewAccount(s, p)
	t.Cleanup(a.Close)
	return a
}

func session(t *testing.T, a *Account, organisation int64, role string) *Session {
	t.Helper()
	s, err := a.Session(Access{Region: "eu-west-1", RoleARN: role}, &stream.Stream{Organisation: organisation})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// key is the access key that a session has by now.
func key(t *testing.T, s *Session) string {
	t.Helper()
	if err := s.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	keys, err := s.Retrieve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return keys.AccessKeyID
}

func TestSessionsAreShared(t *testing.T) {
	sts := awstest.NewSTS(t, map[string]string{customerRole: "org-7"})
	a := account(t, known(sts.URL), policy())
	for range 3 {
		for range 2 {
			if got := key(t, session(t, a, 7, customerRole)); got != awstest.CustomerKey {
				t.Errorf("got %s", got)
			}
		}
	}
	if err := session(t, a, 8, customerRole).Ready(t.Context()); err == nil {
		t.Error("another organisation has got the session")
	}
	want := []string{customerRole + " org-7 3600 AKIAOPERATOR", customerRole + " org-8 3600 AKIAOPERATOR"}
	if calls := sts.Calls(); !slices.Equal(calls, want) {
		t.Errorf("STS was asked for %q", calls)
	}
}

func TestRenewal(t *testing.T) {
	sts := awstest.NewSTS(t, map[string]string{customerRole: "org-7"})
	s := session(t, account(t, known(sts.URL), policy()), 7, customerRole)
	sts.GiveOut("AKIAFIRST", "1", 2*time.Minute) // shorter than it is renewed before
	if got := key(t, s); got != "AKIAFIRST" {
		t.Errorf("got %s", got)
	}
	sts.Down(true)
	if got := key(t, s); got != "AKIAFIRST" {
		t.Errorf("while STS is down it is %s", got)
	}
	sts.Down(false)
	sts.GiveOut("AKIASECOND", "2", -time.Second)
	if got := key(t, s); got != "AKIASECOND" {
		t.Errorf("renewed it is %s", got)
	}
	sts.Down(true)
	err := s.Ready(t.Context())
	if f := stream.AsFailure(err); f == nil || f.Final || f.After != time.Second || f.Text != "the role could not be assumed: ServiceUnavailable: try again" {
		t.Errorf("ended, and STS is down: %v", err)
	}
}

// TestBaseRole is assumed first, without an external id, and assumes the customer's.
func TestBaseRole(t *testing.T) {
	sts := awstest.NewSTS(t, map[string]string{customerRole: "org-7", baseRole: ""})
	settings := known(sts.URL)
	settings.BaseRole = baseRole
	key(t, session(t, account(t, settings, policy()), 7, customerRole))
	want := []string{baseRole + "  3600 " + awstest.OperatorKey, customerRole + " org-7 3600 " + awstest.CustomerKey}
	if calls := sts.Calls(); !slices.Equal(calls, want) {
		t.Errorf("STS was asked for %q", calls)
	}
}

// TestSurroundings finds the operator's keys where the SDK looks for them.
func TestSurroundings(t *testing.T) {
	sts := awstest.NewSTS(t, map[string]string{customerRole: "org-7"})
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("AWS_CONFIG_FILE", home+"/config")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", home+"/credentials")
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	err := session(t, account(t, Settings{STSEndpoint: sts.URL}, policy()), 7, customerRole).Ready(t.Context())
	if f := stream.AsFailure(err); f == nil || f.Final || f.Text != "the operator's AWS credentials are not available" {
		t.Errorf("got %v", err)
	}
	t.Setenv("AWS_ACCESS_KEY_ID", awstest.OperatorKey)
	t.Setenv("AWS_SECRET_ACCESS_KEY", awstest.OperatorSecret)
	key(t, session(t, account(t, Settings{STSEndpoint: sts.URL}, policy()), 7, customerRole))
}

// TestWhoseFault tells customers of their role, and of the operator only that it is the operator.
func TestWhoseFault(t *testing.T) {
	sts := awstest.NewSTS(t, map[string]string{customerRole: "org-7"})
	stranger := known(sts.URL)
	stranger.AccessKeyID = "AKIASTRANGER"
	lost := known("http://127.0.0.1:1")
	for _, tt := range []struct {
		name     string
		settings Settings
		policy   egress.Policy
		role     string
		text     string
		final    bool
	}{
		{"unknown operator", stranger, policy(), customerRole, "the operator's AWS credentials are not accepted", false},
		{"STS is away", lost, policy(), customerRole, "the role could not be assumed: connection refused", false},
		{"STS is refused", known(sts.URL), egress.Policy{AllowHTTP: true}, customerRole, "the role could not be assumed: the host leads to an address that is not public", true},
		{"unknown role", known(sts.URL), policy(), customerRole + "x", "the role could not be assumed: AccessDenied: User: AKIAOPERATOR is not authorized", false},
		{"no role", known(sts.URL), policy(), "arn:aws:iam::x:role/r", "the role could not be assumed: ValidationError: arn:aws:iam::x:role/r is invalid", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := session(t, account(t, tt.settings, tt.policy), 7, tt.role).Ready(t.Context())
			f := stream.AsFailure(err)
			if f == nil || f.Final != tt.final || !strings.HasPrefix(f.Text, tt.text) || strings.Contains(err.Error(), awstest.OperatorSecret) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestGivenUp is the engine stopping while STS does not answer: nobody's failure.
func TestGivenUp(t *testing.T) {
	proxy := streamtest.NewProxy(t, "", nil)
	proxy.Behave(streamtest.Hang)
	a := account(t, known(proxy.URL), policy())
	a.timeout = 100 * time.Millisecond // it goes on for others who wait
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	err := session(t, a, 7, customerRole).Ready(ctx)
	if !errors.Is(err, context.DeadlineExceeded) || stream.AsFailure(err) != nil {
		t.Errorf("got %v", err)
	}
	err = session(t, a, 7, customerRole).Ready(t.Context())
	if f := stream.AsFailure(err); f == nil || f.Text != "the role could not be assumed: the destination did not answer in time" {
		t.Errorf("got %v", err)
	}
}

func TestForgetsSessions(t *testing.T) {
	sts := awstest.NewSTS(t, nil)
	a := account(t, known(sts.URL), policy())
	for n := range int64(500) {
		_ = session(t, a, n, customerRole).Ready(t.Context()) // refused
	}
	if n := len(a.sessions); n > sweepAtLeast {
		t.Errorf("%d sessions are kept that never were", n)
	}
}
