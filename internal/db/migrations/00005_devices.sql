-- +goose Up
-- What devices are called, what is sent to them, and how many of them come at once.

CREATE TABLE tag (
    organisation_id BIGINT NOT NULL,
    id              BIGINT NOT NULL,
    name            TEXT   NOT NULL,
    color_id        BIGINT NOT NULL,
    PRIMARY KEY (organisation_id, id)
) {{clustered}};
CREATE INDEX tag_name ON tag (organisation_id, name);
CREATE TABLE endpoint_tag (
    organisation_id BIGINT NOT NULL,
    endpoint_id     BIGINT NOT NULL,
    tag_id          BIGINT NOT NULL,
    PRIMARY KEY (organisation_id, endpoint_id, tag_id)
) {{clustered}};
CREATE INDEX endpoint_tag_tag ON endpoint_tag (organisation_id, tag_id);

-- A buffered SMS that its expiry date has passed counts as expired, whether its row says so or not.
CREATE TABLE sms (
    organisation_id        BIGINT  NOT NULL,
    endpoint_id            BIGINT  NOT NULL,
    id                     BIGINT  NOT NULL,
    from_device            BOOLEAN NOT NULL,
    status_id              BIGINT  NOT NULL,
    sim_id                 BIGINT  NOT NULL,
    iccid                  TEXT    NOT NULL,
    imsi                   TEXT    NOT NULL,
    msisdn                 TEXT    NOT NULL,
    source_address         TEXT    NOT NULL,
    source_address_type_id BIGINT  NOT NULL,  -- 145 international, 161 national, 208 alphanumeric
    dest_address           TEXT    NOT NULL,
    payload                TEXT    NOT NULL,
    udh                    TEXT    NOT NULL,  -- hex
    dcs                    BIGINT  NOT NULL,
    pid                    BIGINT  NOT NULL,
    msc                    TEXT    NOT NULL,  -- that it was handed to
    submit_date            BIGINT  NOT NULL,
    expiry_date            BIGINT  NOT NULL,
    delivery_date          BIGINT  NOT NULL,  -- 0 = not delivered
    final_date             BIGINT  NOT NULL,  -- 0 = not at an end
    last_attempt           BIGINT  NOT NULL,  -- 0 = none
    retry_count            BIGINT  NOT NULL,
    user_id                BIGINT  NOT NULL,  -- who sent it, 0 = an application token
    PRIMARY KEY (organisation_id, endpoint_id, id)
) {{clustered}};
CREATE INDEX sms_old ON sms (organisation_id, submit_date);
CREATE INDEX sms_waiting ON sms (expiry_date) WHERE status_id = 3;

-- Boxes of SIMs, by the code that is printed on them.
CREATE TABLE sim_batch (
    id              BIGINT PRIMARY KEY,
    issuer_org_id   BIGINT NOT NULL,
    bic             TEXT   NOT NULL,
    bsn             TEXT   NOT NULL,          -- serial number
    status_id       BIGINT NOT NULL,          -- 0 new, 1 registered
    reseller_org_id BIGINT NOT NULL,          -- who it is meant for, 0 = anybody below the issuer
    customer_org_id BIGINT NOT NULL,
    model           TEXT   NOT NULL,
    quantity        BIGINT NOT NULL,
    created         BIGINT NOT NULL,
    activated       BIGINT NOT NULL           -- when it was registered, 0 = not yet
);
CREATE UNIQUE INDEX sim_batch_bic ON sim_batch (bic);
ALTER TABLE sim ADD COLUMN batch_id BIGINT NOT NULL DEFAULT 0;  -- the box it came in, 0 = none
CREATE INDEX sim_in_batch ON sim (batch_id, id) WHERE batch_id > 0;

-- How far the import of a file has come: a second run goes on from there.
CREATE TABLE import_file (
    organisation_id BIGINT NOT NULL,          -- who imports
    digest          TEXT   NOT NULL,          -- of the file and of how it is read
    kind            TEXT   NOT NULL,          -- sims, endpoints
    done            BIGINT NOT NULL,          -- rows that need not be looked at again
    made            BIGINT NOT NULL,
    found           BIGINT NOT NULL,          -- that were there already
    failed          BIGINT NOT NULL,
    started         BIGINT NOT NULL,
    updated         BIGINT NOT NULL,
    PRIMARY KEY (organisation_id, digest)
) {{clustered}};
