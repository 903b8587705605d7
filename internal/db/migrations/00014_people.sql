-- +goose Up
-- How many requests an organisation has sent to the API in a calendar month, UTC. Nodes add to it every few seconds.
CREATE TABLE request_month (
    organisation_id BIGINT NOT NULL,
    month           BIGINT NOT NULL, -- as 202611
    requests        BIGINT NOT NULL,
    PRIMARY KEY (organisation_id, month)
);
