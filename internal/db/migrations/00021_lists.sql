-- +goose Up
-- The events of an organisation are listed in the order of the SIMs that they are about.

CREATE INDEX sim_identity_imsi ON sim_identity (organisation_id, imsi, sim_id);
