-- +goose Up
-- What an organisation has paid of a month's traffic from its own prepaid balance.

ALTER TABLE org_month ADD COLUMN account_debited BIGINT NOT NULL DEFAULT 0; -- of the cost: paid from the balance of the organisation

-- What sessions had used when an organisation became prepaid, and what no record told yet: its balance did not pay for that.
CREATE TABLE organisation_unpaid (
    organisation_id BIGINT NOT NULL,
    billing_month   BIGINT NOT NULL,
    cost            BIGINT NOT NULL,   -- 1e-10 of the organisation's currency
    PRIMARY KEY (organisation_id, billing_month)
) {{clustered}};
