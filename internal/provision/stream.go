package provision

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/stream"
)

// Stream is a data stream. The generation of its format is the operator's to choose: streams that come from another
// system go on as they were there.
type Stream struct {
	Name           string         `yaml:"name"`            // of the New generation only
	Generation     string         `yaml:"generation"`      // Old, Migrated or New, which is meant by ""
	Type           string         `yaml:"type"`            // usage, events, or both, which the New generation does not have
	ConnectionType string         `yaml:"connection_type"` // RestAPI, AwsKinesis, ...
	Credentials    map[string]any `yaml:"credentials"`
	EventTypes     []int64        `yaml:"event_types"` // ids; none: all
	Paused         bool           `yaml:"paused"`
}

// checkStreams says what is wrong with an organisation's streams in themselves, and makes them ready to be stored.
func (r *run) checkStreams(p *planned) {
	for i, given := range p.DataStreams {
		at := p.at + "." + place("data_streams", i, given.Name)
		s := &stream.Stream{
			Name: given.Name, ConnectionType: given.ConnectionType, Status: stream.Running, Filters: json.RawMessage("[]"),
			Relation: json.RawMessage("null"), Created: r.Clock.Micros(),
		}
		if given.Paused {
			s.Status = stream.Paused
		}
		r.checkStreamKind(at, given, s)
		r.checkStreamDestination(at, given, s)
		for _, id := range given.EventTypes {
			if err := s.AddEventType(id); err != nil {
				r.bad(at+".event_types", "%w", err)
			}
		}
		p.streams = append(p.streams, s)
	}
}

func (r *run) checkStreamKind(at string, given Stream, s *stream.Stream) {
	var known bool
	s.Generation, known = map[string]int64{"": stream.NewFormat, "Old": stream.OldFormat, "Migrated": stream.MigratedFormat, "New": stream.NewFormat}[given.Generation]
	if !known {
		r.bad(at+".generation", "%q is none of Old, Migrated and New", given.Generation)
	}
	if s.Type, known = map[string]int64{"usage": stream.UsageStream, "events": stream.EventStream, "both": stream.BothStream}[given.Type]; !known {
		r.bad(at+".type", "%q is none of usage, events and both", given.Type)
	}
	if s.Generation == stream.NewFormat && s.Type == stream.BothStream {
		r.bad(at+".type", "the New generation has no streams of both")
	}
	if s.Generation != stream.NewFormat && given.Name != "" {
		r.bad(at+".name", "only streams of the New generation have names")
	}
}

func (r *run) checkStreamDestination(at string, given Stream, s *stream.Stream) {
	destination := r.Destinations[s.ConnectionType]
	if destination == nil {
		r.bad(at+".connection_type", "there is no connection type %q", s.ConnectionType)
		return
	}
	s.Format = destination.Format()
	if s.Generation != stream.NewFormat && s.ConnectionType == stream.KeenIO {
		given.Credentials = withCollection(given.Credentials)
	}
	text, err := json.Marshal(given.Credentials)
	if err != nil {
		r.bad(at+".credentials", "%w", err)
		return
	}
	stored, wrong := destination.Check(text, nil)
	for _, w := range wrong {
		r.bad(at+".credentials", "%s", w.Message)
	}
	s.Credentials = stored
}

// withCollection lets the installation's collections stand for those of an old stream to KeenIO, which never named any.
func withCollection(given map[string]any) map[string]any {
	out := map[string]any{"collection_name": ""}
	maps.Copy(out, given)
	return out
}

// findStreams tells which of an organisation's streams are there: those that deliver the same to the same place, whatever
// their format, their secrets and what was done with them since.
func (r *run) findStreams(q db.Queryer, o *planned) error {
	if len(o.streams) == 0 {
		return nil
	}
	have, err := r.Streams.All(q, o.id)
	if err != nil {
		return err
	}
	for _, s := range o.streams {
		s.Organisation = o.id
		for i, h := range have {
			if h != nil && h.Type == s.Type && h.ConnectionType == s.ConnectionType && r.alike(h, s) {
				s.ID, have[i] = h.ID, nil // of two alike each is found once
				break
			}
		}
	}
	return nil
}

func (r *run) alike(a, b *stream.Stream) bool {
	var x, y any
	mask := r.Destinations[a.ConnectionType].Mask
	return json.Unmarshal(mask(a.Credentials), &x) == nil && json.Unmarshal(mask(b.Credentials), &y) == nil && reflect.DeepEqual(x, y)
}

// makeStreams makes an organisation's streams that are not there. They deliver what is recorded from now on.
func (r *run) makeStreams(ctx context.Context, o *planned) error {
	for i, s := range o.streams {
		what := fmt.Sprintf("data stream %d of %s to %s", i+1, o.Name, s.ShownName())
		if s.ID != 0 {
			r.found("%s", what)
			continue
		}
		if !r.DryRun {
			id, err := r.DB.NextID(ctx, "data_stream", o.id)
			if err != nil {
				return err
			}
			s.Organisation, s.ID = o.id, id
			if err := r.DB.Write(ctx, []int64{o.id}, func(tx *db.Tx) error { return r.Streams.Create(tx, s, 0) }); err != nil {
				return err
			}
		}
		r.made("%s", what)
	}
	return nil
}
