-- +goose Up
-- Rules (docs/adr/0002): organisation_id leads the key of every tenant table; times are µs UTC, money is 1e-10 of a unit,
-- volumes are bytes, days are days since the epoch; no identity columns; 0 or '' stands for "none" in ids and texts
-- unless a column says otherwise. {{clustered}} and {{by_day}} are the only places where the two databases differ.

CREATE TABLE setting (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

-- Ids: blocks are leased per organisation from one counter a kind; the block answers "whose id is this?" for parents.
CREATE TABLE id_counter (
    kind TEXT PRIMARY KEY,
    next BIGINT NOT NULL
);
CREATE TABLE id_block (
    kind            TEXT   NOT NULL,
    first           BIGINT NOT NULL,
    organisation_id BIGINT NOT NULL,
    PRIMARY KEY (kind, first)
) {{clustered}};

-- The one lock of each organisation, and what moves under it.
CREATE TABLE organisation_head (
    organisation_id BIGINT PRIMARY KEY,
    position        BIGINT NOT NULL,  -- last position given to a log row
    recorded_day    BIGINT NOT NULL,  -- day of the newest log row; never falls
    config_version  BIGINT NOT NULL,  -- rises with every change of what rating or admission reads
    log_next        BIGINT NOT NULL,  -- next log id of the current block
    log_end         BIGINT NOT NULL   -- end of the current block, exclusive
);
CREATE TABLE catalogue (
    id      BIGINT PRIMARY KEY,       -- always 1
    version BIGINT NOT NULL           -- rises with every change of tariffs, operators or countries
);
INSERT INTO catalogue (id, version) VALUES (1, 1);

-- Reference data.
CREATE TABLE country (
    id           BIGINT PRIMARY KEY,
    name         TEXT NOT NULL,
    country_code TEXT NOT NULL,
    mcc          TEXT NOT NULL,
    iso_code     TEXT NOT NULL,
    latitude     TEXT NOT NULL,
    longitude    TEXT NOT NULL
);
CREATE TABLE currency (
    id     BIGINT PRIMARY KEY,
    code   TEXT NOT NULL,
    symbol TEXT NOT NULL,
    name   TEXT NOT NULL
);
CREATE TABLE operator (
    id         BIGINT PRIMARY KEY,
    name       TEXT   NOT NULL,
    country_id BIGINT NOT NULL
);
CREATE TABLE operator_plmn (
    plmn        TEXT PRIMARY KEY,     -- MCC then MNC
    id          BIGINT NOT NULL,
    operator_id BIGINT NOT NULL
);
CREATE TABLE operator_tapcode (
    tapcode     TEXT PRIMARY KEY,
    id          BIGINT NOT NULL,
    operator_id BIGINT NOT NULL
);

-- Accounts.
CREATE TABLE organisation (
    id                  BIGINT PRIMARY KEY,
    parent_id           BIGINT NOT NULL,
    type_id             BIGINT NOT NULL,
    status_id           BIGINT NOT NULL,
    class_id            BIGINT NOT NULL,
    name                TEXT   NOT NULL,
    country_id          BIGINT NOT NULL,
    currency_id         BIGINT NOT NULL,
    time_zone           TEXT   NOT NULL,  -- IANA name
    ext_reference       TEXT   NOT NULL,
    monthly_cost_limit  BIGINT,           -- 1e-10, null = none
    verification_type_id BIGINT NOT NULL,
    verification        TEXT   NOT NULL,
    created             BIGINT NOT NULL
);
CREATE INDEX organisation_parent ON organisation (parent_id);
CREATE TABLE account_user (
    organisation_id BIGINT NOT NULL,
    id              BIGINT NOT NULL,
    username        TEXT   NOT NULL,
    name            TEXT   NOT NULL,
    status_id       BIGINT NOT NULL,
    role_id         BIGINT NOT NULL,
    created         BIGINT NOT NULL,
    PRIMARY KEY (organisation_id, id)
) {{clustered}};
CREATE TABLE application_token (
    organisation_id BIGINT NOT NULL,
    id              BIGINT NOT NULL,
    creator_id      BIGINT NOT NULL,  -- 0 = the platform itself
    description     TEXT   NOT NULL,
    role_id         BIGINT NOT NULL,
    secret_hash     BYTEA  NOT NULL,  -- SHA-256 of the token
    status_id       BIGINT NOT NULL,
    ip              TEXT   NOT NULL,  -- CIDR the token is good from, '' = any
    expiry_date     BIGINT NOT NULL,  -- 0 = never
    created         BIGINT NOT NULL,
    PRIMARY KEY (organisation_id, id)
) {{clustered}};

-- Tariffs: versions are immutable, so a cached one never lies.
CREATE TABLE tariff (
    id              BIGINT PRIMARY KEY,
    organisation_id BIGINT  NOT NULL,  -- owner
    name            TEXT    NOT NULL,
    description     TEXT    NOT NULL,
    status_id       BIGINT  NOT NULL,
    currency_id     BIGINT  NOT NULL,
    data_blocksize  BIGINT  NOT NULL,  -- bytes
    is_public       BOOLEAN NOT NULL,
    created         BIGINT  NOT NULL
);
CREATE TABLE ratezone (
    tariff_id  BIGINT NOT NULL,
    id         BIGINT NOT NULL,
    name       TEXT   NOT NULL,
    valid_from BIGINT NOT NULL,
    valid_until BIGINT NOT NULL,       -- 0 = open
    PRIMARY KEY (tariff_id, id)
) {{clustered}};
CREATE TABLE ratezone_operator (
    tariff_id   BIGINT NOT NULL,
    operator_id BIGINT NOT NULL,
    ratezone_id BIGINT NOT NULL,
    PRIMARY KEY (tariff_id, operator_id, ratezone_id)
) {{clustered}};
CREATE TABLE ratezone_rate (
    tariff_id   BIGINT NOT NULL,
    ratezone_id BIGINT NOT NULL,
    id          BIGINT NOT NULL,
    service_id  BIGINT NOT NULL,       -- 38 Data, 6 SMS MT, 32 SMS MO
    rate        BIGINT NOT NULL,       -- 1e-10 per MB or per SMS
    valid_from  BIGINT NOT NULL,
    valid_until BIGINT NOT NULL,       -- 0 = open
    PRIMARY KEY (tariff_id, ratezone_id, id)
) {{clustered}};
CREATE TABLE pdp_context_definition (
    id              BIGINT PRIMARY KEY,
    organisation_id BIGINT NOT NULL,
    apn             TEXT   NOT NULL
);
CREATE TABLE tariff_pdp_context_definition (
    tariff_id     BIGINT  NOT NULL,
    definition_id BIGINT  NOT NULL,
    is_default    BOOLEAN NOT NULL,
    PRIMARY KEY (tariff_id, definition_id)
) {{clustered}};
CREATE TABLE organisation_tariff (
    organisation_id BIGINT NOT NULL,
    tariff_id       BIGINT NOT NULL,
    PRIMARY KEY (organisation_id, tariff_id)
) {{clustered}};

-- Profiles.
CREATE TABLE dns (
    organisation_id    BIGINT NOT NULL,
    id                 BIGINT NOT NULL,
    primary_server     TEXT   NOT NULL,
    secondary_server   TEXT   NOT NULL,
    ip_address_version BIGINT NOT NULL,
    PRIMARY KEY (organisation_id, id)
) {{clustered}};
CREATE TABLE service_profile (
    organisation_id    BIGINT  NOT NULL,
    id                 BIGINT  NOT NULL,
    name               TEXT    NOT NULL,
    description        TEXT    NOT NULL,
    allowed_3g         BOOLEAN NOT NULL,
    allowed_4g         BOOLEAN NOT NULL,
    allowed_nb_iot     BOOLEAN NOT NULL,
    allowed_nb_iot_geo BOOLEAN NOT NULL,
    apply_sms_quota    BOOLEAN NOT NULL,
    apply_data_quota   BOOLEAN NOT NULL,
    retail             BOOLEAN NOT NULL,
    sms_p2p_int        BOOLEAN NOT NULL,
    sms_p2p_ext        BOOLEAN NOT NULL,
    prepaid            BOOLEAN NOT NULL,
    nipdp              BOOLEAN NOT NULL,
    dns_id             BIGINT  NOT NULL,
    PRIMARY KEY (organisation_id, id)
) {{clustered}};
CREATE TABLE service_profile_service (
    organisation_id    BIGINT NOT NULL,
    service_profile_id BIGINT NOT NULL,
    service_id         BIGINT NOT NULL,
    PRIMARY KEY (organisation_id, service_profile_id, service_id)
) {{clustered}};
CREATE TABLE tariff_profile (
    organisation_id BIGINT NOT NULL,
    id              BIGINT NOT NULL,
    name            TEXT   NOT NULL,
    description     TEXT   NOT NULL,
    tariff_id       BIGINT NOT NULL,
    PRIMARY KEY (organisation_id, id)
) {{clustered}};
CREATE TABLE ip_address_space (
    organisation_id    BIGINT NOT NULL,
    id                 BIGINT NOT NULL,
    network            TEXT   NOT NULL,  -- CIDR
    ip_address_version BIGINT NOT NULL,
    next_host          BIGINT NOT NULL,  -- where the search for a free address goes on
    PRIMARY KEY (organisation_id, id)
) {{clustered}};

-- SIMs. The inventory knows every SIM by its id; the identity rows stay with each organisation that ever owned it, as
-- long as its log does.
CREATE TABLE sim (
    id              BIGINT PRIMARY KEY,
    owner_id        BIGINT NOT NULL,     -- customer, else reseller, else issuer
    issuer_org_id   BIGINT NOT NULL,
    reseller_org_id BIGINT NOT NULL,
    customer_org_id BIGINT NOT NULL,
    iccid           TEXT   NOT NULL,     -- 19 digits
    eid             TEXT   NOT NULL,
    imsi_id         BIGINT NOT NULL,     -- the most recently active one
    imsi            TEXT   NOT NULL,
    msisdn          TEXT   NOT NULL,
    status_id       BIGINT NOT NULL,
    endpoint_id     BIGINT NOT NULL,
    model           TEXT   NOT NULL,
    production_date BIGINT NOT NULL,
    activation_date BIGINT NOT NULL
) {{clustered}};
CREATE INDEX sim_owner ON sim (owner_id, id, endpoint_id, iccid, eid, status_id);  -- all that the endpoint list filters by
CREATE INDEX sim_issuer ON sim (issuer_org_id, id);
CREATE INDEX sim_reseller ON sim (reseller_org_id, id);
CREATE TABLE sim_identity (
    organisation_id BIGINT NOT NULL,
    sim_id          BIGINT NOT NULL,
    iccid           TEXT   NOT NULL,
    eid             TEXT   NOT NULL,
    msisdn          TEXT   NOT NULL,
    status_id       BIGINT NOT NULL,
    imsi_id         BIGINT NOT NULL,
    imsi            TEXT   NOT NULL,
    import_date     BIGINT NOT NULL,
    production_date BIGINT NOT NULL,
    PRIMARY KEY (organisation_id, sim_id)
) {{clustered}};
CREATE INDEX sim_identity_iccid ON sim_identity (organisation_id, iccid);
CREATE TABLE imsi_route (
    imsi            TEXT PRIMARY KEY,
    imsi_id         BIGINT NOT NULL,
    sim_id          BIGINT NOT NULL,
    organisation_id BIGINT NOT NULL
) {{clustered}};
CREATE TABLE iccid_route (
    iccid           TEXT PRIMARY KEY,
    sim_id          BIGINT NOT NULL,
    organisation_id BIGINT NOT NULL
) {{clustered}};

CREATE TABLE endpoint (
    organisation_id     BIGINT  NOT NULL,
    id                  BIGINT  NOT NULL,
    name                TEXT    NOT NULL,
    tags                TEXT,
    status_id           BIGINT  NOT NULL,
    service_profile_id  BIGINT  NOT NULL,
    tariff_profile_id   BIGINT  NOT NULL,
    sim_id              BIGINT  NOT NULL,
    imei                TEXT    NOT NULL,
    imei_lock           BOOLEAN NOT NULL,
    ip_address_space_id BIGINT  NOT NULL,
    ip_address          TEXT    NOT NULL,
    created             BIGINT  NOT NULL,
    last_updated        BIGINT  NOT NULL,
    PRIMARY KEY (organisation_id, id)
) {{clustered}};
-- The lists hide deleted rows, so the indexes leave them out; with the status in each, a filter by it needs no row.
CREATE INDEX endpoint_status ON endpoint (organisation_id, status_id, id) WHERE status_id <> 2;
CREATE INDEX endpoint_name ON endpoint (organisation_id, name, id, status_id) WHERE status_id <> 2;
CREATE INDEX endpoint_service_profile ON endpoint (organisation_id, service_profile_id, id, status_id) WHERE status_id <> 2;
CREATE INDEX endpoint_tariff_profile ON endpoint (organisation_id, tariff_profile_id, id, status_id) WHERE status_id <> 2;
CREATE INDEX endpoint_address ON endpoint (organisation_id, ip_address_space_id, ip_address) WHERE status_id <> 2;

-- Sessions. The marks are cumulative, so a report that comes twice adds nothing. Closed rows stay a week.
CREATE TABLE nas (
    name         TEXT PRIMARY KEY,
    restarted_at BIGINT NOT NULL       -- sessions that began before are over
);
CREATE TABLE session (
    organisation_id    BIGINT NOT NULL,
    nas                TEXT   NOT NULL,
    acct_session_id    TEXT   NOT NULL,
    generation         BIGINT NOT NULL,  -- counts the sessions that shared this name
    id                 BIGINT NOT NULL,  -- from the organisation's log ids
    charging_id        BIGINT NOT NULL,  -- -1 = absent
    endpoint_id        BIGINT NOT NULL,
    sim_id             BIGINT NOT NULL,
    imsi_id            BIGINT NOT NULL,
    imsi               TEXT   NOT NULL,
    imeisv             TEXT   NOT NULL,
    apn                TEXT   NOT NULL,
    plmn               TEXT   NOT NULL,
    rat_type_id        BIGINT NOT NULL,
    operator_id        BIGINT NOT NULL,
    location           TEXT   NOT NULL,  -- hex
    ue_address         TEXT   NOT NULL,
    ggsn               TEXT   NOT NULL,
    sgsn               TEXT   NOT NULL,
    nsapi              BIGINT NOT NULL,
    announced          BOOLEAN NOT NULL, -- its event 3 is written
    opened_at          BIGINT NOT NULL,  -- when its first report arrived here: what a restart of the gateway is held against
    started_at         BIGINT NOT NULL,
    last_seen          BIGINT NOT NULL,
    seen_hour          BIGINT NOT NULL,  -- last_seen by the hour: what the sweep looks for
    closed_at          BIGINT NOT NULL,  -- 0 = open
    event_time         BIGINT NOT NULL,  -- newest time by the gateway's own clock, 0 = it sends none
    session_time       BIGINT NOT NULL,  -- seconds, highest seen, 0 = it sends none
    uplink             BIGINT NOT NULL,  -- high-water marks of the gateway's counters
    downlink           BIGINT NOT NULL,
    base_uplink        BIGINT NOT NULL,  -- marks taken over from another organisation's session
    base_downlink      BIGINT NOT NULL,
    slice_started_at   BIGINT NOT NULL,
    slice_session_time BIGINT NOT NULL,
    pending_uplink     BIGINT NOT NULL,  -- counted, charged, not yet in a record
    pending_downlink   BIGINT NOT NULL,
    pending_cost       BIGINT NOT NULL,
    tariff_id          BIGINT NOT NULL,  -- the line: 0 = not rated
    ratezone_id        BIGINT NOT NULL,
    currency_id        BIGINT NOT NULL,
    rate               BIGINT NOT NULL,
    block              BIGINT NOT NULL,
    billing_month      BIGINT NOT NULL,  -- 202611
    line_volume        BIGINT NOT NULL,  -- cumulative bytes of the line
    line_cost          BIGINT NOT NULL,  -- cumulative cost of the line
    PRIMARY KEY (organisation_id, nas, acct_session_id, generation)
) {{clustered}};
CREATE INDEX session_open ON session (organisation_id, endpoint_id) WHERE closed_at = 0;
CREATE INDEX session_sweep ON session (closed_at, seen_hour);
CREATE INDEX session_nas ON session (nas) WHERE closed_at = 0;
CREATE INDEX session_sim ON session (organisation_id, sim_id);

-- The log. Position is dense per organisation over both tables; a stream's cursor is a position.
CREATE TABLE usage_record (
    organisation_id BIGINT  NOT NULL,
    recorded_day    BIGINT  NOT NULL,
    position        BIGINT  NOT NULL,
    id              BIGINT  NOT NULL,
    endpoint_id     BIGINT  NOT NULL,
    sim_id          BIGINT  NOT NULL,
    imsi_id         BIGINT  NOT NULL,
    session_id      BIGINT  NOT NULL,
    start_at        BIGINT  NOT NULL,
    end_at          BIGINT  NOT NULL,
    traffic_type_id BIGINT  NOT NULL,
    operator_id     BIGINT  NOT NULL,
    rat_type_id     BIGINT  NOT NULL,
    tariff_id       BIGINT  NOT NULL,
    ratezone_id     BIGINT  NOT NULL,
    currency_id     BIGINT  NOT NULL,
    billing_month   BIGINT  NOT NULL,
    volume_tx       BIGINT  NOT NULL,
    volume_rx       BIGINT  NOT NULL,
    cost            BIGINT  NOT NULL,
    rated           BOOLEAN NOT NULL,  -- false: nothing said what it costs, so it costs 0
    rate            BIGINT  NOT NULL,  -- with block and the line before it, the price can be recomputed from the row alone
    block           BIGINT  NOT NULL,
    line_volume     BIGINT  NOT NULL,  -- cumulative bytes of the line before this record
    line_cost       BIGINT  NOT NULL,  -- cumulative cost of the line before this record
    imei            TEXT    NOT NULL,
    ip_address      TEXT    NOT NULL,
    plmn            TEXT    NOT NULL,
    PRIMARY KEY (organisation_id, recorded_day, position)
) {{by_day}};
CREATE INDEX usage_record_endpoint ON usage_record (organisation_id, endpoint_id, end_at);
CREATE TABLE event (
    organisation_id BIGINT  NOT NULL,
    recorded_day    BIGINT  NOT NULL,
    position        BIGINT  NOT NULL,
    id              BIGINT  NOT NULL,
    occurred_at     BIGINT  NOT NULL,
    type_id         BIGINT  NOT NULL,
    severity_id     BIGINT  NOT NULL,
    source_id       BIGINT  NOT NULL,
    alert           BOOLEAN NOT NULL,
    description     TEXT    NOT NULL,
    detail          TEXT    NOT NULL,  -- JSON object, '' = none
    endpoint_id     BIGINT  NOT NULL,
    sim_id          BIGINT  NOT NULL,
    imsi_id         BIGINT  NOT NULL,
    user_id         BIGINT  NOT NULL,
    operator_id     BIGINT  NOT NULL,
    country_id      BIGINT  NOT NULL,
    rat_type_id     BIGINT  NOT NULL,
    imei            TEXT    NOT NULL,
    ip_address      TEXT    NOT NULL,
    PRIMARY KEY (organisation_id, recorded_day, position)
) {{by_day}};
CREATE INDEX event_time ON event (organisation_id, occurred_at, id);
CREATE INDEX event_endpoint ON event (organisation_id, endpoint_id, id);
CREATE INDEX event_sim ON event (organisation_id, sim_id, id);
CREATE INDEX event_type ON event (organisation_id, type_id, id);
CREATE INDEX event_id ON event (organisation_id, id);

-- One row per endpoint and day: all that statistics need, written with each report.
CREATE TABLE endpoint_day (
    organisation_id BIGINT NOT NULL,
    endpoint_id     BIGINT NOT NULL,
    day             BIGINT NOT NULL,   -- in the organisation's time zone
    sim_id          BIGINT NOT NULL,
    traffic_type_id BIGINT NOT NULL,
    currency_id     BIGINT NOT NULL,
    volume_tx       BIGINT NOT NULL,
    volume_rx       BIGINT NOT NULL,
    cost            BIGINT NOT NULL,
    last_updated    BIGINT NOT NULL,
    PRIMARY KEY (organisation_id, endpoint_id, day, sim_id, traffic_type_id, currency_id)
) {{clustered}};
CREATE INDEX endpoint_day_sim ON endpoint_day (organisation_id, sim_id, day);

-- What could not be stored as usage: kept until somebody replays it.
CREATE TABLE usage_reject (
    fingerprint TEXT PRIMARY KEY,       -- of the report: the same one is kept once
    id          BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    reason      TEXT   NOT NULL,
    imsi        TEXT   NOT NULL,
    nas         TEXT   NOT NULL,
    report      TEXT   NOT NULL,        -- JSON
    replayed_at BIGINT NOT NULL         -- 0 = waiting
);
CREATE INDEX usage_reject_waiting ON usage_reject (replayed_at, id);

-- Data streams: a stream is a cursor over its organisation's log.
CREATE TABLE data_stream (
    organisation_id     BIGINT  NOT NULL,
    id                  BIGINT  NOT NULL,
    name                TEXT    NOT NULL,
    data_stream_type_id BIGINT  NOT NULL,
    connection_type     TEXT    NOT NULL,
    format              TEXT    NOT NULL,
    generation          BIGINT  NOT NULL,  -- 1 Old, 2 Migrated, 3 New
    credentials         TEXT    NOT NULL,  -- JSON
    filters             TEXT    NOT NULL,  -- JSON
    relation_resolution TEXT    NOT NULL,  -- JSON, as given
    status_id           BIGINT  NOT NULL,
    error               TEXT    NOT NULL,
    confirmed           BOOLEAN NOT NULL,  -- the destination accepted something since the last start
    created             BIGINT  NOT NULL,
    PRIMARY KEY (organisation_id, id)
) {{clustered}};
CREATE TABLE stream_cursor (
    organisation_id BIGINT NOT NULL,     -- whose log
    stream_id       BIGINT NOT NULL,
    recorded_day    BIGINT NOT NULL,
    position        BIGINT NOT NULL,     -- last one confirmed
    fence           BIGINT NOT NULL,     -- token of the lease that may move it
    delivered       BIGINT NOT NULL,
    retried         BIGINT NOT NULL,
    lost            BIGINT NOT NULL,     -- passed over because retention removed them
    last_success_at BIGINT NOT NULL,
    PRIMARY KEY (organisation_id, stream_id)
) {{clustered}};

-- Leases: who runs the streams and the periodic jobs. Lost when the beat has not moved for two periods.
CREATE TABLE lease (
    name  TEXT PRIMARY KEY,
    owner TEXT   NOT NULL,
    beat  BIGINT NOT NULL,
    token BIGINT NOT NULL
);
