-- +goose Up
-- The list of events is in the order of the endpoints that they are about, deleted ones too. endpoint_name and endpoint_tags, which
-- are without these, stay for the list of endpoints: SQLite prefers others to indexes with all of them.

CREATE INDEX endpoint_every_name ON endpoint (organisation_id, name, id);
CREATE INDEX endpoint_every_tags ON endpoint (organisation_id, (COALESCE(tags, '')), id);
