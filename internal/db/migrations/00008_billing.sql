-- +goose Up
-- Organisations as businesses, and what they are billed for a month.

ALTER TABLE organisation ADD COLUMN relation_type_id BIGINT NOT NULL DEFAULT 0;       -- to its parent: 0 customer of, 2 roaming partner
ALTER TABLE organisation ADD COLUMN default_sms_routing_id BIGINT NOT NULL DEFAULT 0; -- 0 = none
ALTER TABLE organisation ADD COLUMN feature_flags TEXT NOT NULL DEFAULT '';           -- names, parted by commas
CREATE TABLE organisation_contact (
    organisation_id   BIGINT NOT NULL,
    id                BIGINT NOT NULL,
    type_id           BIGINT NOT NULL,     -- 1 commercial, 2 technical, 3 invoice
    name              TEXT   NOT NULL,
    title             TEXT   NOT NULL,
    department        TEXT   NOT NULL,
    street            TEXT   NOT NULL,
    secondary_address TEXT   NOT NULL,
    zipcode           TEXT   NOT NULL,
    city              TEXT   NOT NULL,
    state             TEXT   NOT NULL,
    country_id        BIGINT NOT NULL,
    email             TEXT   NOT NULL,
    phone             TEXT   NOT NULL,
    mobile            TEXT   NOT NULL,
    PRIMARY KEY (organisation_id, id)
) {{clustered}};
CREATE TABLE billing_config (              -- how an organisation pays, and how it makes out invoices to those below it
    organisation_id     BIGINT PRIMARY KEY,
    charging_model_id   BIGINT NOT NULL,   -- 1 postpaid, 2 prepaid
    payment_term_id     BIGINT NOT NULL,
    vatin               TEXT   NOT NULL,
    vat_rate            BIGINT NOT NULL,   -- 1e-4 percent
    invoice_issuer_info TEXT   NOT NULL,
    bank_name           TEXT   NOT NULL,
    bank_iban           TEXT   NOT NULL,
    bank_bic            TEXT   NOT NULL,
    bank_country        TEXT   NOT NULL
);

-- What usage records of a month add up to. A row moves in the transaction of the records.
CREATE TABLE org_month (
    organisation_id     BIGINT NOT NULL,
    billing_month       BIGINT NOT NULL,   -- whose statement it is on
    late_month          BIGINT NOT NULL,   -- the closed month that it was used in, 0 = billing_month
    parent_id           BIGINT NOT NULL,   -- of the organisation at that time
    tariff_profile_id   BIGINT NOT NULL,
    tariff_id           BIGINT NOT NULL,
    ratezone_id         BIGINT NOT NULL,
    operator_id         BIGINT NOT NULL,
    country_id          BIGINT NOT NULL,
    currency_id         BIGINT NOT NULL,   -- 0 = not rated
    traffic_type_id     BIGINT NOT NULL,
    rate                BIGINT NOT NULL,
    inclusive_volume_id BIGINT NOT NULL,
    records             BIGINT NOT NULL,
    volume_tx           BIGINT NOT NULL,
    volume_rx           BIGINT NOT NULL,
    inclusive           BIGINT NOT NULL,   -- billed bytes that cost nothing
    cost                BIGINT NOT NULL,
    debited             BIGINT NOT NULL,   -- of the cost: paid from balances of endpoints
    PRIMARY KEY (organisation_id, billing_month, late_month, parent_id, tariff_profile_id, tariff_id, ratezone_id, operator_id, country_id,
        currency_id, traffic_type_id, rate, inclusive_volume_id)
) {{clustered}};
ALTER TABLE usage_record ADD COLUMN statement_month BIGINT NOT NULL DEFAULT 0;        -- where it is billed when billing_month was closed, 0 = billing_month
INSERT INTO org_month SELECT u.organisation_id, u.billing_month, 0, o.parent_id, u.tariff_profile_id, u.tariff_id, u.ratezone_id, u.operator_id,
    COALESCE(p.country_id, 0), CASE WHEN u.rated THEN u.currency_id ELSE 0 END, u.traffic_type_id, u.rate, u.inclusive_volume_id, COUNT(*),
    CAST(SUM(u.volume_tx) AS BIGINT), CAST(SUM(u.volume_rx) AS BIGINT), CAST(SUM(u.inclusive) AS BIGINT), CAST(SUM(u.cost) AS BIGINT),
    CAST(SUM(u.debited) AS BIGINT)
    FROM usage_record u JOIN organisation o ON o.id = u.organisation_id LEFT JOIN operator p ON p.id = u.operator_id
    GROUP BY u.organisation_id, u.billing_month, o.parent_id, u.tariff_profile_id, u.tariff_id, u.ratezone_id, u.operator_id,
    COALESCE(p.country_id, 0), CASE WHEN u.rated THEN u.currency_id ELSE 0 END, u.traffic_type_id, u.rate, u.inclusive_volume_id;

-- How many SIMs an organisation had active and suspended. Month 0 is what was there before anything was written down.
CREATE TABLE sim_month (
    organisation_id  BIGINT NOT NULL,
    billing_month    BIGINT NOT NULL,      -- a month in which nothing changed has no row
    active           BIGINT NOT NULL,      -- now, or as the month ended
    peak_active      BIGINT NOT NULL,      -- most at a time in the month
    suspended        BIGINT NOT NULL,
    least_suspended  BIGINT NOT NULL,      -- fewest at a time in the month: those that were so all along
    activated        BIGINT NOT NULL,      -- for the first time, in the month
    PRIMARY KEY (organisation_id, billing_month)
) {{clustered}};
INSERT INTO sim_month SELECT owner_id, 0, SUM(CASE WHEN status_id = 1 THEN 1 ELSE 0 END), SUM(CASE WHEN status_id = 1 THEN 1 ELSE 0 END),
    SUM(CASE WHEN status_id = 2 THEN 1 ELSE 0 END), SUM(CASE WHEN status_id = 2 THEN 1 ELSE 0 END), 0 FROM sim GROUP BY owner_id;

-- The SIMs that brought an inclusive volume, where that changed: the first change of a SIM in a month.
CREATE TABLE inclusive_change (
    organisation_id     BIGINT  NOT NULL,
    inclusive_volume_id BIGINT  NOT NULL,
    sim_id              BIGINT  NOT NULL,
    billing_month       BIGINT  NOT NULL,
    came                BOOLEAN NOT NULL,  -- it began to bring the volume; FALSE: it ended
    PRIMARY KEY (organisation_id, inclusive_volume_id, sim_id, billing_month)
) {{clustered}};

-- Statements. An organisation's months up to closed_month stand as they are.
CREATE TABLE billing_state (
    organisation_id BIGINT PRIMARY KEY,
    closed_month    BIGINT NOT NULL
);
CREATE TABLE billing_statement (
    organisation_id BIGINT NOT NULL,
    billing_month   BIGINT NOT NULL,
    parent_id       BIGINT NOT NULL,       -- who issued it
    closed_at       BIGINT NOT NULL,
    statement       TEXT   NOT NULL,       -- JSON, as it is answered
    PRIMARY KEY (organisation_id, billing_month)
) {{clustered}};
