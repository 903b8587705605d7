-- +goose Up
-- Who a user was, for the events that name them: a user who is deleted stays in the log.
CREATE TABLE former_user (
    organisation_id BIGINT NOT NULL,
    id              BIGINT NOT NULL,
    username        TEXT   NOT NULL,
    name            TEXT   NOT NULL,
    deleted         BIGINT NOT NULL, -- µs; the newest time, where a guest went more than once
    PRIMARY KEY (organisation_id, id)
) {{clustered}};
