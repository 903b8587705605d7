-- +goose Up
-- The events of an organisation are listed in the order of the endpoints and SIMs that they are about, deleted ones too.

DROP INDEX endpoint_name;
CREATE INDEX endpoint_name ON endpoint (organisation_id, name, id, status_id);
DROP INDEX endpoint_tags;
CREATE INDEX endpoint_tags ON endpoint (organisation_id, (COALESCE(tags, '')), id, status_id, tags);
CREATE INDEX sim_identity_imsi ON sim_identity (organisation_id, imsi, sim_id);
