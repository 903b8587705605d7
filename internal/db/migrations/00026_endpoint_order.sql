-- +goose Up
-- The list of endpoints has its own indexes, without deleted ones; the list of events has others, with them: SQLite takes none
-- of the former for the latter, and prefers others to the latter for the former.

DROP INDEX endpoint_name;
CREATE INDEX endpoint_name ON endpoint (organisation_id, name, id, status_id) WHERE status_id <> 2;
CREATE INDEX endpoint_every_name ON endpoint (organisation_id, name, id);
DROP INDEX endpoint_tags;
CREATE INDEX endpoint_tags ON endpoint (organisation_id, (COALESCE(tags, '')), id, status_id, tags) WHERE status_id <> 2;
CREATE INDEX endpoint_every_tags ON endpoint (organisation_id, (COALESCE(tags, '')), id);
