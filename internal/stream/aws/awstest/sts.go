// Package awstest plays what the destinations at Amazon talk to in tests, on loopback: STS, in so far as it lets roles be
// assumed, and programs that serve Kinesis and S3.
package awstest

import (
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// The operator's own keys, which STS knows, and those that it gives to who may assume a role.
const (
	OperatorKey    = "AKIAOPERATOR"
	OperatorSecret = "operator-secret"
	CustomerKey    = "AKIACUSTOMER"
	CustomerSecret = "customer-secret"
	Token          = "customer-token"
)

// STS lets roles be assumed.
type STS struct {
	URL   string
	Token string // goes with what it gives out; versitygw takes none

	mu     sync.Mutex
	trusts map[string]string // the external id that each role asks for, by its ARN
	keys   [2]string         // what it gives out
	length time.Duration     // of a session
	down   bool
	calls  []string // what was asked for: role, external id, seconds, who asked
}

// NewSTS starts an STS that knows roles and the external id that each asks for.
func NewSTS(t testing.TB, trusts map[string]string) *STS {
	t.Helper()
	s := &STS{Token: Token, trusts: trusts, keys: [2]string{CustomerKey, CustomerSecret}, length: time.Hour}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.URL = server.URL
	return s
}

// Trust adds a role.
func (s *STS) Trust(role, externalID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trusts[role] = externalID
}

// GiveOut makes STS give out other keys, in sessions of another length.
func (s *STS) GiveOut(key, secret string, length time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys, s.length = [2]string{key, secret}, length
}

// Down makes STS answer 503, or mends it.
func (s *STS) Down(down bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = down
}

// Calls are the requests so far, each as "role external-id seconds key-of-the-caller".
func (s *STS) Calls() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.calls...)
}

var (
	caller = regexp.MustCompile(`Credential=([^/]+)/`)
	arn    = regexp.MustCompile(`^arn:aws:iam::?\d+:role/\S+$`)
)

// ServeHTTP implements http.Handler: the query protocol of AssumeRole.
func (s *STS) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	who := append(caller.FindStringSubmatch(r.Header.Get("Authorization")), "", "")[1]
	role, id := r.FormValue("RoleArn"), r.FormValue("ExternalId")
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, strings.Join([]string{role, id, r.FormValue("DurationSeconds"), who}, " "))
	wants, known := s.trusts[role]
	switch {
	case s.down:
		refuse(w, http.StatusServiceUnavailable, "ServiceUnavailable", "try again")
	case r.FormValue("Action") != "AssumeRole":
		refuse(w, http.StatusBadRequest, "InvalidAction", "only roles are assumed here")
	case who != OperatorKey && who != CustomerKey:
		refuse(w, http.StatusForbidden, "InvalidClientTokenId", "The security token included in the request is invalid.")
	case !arn.MatchString(role):
		refuse(w, http.StatusBadRequest, "ValidationError", role+" is invalid")
	case !known || id != wants:
		refuse(w, http.StatusForbidden, "AccessDenied", "User: "+who+" is not authorized to perform: sts:AssumeRole on resource: "+role)
	default:
		fmt.Fprintf(w, `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><AssumedRoleUser>`+
			`<AssumedRoleId>AROA:simstead</AssumedRoleId><Arn>%s</Arn></AssumedRoleUser><Credentials><AccessKeyId>%s</AccessKeyId>`+
			`<SecretAccessKey>%s</SecretAccessKey><SessionToken>%s</SessionToken><Expiration>%s</Expiration></Credentials>`+
			`</AssumeRoleResult></AssumeRoleResponse>`, html.EscapeString(role), s.keys[0], s.keys[1], s.Token,
			time.Now().Add(s.length).UTC().Format(time.RFC3339))
	}
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	w.WriteHeader(status)
	fmt.Fprintf(w, `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>%s</Code>`+
		`<Message>%s</Message></Error><RequestId>r</RequestId></ErrorResponse>`, code, html.EscapeString(message))
}
