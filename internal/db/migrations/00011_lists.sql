-- +goose Up
-- Every field that a list sorts by has an index in its order, which also counts what a filter by it finds without reading rows.
-- Usage writes these tables only when the IMEI of a device is seen first.

CREATE INDEX endpoint_created ON endpoint (organisation_id, created, id, status_id) WHERE status_id <> 2;
CREATE INDEX endpoint_last_updated ON endpoint (organisation_id, last_updated, id, status_id) WHERE status_id <> 2;
CREATE INDEX endpoint_tags ON endpoint (organisation_id, (COALESCE(tags, '')), id, status_id, tags) WHERE status_id <> 2;
CREATE INDEX endpoint_ip_address ON endpoint (organisation_id, ip_address, id, status_id) WHERE status_id <> 2;
CREATE INDEX endpoint_imei ON endpoint (organisation_id, imei, id, status_id) WHERE status_id <> 2;

CREATE INDEX sim_iccid ON sim (owner_id, iccid, id);
CREATE INDEX sim_eid ON sim (owner_id, eid, id);
CREATE INDEX sim_status ON sim (owner_id, status_id, id);
CREATE INDEX sim_production_date ON sim (owner_id, production_date, id);
CREATE INDEX sim_endpoint ON sim (owner_id, endpoint_id, id);
CREATE INDEX sim_model ON sim (owner_id, model, id);
CREATE INDEX sim_customer_issuer ON sim (owner_id, issuer_org_id, id, customer_org_id);
CREATE INDEX sim_customer_reseller ON sim (owner_id, reseller_org_id, id, customer_org_id);
CREATE INDEX sim_numbers ON sim (owner_id, id, imsi, msisdn);

-- How many events of each kind there are, by recorded day, of days that nothing is added to any more.
CREATE TABLE event_count (
    organisation_id BIGINT  NOT NULL,
    recorded_day    BIGINT  NOT NULL,
    type_id         BIGINT  NOT NULL,
    severity_id     BIGINT  NOT NULL,
    source_id       BIGINT  NOT NULL,
    alert           BOOLEAN NOT NULL,
    operator_id     BIGINT  NOT NULL,
    country_id      BIGINT  NOT NULL,
    rat_type_id     BIGINT  NOT NULL,
    events          BIGINT  NOT NULL,
    PRIMARY KEY (organisation_id, recorded_day, type_id, severity_id, source_id, alert, operator_id, country_id, rat_type_id)
) {{clustered}};
CREATE TABLE event_counted (
    organisation_id BIGINT PRIMARY KEY,
    recorded_day    BIGINT NOT NULL           -- the last day that event_count has
);
