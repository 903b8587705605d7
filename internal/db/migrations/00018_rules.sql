-- +goose Up
-- What a quota has counted, beside what it has left: one number alone cannot be changed unnoticed.
ALTER TABLE endpoint_quota ADD COLUMN taken BIGINT NOT NULL DEFAULT 0;
UPDATE endpoint_quota SET taken = last_volume_added - volume;
