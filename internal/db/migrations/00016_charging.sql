-- +goose Up
-- Gateways may name a SIM by its MSISDN alone.
CREATE INDEX sim_msisdn ON sim (msisdn) WHERE msisdn <> '';
