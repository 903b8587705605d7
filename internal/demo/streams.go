package demo

import (
	"context"
	"encoding/json"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/stream"
	"github.com/simstead/simstead/internal/stream/webhook"
)

// pointStreams makes the first enterprise's two streams, or points them at where the receiver listens this time.
func pointStreams(ctx context.Context, d *db.DB, store stream.Store, now int64, s *seeded, receiver string) error {
	organisation := s.Enterprises[0]
	for name, kind := range map[string]int64{"events": stream.EventStream, "usage": stream.UsageStream} {
		credentials, err := json.Marshal(webhook.Credentials{URL: receiver + "/" + name, Method: webhook.DefaultMethod, Size: webhook.DefaultSize})
		if err != nil {
			return err
		}
		made := s.Streams[name] != 0
		if !made {
			if s.Streams[name], err = d.NextID(ctx, "data_stream", organisation); err != nil {
				return err
			}
		}
		err = d.Write(ctx, []int64{organisation}, func(tx *db.Tx) error {
			if made {
				config, err := store.Get(tx, organisation, s.Streams[name])
				if err != nil {
					return nil //nolint:nilerr // somebody deleted it, and may
				}
				config.Credentials, config.Confirmed = credentials, false
				if config.Status == stream.Broken {
					config.Status, config.Error = stream.Running, ""
				}
				return store.Update(tx, config)
			}
			err := store.Create(tx, &stream.Stream{
				Organisation: organisation, ID: s.Streams[name], Name: "Demo " + name, Type: kind, ConnectionType: "RestAPI", Format: "Json",
				Generation: stream.NewFormat, Credentials: credentials, Filters: json.RawMessage("[]"), Relation: json.RawMessage("null"),
				Status: stream.Running, Created: now,
			}, 0)
			if err != nil {
				return err
			}
			return s.save(tx)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
