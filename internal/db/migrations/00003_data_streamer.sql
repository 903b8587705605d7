-- +goose Up
-- The Data Streamer beyond its first webhook.

ALTER TABLE data_stream ADD COLUMN api_callback_id BIGINT NOT NULL DEFAULT 0;  -- the callback it was made for in version 1, 0 = none
ALTER TABLE data_stream ADD COLUMN signing TEXT NOT NULL DEFAULT '';           -- JSON of the signing secrets, '' = none
ALTER TABLE data_stream ADD COLUMN revision BIGINT NOT NULL DEFAULT 1;         -- grows with each change of its settings
ALTER TABLE stream_cursor ADD COLUMN history BIGINT NOT NULL DEFAULT 0;        -- last position of the history that was asked for, 0 = none
ALTER TABLE stream_cursor ADD COLUMN last_error TEXT NOT NULL DEFAULT '';      -- of the last attempt that failed, for the customer
ALTER TABLE stream_cursor ADD COLUMN last_error_at BIGINT NOT NULL DEFAULT 0;  -- µs, 0 = never
CREATE TABLE api_callback (
    organisation_id BIGINT NOT NULL,
    id              BIGINT NOT NULL,
    url             TEXT   NOT NULL,
    purpose         TEXT   NOT NULL,
    created         BIGINT NOT NULL,
    PRIMARY KEY (organisation_id, id)
) {{clustered}};
