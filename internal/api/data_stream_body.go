package api

import (
	"encoding/json"
	"sort"
	"strings"

	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/stream"
	"github.com/simstead/simstead/internal/value"
)

// StreamBody is what a PATCH of a data stream may hold, and but for the history a POST. It is exported so that the document
// has its fields where it is embedded.
type StreamBody struct {
	Name        value.Opt[string]            `json:"name"`
	Type        value.Opt[value.Ref]         `json:"data_stream_type"`
	Destination value.Opt[streamDestination] `json:"destination"`
	Filters     value.Opt[stream.Filters]    `json:"filters" doc:"Conditions on events that must all hold; [] is none."`
	Relation    value.Opt[json.RawMessage]   `json:"relation_resolution" doc:"Kept as it is given, without effect."`
	Status      value.Opt[streamStatus]      `json:"status"`
}

type streamStatus struct {
	ID          value.Opt[value.ID] `json:"id"`
	Description value.Opt[string]   `json:"description" doc:"Not read."`
}

type streamDestination struct {
	ConnectionType value.Opt[string]  `json:"connection_type"`
	Format         value.Opt[string]  `json:"format"`
	Credentials    stream.Credentials `json:"credentials"`
}

type createStreamBody struct {
	StreamBody
	History value.Opt[value.Flag] `json:"stream_historic_data" doc:"1 also delivers what the last seven days recorded. An addition of ours."`
}

// maxName is the longest name of a stream, in bytes.
const maxName = 255

// begin makes a new stream of what a POST says.
func (a *API) begin(s *stream.Stream, b createStreamBody) error {
	wrong, err := a.apply(s, b.StreamBody)
	if err != nil {
		return err
	}
	if !b.Type.Has() {
		wrong = append(wrong, fault.New(fault.Required, "DataStream - data_stream_type is required"))
	}
	if !b.Destination.Has() {
		wrong = append(wrong, fault.New(fault.Required, "DataStream - destination is required"))
	}
	return fault.Invalid(wrong...)
}

// alter changes a stream as a PATCH says.
func (a *API) alter(s *stream.Stream, b StreamBody) error {
	if s.Generation != stream.NewFormat {
		if err := fault.Invalid(newFeatures(s.View(a.Streams.Destinations[s.ConnectionType]), b)...); err != nil {
			return err
		}
	}
	before := string(s.Credentials)
	wrong, err := a.apply(s, b)
	if err == nil {
		err = fault.Invalid(wrong...)
	}
	if string(s.Credentials) != before {
		s.Confirmed = false // a new destination has to prove itself
	}
	return err
}

// apply sets what a body says. What is wrong with it comes as a list, what the stream's state forbids as an error.
func (a *API) apply(s *stream.Stream, b StreamBody) (wrong []*fault.Error, conflict error) {
	if b.Name.Set {
		if s.Name = b.Name.Value; len(s.Name) > maxName {
			wrong = append(wrong, fault.New(fault.InvalidFormat, "DataStream - name must have at most %d bytes", maxName))
		}
	}
	if b.Type.Has() {
		was := s.Type
		if s.Type = int64(b.Type.Value.ID.Value); s.Type != was && s.Type != stream.UsageStream && s.Type != stream.EventStream {
			wrong = append(wrong, fault.New(fault.InvalidReference, "DataStream - data_stream_type must be 1 (Usage) or 2 (Event)"))
		}
	}
	if b.Destination.Has() {
		wrong = append(wrong, a.applyDestination(s, b.Destination.Value)...)
	}
	wrong = append(wrong, applyFilters(s, b.Filters)...)
	if b.Relation.Set {
		s.Relation = json.RawMessage("null")
		if b.Relation.Has() {
			s.Relation = b.Relation.Value
		}
	}
	if b.Status.Has() {
		if problem := s.SetStatus(int64(b.Status.Value.ID.Value)); problem != nil && problem.Code == fault.NotAllowed {
			conflict = problem
		} else if problem != nil {
			wrong = append(wrong, problem)
		}
	}
	if len(wrong) > 0 { // a body that is wrong in any state is said to be wrong first
		conflict = nil
	}
	return wrong, conflict
}

func applyFilters(s *stream.Stream, given value.Opt[stream.Filters]) []*fault.Error {
	if given.Set {
		s.Filters = json.RawMessage("[]")
		if given.Has() {
			s.Filters = given.Value.Text
		}
	}
	filter, wrong := stream.ParseFilter(s.Filters)
	if !given.Set {
		wrong = nil // what is stored was right once
	}
	if len(filter) > 0 && s.Type == stream.UsageStream {
		wrong = append(wrong, fault.New(fault.InvalidReference, "DataStream - filters are for event streams only"))
	}
	return wrong
}

func (a *API) applyDestination(s *stream.Stream, d streamDestination) (wrong []*fault.Error) {
	had := s.Credentials
	if d.ConnectionType.Has() && d.ConnectionType.Value != s.ConnectionType {
		s.ConnectionType, had = d.ConnectionType.Value, nil
		if s.ConnectionType == stream.Salesforce {
			return append(wrong, fault.New(fault.InvalidReference, "DataStream - connection_type Salesforce exists in version 1 of the API only"))
		}
	}
	destination := a.Streams.Destinations[s.ConnectionType]
	if destination == nil {
		return append(wrong, fault.New(fault.InvalidReference, "DataStream - connection_type must be one of %s", a.connectionTypes()))
	}
	if s.Format = destination.Format(); d.Format.Has() && d.Format.Value != s.Format && d.Format.Value != "Json" {
		wrong = append(wrong, fault.New(fault.InvalidReference, "DataStream - format of %s must be %s", s.ConnectionType, s.Format))
	}
	if len(d.Credentials.Text) == 0 && had != nil {
		return wrong
	}
	stored, problems := destination.Check(d.Credentials.Text, had)
	s.Credentials = stored
	return append(wrong, problems...)
}

// connectionTypes names those that version 2 offers here.
func (a *API) connectionTypes() string {
	var names []string
	for name := range a.Streams.Destinations {
		if name != stream.Salesforce {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	return strings.Join(names, ", ")
}
