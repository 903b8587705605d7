-- +goose Up
-- What service profiles refer to, 0 = none. What is not there any more counts as none.
ALTER TABLE service_profile ADD COLUMN api_callback_id BIGINT NOT NULL DEFAULT 0; -- where SMS from devices go
ALTER TABLE service_profile ADD COLUMN api_secret_id BIGINT NOT NULL DEFAULT 0;   -- which signs what goes there
ALTER TABLE service_profile ADD COLUMN moc_callback_id BIGINT NOT NULL DEFAULT 0; -- where calls from devices are told
