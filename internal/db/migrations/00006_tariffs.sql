-- +goose Up
-- What an operator sells: tariffs beyond their prices, inclusive volumes on offer, tariff plans and who has them. Rates are
-- 1e-10 of the currency's unit, times µs UTC, 0 in an end = open.

ALTER TABLE tariff ADD COLUMN default_sms_mt_rate BIGINT NOT NULL DEFAULT 0;   -- shown; what is charged are the zones' rates
ALTER TABLE tariff ADD COLUMN default_sms_mo_rate BIGINT NOT NULL DEFAULT 0;
ALTER TABLE tariff ADD COLUMN sim_issued_rate BIGINT NOT NULL DEFAULT 0;
ALTER TABLE tariff ADD COLUMN sim_activated_rate BIGINT NOT NULL DEFAULT 0;
ALTER TABLE tariff ADD COLUMN sim_suspended_rate BIGINT NOT NULL DEFAULT 0;
ALTER TABLE tariff ADD COLUMN sim_activation_rate BIGINT NOT NULL DEFAULT 0;
ALTER TABLE tariff ADD COLUMN sim_reactivation_rate BIGINT NOT NULL DEFAULT 0;
ALTER TABLE tariff ADD COLUMN sim_suspension_rate BIGINT NOT NULL DEFAULT 0;
ALTER TABLE tariff ADD COLUMN sim_termination_rate BIGINT NOT NULL DEFAULT 0;
ALTER TABLE tariff ADD COLUMN category_id BIGINT NOT NULL DEFAULT 0;
ALTER TABLE ratezone ADD COLUMN status_id BIGINT NOT NULL DEFAULT 1;           -- as a tariff's: 0 staging to 3 deleted
ALTER TABLE ratezone_rate ADD COLUMN volume BIGINT NOT NULL DEFAULT 1;         -- MB or SMS that the price was given for; rate is that of one
ALTER TABLE tariff_profile ADD COLUMN zones_selected BOOLEAN NOT NULL DEFAULT FALSE; -- only ratezone_selection counts, be it empty
CREATE TABLE ratezone_inclusive_volume (   -- on offer: what an organisation's inclusive volume is made from
    tariff_id   BIGINT NOT NULL,
    id          BIGINT NOT NULL,
    ratezone_id BIGINT NOT NULL,
    volume      BIGINT NOT NULL,           -- bytes a SIM and month
    rate        BIGINT NOT NULL,           -- a SIM and month
    status_id   BIGINT NOT NULL,           -- as a tariff's
    created     BIGINT NOT NULL,
    PRIMARY KEY (tariff_id, id)
) {{clustered}};
ALTER TABLE inclusive_volume ADD COLUMN offer_id BIGINT NOT NULL DEFAULT 0;    -- what it was made from, 0 = made to measure
UPDATE tariff_profile SET zones_selected = TRUE WHERE EXISTS (SELECT 1 FROM ratezone_selection s
    WHERE s.organisation_id = tariff_profile.organisation_id AND s.tariff_profile_id = tariff_profile.id);

-- Tariff plans: what SIMs and the platform cost a month.
CREATE TABLE tariff_plan (
    id                        BIGINT PRIMARY KEY,
    organisation_id           BIGINT  NOT NULL,  -- owner
    name                      TEXT    NOT NULL,
    description               TEXT    NOT NULL,
    status_id                 BIGINT  NOT NULL,  -- 0 staging, 1 active, 2 deprecated, 3 deleted
    currency_id               BIGINT  NOT NULL,
    price_model_id            BIGINT  NOT NULL,  -- how tiers count: 0 graduated, 1 by volume
    rate                      BIGINT  NOT NULL,  -- a month, whatever is used
    yearly_rate               BIGINT  NOT NULL,
    sim_activation_fee        BIGINT  NOT NULL,  -- once, when a SIM is first activated
    sim_activated_rate        BIGINT  NOT NULL,  -- a SIM and month; tiers replace it
    sim_activated_idle_rate   BIGINT  NOT NULL,
    sim_suspended_rate        BIGINT  NOT NULL,
    sim_suspended_active_rate BIGINT  NOT NULL,
    max_active_sims           BIGINT  NOT NULL,  -- 0 = no limit, here and below
    add_active_sims_rate      BIGINT  NOT NULL,
    add_active_sim_batch      BIGINT  NOT NULL,
    max_service_profiles      BIGINT  NOT NULL,
    max_tariff_profiles       BIGINT  NOT NULL,
    max_users                 BIGINT  NOT NULL,
    runtime_id                BIGINT  NOT NULL,  -- shortest, 0 = none
    service_level_id          BIGINT  NOT NULL,  -- 0 = none
    expiry_time               BIGINT  NOT NULL,  -- days until an assignment ends by itself, 0 = it does not
    evaluation                BOOLEAN NOT NULL,
    api_access_allowed        BOOLEAN NOT NULL,
    vpn_access                BOOLEAN NOT NULL,
    federation_allowed        BOOLEAN NOT NULL,
    factory_test_mode_allowed BOOLEAN NOT NULL,
    workspaces_enabled        BOOLEAN NOT NULL,
    billing_disabled          BOOLEAN NOT NULL,
    is_public                 BOOLEAN NOT NULL,  -- for all organisations below the owner
    created                   BIGINT  NOT NULL,
    activated                 BIGINT  NOT NULL,  -- 0 = never
    deprecated                BIGINT  NOT NULL
);
CREATE TABLE tariff_plan_price (           -- tiers of the price of activated SIMs
    plan_id     BIGINT NOT NULL,
    scale_start BIGINT NOT NULL,           -- the first SIM that it counts for, from 1
    rate        BIGINT NOT NULL,           -- a SIM and month
    PRIMARY KEY (plan_id, scale_start)
) {{clustered}};
-- Who has which plan when. Prices are kept as they were when it was assigned: a later change of the plan is for later ones.
CREATE TABLE organisation_tariff_plan (
    organisation_id           BIGINT  NOT NULL,
    id                        BIGINT  NOT NULL,
    plan_id                   BIGINT  NOT NULL,
    start_date                BIGINT  NOT NULL,
    expiry_date               BIGINT  NOT NULL,  -- exclusive, 0 = open; no two of an organisation overlap
    currency_id               BIGINT  NOT NULL,
    price_model_id            BIGINT  NOT NULL,
    rate                      BIGINT  NOT NULL,
    yearly_rate               BIGINT  NOT NULL,
    sim_activation_fee        BIGINT  NOT NULL,
    sim_activated_rate        BIGINT  NOT NULL,
    sim_activated_idle_rate   BIGINT  NOT NULL,
    sim_suspended_rate        BIGINT  NOT NULL,
    sim_suspended_active_rate BIGINT  NOT NULL,
    runtime_id                BIGINT  NOT NULL,
    service_level_id          BIGINT  NOT NULL,
    federation_allowed        BIGINT  NOT NULL,  -- 0 no, 1 yes, -1 as the plan says
    factory_test_mode_allowed BIGINT  NOT NULL,  -- the same
    created                   BIGINT  NOT NULL,
    PRIMARY KEY (organisation_id, id)
) {{clustered}};
CREATE INDEX organisation_tariff_plan_start ON organisation_tariff_plan (organisation_id, start_date);
CREATE INDEX organisation_tariff_plan_plan ON organisation_tariff_plan (plan_id);
CREATE TABLE organisation_tariff_plan_price (
    organisation_id BIGINT NOT NULL,
    assignment_id   BIGINT NOT NULL,       -- id of organisation_tariff_plan
    scale_start     BIGINT NOT NULL,
    rate            BIGINT NOT NULL,
    PRIMARY KEY (organisation_id, assignment_id, scale_start)
) {{clustered}};
