package stream

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/value"
)

// LegacyView is a stream as version 1 lists it: some of its numbers are texts.
type LegacyView struct {
	ID             value.ID        `json:"id"`
	Active         value.Flag      `json:"active" doc:"0: paused."`
	Running        value.Flag      `json:"running" doc:"0: paused or in its error state."`
	APIType        value.Described `json:"api_type"`
	Type           value.Described `json:"data_stream_type"`
	Callback       *string         `json:"api_callback" doc:"The URL that it delivers to."`
	LastUsage      *value.ID       `json:"last_traffic_log_id" doc:"The last usage record that the stream is done with."`
	LastEvent      *value.Text     `json:"last_event_id" doc:"The last event that the stream is done with."`
	LastDispatched *string         `json:"last_dispatched_timestamp" doc:"When its destination last accepted something, UTC."`
	LastResult     *string         `json:"last_result_code" doc:"HTTP status: 200, what the destination refuses with, or 500 when it does not answer."`
}

// LegacyViews lists an organisation's streams that version 1 knows, newest first.
func (k Store) LegacyViews(q db.Queryer, organisation int64) ([]LegacyView, error) {
	streams, err := k.All(q, organisation)
	if err != nil {
		return nil, err
	}
	views := []LegacyView{}
	for _, s := range streams {
		if !s.IsLegacy() {
			continue
		}
		v, err := s.legacyView(q)
		if err != nil {
			return nil, err
		}
		views = append(views, v)
	}
	return views, nil
}

func (s *Stream) legacyView(q db.Queryer) (LegacyView, error) {
	api, _ := s.apiType()
	v := LegacyView{
		ID: value.ID(s.ID), Active: s.Status != Paused, Running: s.Status == Running || s.Status == Pending,
		APIType: api, Type: described(legacyTypes(), s.Type),
	}
	var c struct {
		URL      string `json:"url"`
		Callback struct {
			URL string `json:"url"`
		} `json:"api_callback"` // of Salesforce
	}
	_ = json.Unmarshal(s.Credentials, &c) // without a URL it has no callback
	v.Callback = optional(first(c.URL, c.Callback.URL))
	at, err := readCursor(q, s.Organisation, s.ID)
	if err != nil {
		return v, err
	}
	v.LastResult = optional(s.legacyResult(at))
	if at.lastSuccess == 0 {
		return v, nil
	}
	when := clock.FromMicros(at.lastSuccess).UTC().Format("2006-01-02 15:04:05")
	v.LastDispatched = &when
	if s.Type != EventStream {
		id, err := lastBefore(q, "usage_record", s.Organisation, at)
		if err != nil {
			return v, err
		}
		v.LastUsage = (*value.ID)(id)
	}
	if s.Type != UsageStream {
		id, err := lastBefore(q, "event", s.Organisation, at)
		v.LastEvent = (*value.Text)(id)
		return v, err
	}
	return v, nil
}

// lastBefore is the id of the last row of a table that a cursor has passed; nil when there is none.
func lastBefore(q db.Queryer, table string, organisation int64, c cursor) (*int64, error) {
	id, err := db.One(q, db.Int, `SELECT id FROM `+table+` WHERE organisation_id = $1 AND recorded_day <= $2
		AND (recorded_day, position) <= ($3, $4) ORDER BY recorded_day DESC, position DESC LIMIT 1`, organisation, c.day, c.day, c.position)
	if errors.Is(err, db.ErrNone) {
		return nil, nil
	}
	return &id, err
}

// legacyResult is what the old system showed as the remote status. It showed 200 for KeenIO whatever KeenIO said.
func (s *Stream) legacyResult(c cursor) string {
	switch code := httpStatus(s.Error); {
	case s.Error == "" && c.lastSuccess == 0:
		return ""
	case s.Error == "", s.ConnectionType == KeenIO && s.Generation == OldFormat && code != "":
		return "200"
	case code != "":
		return code
	}
	return "500"
}

// httpStatus is the number that an error text begins with when it is an HTTP result.
func httpStatus(text string) string {
	code, _, _ := strings.Cut(text, " ")
	if len(code) != 3 || strings.Trim(code, "0123456789") != "" {
		return ""
	}
	return code
}
