-- +goose Up
-- What the customer is still to be told of an SMS, and in which 24 hours one from device to device counts.
ALTER TABLE sms ADD COLUMN call_due BIGINT NOT NULL DEFAULT 0;    -- when the callback is called next, 0 = there is nothing to tell
ALTER TABLE sms ADD COLUMN call_tries BIGINT NOT NULL DEFAULT 0;  -- how often it was called
ALTER TABLE sms ADD COLUMN peer_window BIGINT NOT NULL DEFAULT 0; -- where the 24 hours began, 0 = it is none to another subscriber
CREATE INDEX sms_call ON sms (call_due) WHERE call_due > 0;
CREATE INDEX sms_subscriber ON sim_identity (organisation_id, msisdn);
