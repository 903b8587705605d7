-- +goose Up
-- What an operator says of other networks: number prefixes, IMSI pools, prices between operators, SMS routes, usage files.

CREATE TABLE operator_ccndc (              -- country code and national destination code: how numbers of an operator begin
    ccndc       TEXT PRIMARY KEY,
    id          BIGINT NOT NULL,
    operator_id BIGINT NOT NULL
);
CREATE TABLE imsi_sponsor (                -- whose roaming agreements IMSIs live on
    organisation_id BIGINT NOT NULL,
    id              BIGINT NOT NULL,
    name            TEXT   NOT NULL,
    PRIMARY KEY (organisation_id, id)
) {{clustered}};
CREATE TABLE imsi_pool (
    organisation_id BIGINT NOT NULL,
    id              BIGINT NOT NULL,
    name            TEXT   NOT NULL,
    imsi_sponsor_id BIGINT NOT NULL,       -- 0 = none
    PRIMARY KEY (organisation_id, id)
) {{clustered}};
CREATE INDEX network_coverage_owner ON network_coverage (organisation_id, id);

-- What other operators ask for roaming. The rows of one entry and traffic type follow each other in time without a gap.
CREATE TABLE inter_operator_tariff (
    organisation_id BIGINT NOT NULL,
    id              BIGINT NOT NULL,
    coverage_id     BIGINT NOT NULL,
    operator_id     BIGINT NOT NULL,
    traffic_type_id BIGINT NOT NULL,       -- 5 data, 6 SMS
    currency_id     BIGINT NOT NULL,
    rate            BIGINT NOT NULL,       -- 1e-10 for so much volume
    volume          BIGINT NOT NULL,       -- MB, or SMS
    blocksize       BIGINT NOT NULL,       -- bytes that each record is rounded up to
    valid_from      BIGINT NOT NULL,
    valid_until     BIGINT NOT NULL,       -- exclusive, 0 = open
    PRIMARY KEY (organisation_id, id)
) {{clustered}};
CREATE UNIQUE INDEX inter_operator_tariff_line ON inter_operator_tariff (organisation_id, coverage_id, operator_id, traffic_type_id, valid_from);

-- Which way an SMS goes.
CREATE TABLE smpp_bind (
    organisation_id     BIGINT NOT NULL,
    id                  BIGINT NOT NULL,
    system_id           TEXT   NOT NULL,
    smpp_bind_status_id BIGINT NOT NULL,
    PRIMARY KEY (organisation_id, id)
) {{clustered}};
CREATE TABLE gt_config (
    organisation_id BIGINT NOT NULL,
    id              BIGINT NOT NULL,
    imsi_prefix     TEXT   NOT NULL,
    calling_party   TEXT   NOT NULL,
    called_party_tt TEXT   NOT NULL,
    PRIMARY KEY (organisation_id, id)
) {{clustered}};
CREATE TABLE msisdn_pool (
    organisation_id      BIGINT NOT NULL,
    id                   BIGINT NOT NULL,
    description          TEXT   NOT NULL,
    resource_provider_id BIGINT NOT NULL,
    PRIMARY KEY (organisation_id, id)
) {{clustered}};
CREATE TABLE sccp_called_party_prefix (
    organisation_id BIGINT NOT NULL,
    id              BIGINT NOT NULL,
    prefix          TEXT   NOT NULL,
    tt              TEXT   NOT NULL,
    PRIMARY KEY (organisation_id, id)
) {{clustered}};
CREATE TABLE sms_routing (
    organisation_id BIGINT NOT NULL,
    id              BIGINT NOT NULL,
    description     TEXT   NOT NULL,
    PRIMARY KEY (organisation_id, id)
) {{clustered}};
CREATE TABLE sms_routing_data (
    organisation_id             BIGINT NOT NULL,
    sms_routing_id              BIGINT NOT NULL,
    id                          BIGINT NOT NULL,
    country_id                  BIGINT NOT NULL,
    operator_id                 BIGINT NOT NULL, -- 0 = any of the country
    smpp_bind_id                BIGINT NOT NULL, -- 0 = none; so the others
    gt_config_id                BIGINT NOT NULL,
    msisdn_pool_id              BIGINT NOT NULL,
    sccp_called_party_prefix_id BIGINT NOT NULL,
    PRIMARY KEY (organisation_id, sms_routing_id, id)
) {{clustered}};

-- Usage that came in files. A line is taken once, whatever becomes of the file.
CREATE TABLE usage_file (
    organisation_id BIGINT NOT NULL,       -- who imported it
    name            TEXT   NOT NULL,
    id              BIGINT NOT NULL,
    imported_at     BIGINT NOT NULL,       -- last
    PRIMARY KEY (organisation_id, name)
) {{clustered}};
CREATE TABLE usage_file_line (
    organisation_id BIGINT NOT NULL,
    usage_file_id   BIGINT NOT NULL,
    line            BIGINT NOT NULL,
    fingerprint     TEXT   NOT NULL,       -- of what the line said
    PRIMARY KEY (organisation_id, usage_file_id, line)
) {{clustered}};
