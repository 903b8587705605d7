package api

import (
	"encoding/json"
	"reflect"

	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/stream"
)

// newFeatures names what of a change only a stream of the new format can have. What the stream shows already is no change,
// so that what was read can be sent back.
func newFeatures(now stream.View, b StreamBody) (wrong []*fault.Error) {
	not := func(name string) {
		wrong = append(wrong, fault.New(fault.NotAllowed, "DataStream - %s is not for streams of a deprecated format: create a new stream", name))
	}
	if b.Name.Has() {
		not("name")
	}
	if b.Relation.Has() && !sameJSON(b.Relation.Value, now.Relation) {
		not("relation_resolution")
	}
	d := b.Destination.Value
	if d.ConnectionType.Has() && d.ConnectionType.Value != now.Destination.ConnectionType {
		not("another connection_type")
		return wrong
	}
	var given, has map[string]json.RawMessage
	_ = json.Unmarshal(d.Credentials.Text, &given) // Check says what is wrong with its form
	_ = json.Unmarshal(now.Destination.Credentials.Text, &has)
	for _, name := range since(now.Destination.ConnectionType) {
		if value, ok := given[name]; ok && string(value) != "null" && !sameJSON(value, has[name]) {
			not(name)
		}
	}
	return wrong
}

// since names the credentials that came with the new formats.
func since(connectionType string) []string {
	return map[string][]string{
		stream.RestAPI: {"method", "headers", "size"}, stream.S3: {"flush_size", "rotate_interval"},
		stream.KeenIO: {"collection_name", "size"}, stream.Datadog: {"region"},
	}[connectionType]
}

// sameJSON compares JSON values as such, not their spelling.
func sameJSON(a, b json.RawMessage) bool {
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && reflect.DeepEqual(x, y)
}
