// Package salesforce publishes records as platform events of a Salesforce organisation: version 1's api_type of that
// name. The contract names the credentials and no protocol; this is our reading of it. The sink logs in by OAuth's
// username and password (RFC 6749 4.3) through the operator's connected app, and creates one platform event a record by
// Salesforce's REST API, with the record as text in the event's field Payload__c.
package salesforce

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/simstead/simstead/internal/egress"
	"github.com/simstead/simstead/internal/stream"
	"github.com/simstead/simstead/internal/stream/exchange"
)

const (
	version = "v60.0"
	field   = "Payload__c"
)

type sink struct {
	client *exchange.Client
	policy egress.Policy
	login  *url.URL
	form   string // of the login
	event  string

	create *url.URL // where events are created; nil when not logged in
	header http.Header
}

// Send implements stream.Sink.
func (s *sink) Send(ctx context.Context, records []stream.Record) (confirmed int, err error) {
	for ; confirmed < len(records); confirmed++ {
		if err := s.publish(ctx, records[confirmed]); err != nil {
			return confirmed, err
		}
	}
	return confirmed, nil
}

// publish creates one event. A session that Salesforce has ended is begun anew, once.
func (s *sink) publish(ctx context.Context, r stream.Record) error {
	body, err := json.Marshal(map[string]string{field: string(r.Data)})
	if err != nil {
		return stream.Permanent("the record cannot be written as text", err)
	}
	for fresh := false; ; fresh = true {
		if s.create == nil {
			fresh = true
			if err := s.logIn(ctx); err != nil {
				return err
			}
		}
		answer, err := s.client.Post(ctx, s.create, s.header, body)
		if err != nil {
			return err
		}
		if answer.Status == http.StatusUnauthorized && !fresh {
			s.create = nil
			continue
		}
		return verdict(answer)
	}
}

// logIn gets a token, and where to use it.
func (s *sink) logIn(ctx context.Context) error {
	answer, err := s.client.Post(ctx, s.login, header("application/x-www-form-urlencoded"), []byte(s.form))
	if err != nil {
		return err
	}
	var in struct {
		Token    string `json:"access_token"`
		Instance string `json:"instance_url"`
		Error    string `json:"error"`
	}
	known := json.Unmarshal(answer.Body, &in) == nil
	switch {
	case answer.Status == http.StatusBadRequest || answer.Status == http.StatusUnauthorized:
		return stream.Permanent("Salesforce refuses the login"+named(in.Error), nil)
	case !answer.OK():
		return answer.Retry()
	case !known || in.Token == "" || in.Instance == "":
		return stream.Retry("Salesforce's login answered without a token", answer.After, nil)
	}
	base, err := s.policy.CheckURL(in.Instance) // it comes from where the customer named
	if err != nil {
		return stream.Permanent("Salesforce's login names an instance to which no connection is made: "+egress.Explain(err), err)
	}
	s.create = below(base, "services/data", version, "sobjects", s.event)
	s.header = header("application/json")
	s.header.Set("Authorization", "Bearer "+in.Token)
	return nil
}

// verdict reads the answer to an event; nil when it is published.
func verdict(a *exchange.Answer) error {
	if a.OK() {
		var said struct {
			Success bool `json:"success"`
		}
		if json.Unmarshal(a.Body, &said) != nil || !said.Success {
			return stream.Retry(a.Text()+", but Salesforce did not publish the event", a.After, nil)
		}
		return nil
	}
	var said []struct {
		Code string `json:"errorCode"`
	}
	code := ""
	if json.Unmarshal(a.Body, &said) == nil && len(said) > 0 {
		code = said[0].Code
	}
	text := a.Text() + named(code)
	switch {
	case code == "REQUEST_LIMIT_EXCEEDED" || code == "SERVER_UNAVAILABLE":
		return stream.Retry(text, a.After, nil)
	case a.Status == http.StatusNotFound:
		return stream.Permanent(text+": the organisation has no such platform event, or the user may not create it", nil)
	case a.Status == http.StatusBadRequest, a.Status == http.StatusForbidden:
		return stream.Permanent(text, nil)
	}
	return stream.Retry(text, a.After, nil)
}

// named is a code of Salesforce's as the end of a text, when it is one.
func named(code string) string {
	if code == "" || len(code) > 64 || strings.Trim(strings.ToLower(code), "abcdefghijklmnopqrstuvwxyz_") != "" {
		return ""
	}
	return ": " + code
}

// Close implements stream.Sink.
func (s *sink) Close() { s.client.Close() }
