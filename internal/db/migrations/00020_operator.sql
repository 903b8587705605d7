-- +goose Up
-- Where a usage record was made: its operator may be in another country later. 0 = as the operator has it.
ALTER TABLE usage_record ADD COLUMN country_id BIGINT NOT NULL DEFAULT 0;
