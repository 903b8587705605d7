-- +goose Up
-- The charging engine: what an endpoint may use, what it has left, and what the network was told. Everything here is read
-- and written under the organisation's head. 0 or '' stands for "none", -1 for "not given" where a column says so.

ALTER TABLE tariff ADD COLUMN rounding_scope BIGINT NOT NULL DEFAULT 0;        -- what blocks are rounded over: 0 session, 1 day, 2 record
ALTER TABLE tariff ADD COLUMN data_throttle BIGINT NOT NULL DEFAULT 0;         -- bit/s, 0 = none
ALTER TABLE service_profile ADD COLUMN esme_interface_type_id BIGINT NOT NULL DEFAULT 0;
ALTER TABLE service_profile ADD COLUMN breakout_region_id BIGINT NOT NULL DEFAULT 0;
ALTER TABLE tariff_profile ADD COLUMN inclusive_volume_id BIGINT NOT NULL DEFAULT 0;
CREATE TABLE custom_rate (                 -- a tariff profile's own prices
    organisation_id   BIGINT NOT NULL,
    tariff_profile_id BIGINT NOT NULL,
    id                BIGINT NOT NULL,
    ratezone_id       BIGINT NOT NULL,
    service_id        BIGINT NOT NULL,
    rate              BIGINT NOT NULL,     -- 1e-10 per MB or per SMS
    valid_from        BIGINT NOT NULL,
    valid_until       BIGINT NOT NULL,     -- 0 = open
    PRIMARY KEY (organisation_id, tariff_profile_id, id)
) {{clustered}};
CREATE TABLE ratezone_selection (          -- the zones a tariff profile uses; no rows: every zone of its tariff
    organisation_id   BIGINT NOT NULL,
    tariff_profile_id BIGINT NOT NULL,
    ratezone_id       BIGINT NOT NULL,
    PRIMARY KEY (organisation_id, tariff_profile_id, ratezone_id)
) {{clustered}};

-- Inclusive volume: what each active SIM of a tariff profile brings a month.
CREATE TABLE inclusive_volume (
    organisation_id BIGINT  NOT NULL,
    id              BIGINT  NOT NULL,
    tariff_id       BIGINT  NOT NULL,
    ratezone_id     BIGINT  NOT NULL,
    volume          BIGINT  NOT NULL,      -- bytes a SIM; never changes
    rate            BIGINT  NOT NULL,      -- 1e-10 a SIM and month
    currency_id     BIGINT  NOT NULL,
    pooled          BOOLEAN NOT NULL,
    first_month     BIGINT  NOT NULL,      -- 202611
    last_month      BIGINT  NOT NULL,      -- inclusive, 0 = open
    PRIMARY KEY (organisation_id, id)
) {{clustered}};
CREATE TABLE inclusive_pool (              -- one month of it: of all SIMs, or of one
    organisation_id     BIGINT NOT NULL,
    inclusive_volume_id BIGINT NOT NULL,
    billing_month       BIGINT NOT NULL,
    sim_id              BIGINT NOT NULL,   -- 0 = pooled
    sims                BIGINT NOT NULL,   -- how many brought their share; never falls
    volume              BIGINT NOT NULL,   -- bytes a SIM
    used                BIGINT NOT NULL,
    reserved            BIGINT NOT NULL,   -- held by running sessions
    PRIMARY KEY (organisation_id, inclusive_volume_id, billing_month, sim_id)
) {{clustered}};
CREATE TABLE inclusive_member (            -- SIMs whose share was counted apart from the first count of the month
    organisation_id     BIGINT NOT NULL,
    inclusive_volume_id BIGINT NOT NULL,
    billing_month       BIGINT NOT NULL,
    sim_id              BIGINT NOT NULL,
    PRIMARY KEY (organisation_id, inclusive_volume_id, billing_month, sim_id)
) {{clustered}};

-- Quotas, balances, limits.
CREATE TABLE endpoint_quota (
    organisation_id      BIGINT  NOT NULL,
    endpoint_id          BIGINT  NOT NULL,
    traffic_type_id      BIGINT  NOT NULL, -- 5 data, 6 SMS
    status_id            BIGINT  NOT NULL, -- 1 active, 2 exhausted, 3 expired
    volume               BIGINT  NOT NULL, -- what is left: bytes or SMS; below 0 when more was used than granted
    expiry_date          BIGINT  NOT NULL,
    auto_refill          BOOLEAN NOT NULL,
    threshold_percentage BIGINT  NOT NULL, -- -1 = not given
    threshold_volume     BIGINT  NOT NULL,
    last_volume_added    BIGINT  NOT NULL,
    last_status_change   BIGINT  NOT NULL,
    action_id            BIGINT  NOT NULL, -- 1 block, 2 throttle
    peak_throughput      BIGINT  NOT NULL, -- bit/s, 0 = not given
    told                 BIGINT  NOT NULL, -- which events this instance has had: 1 threshold, 2 used up, 4 expired
    refilled_day         BIGINT  NOT NULL, -- UTC day of the last refill
    PRIMARY KEY (organisation_id, endpoint_id, traffic_type_id)
) {{clustered}};
CREATE INDEX endpoint_quota_due ON endpoint_quota (expiry_date) WHERE told < 4;
CREATE TABLE quota_switch (                -- a service profile asks for a data quota from now on: who has yet to be told
    organisation_id    BIGINT NOT NULL,
    id                 BIGINT NOT NULL,
    service_profile_id BIGINT NOT NULL,
    at                 BIGINT NOT NULL,
    user_id            BIGINT NOT NULL,
    description        TEXT   NOT NULL,
    last_endpoint      BIGINT NOT NULL,    -- up to this one it is done
    PRIMARY KEY (organisation_id, id)
) {{clustered}};
CREATE TABLE endpoint_balance (
    organisation_id BIGINT  NOT NULL,
    endpoint_id     BIGINT  NOT NULL,
    amount          BIGINT  NOT NULL,      -- 1e-10 = credited - debited
    credited        BIGINT  NOT NULL,
    debited         BIGINT  NOT NULL,
    currency_id     BIGINT  NOT NULL,
    expiry_date     BIGINT  NOT NULL,      -- 0 = none
    auto_reset      BOOLEAN NOT NULL,
    last_loaded     BIGINT  NOT NULL,
    reset_month     BIGINT  NOT NULL,      -- organisation's month of the last reset
    last_updated    BIGINT  NOT NULL,
    PRIMARY KEY (organisation_id, endpoint_id)
) {{clustered}};
CREATE TABLE balance_entry (               -- every credit of an endpoint's or (endpoint 0) an organisation's balance
    organisation_id BIGINT NOT NULL,
    endpoint_id     BIGINT NOT NULL,
    id              BIGINT NOT NULL,
    at              BIGINT NOT NULL,
    kind            TEXT   NOT NULL,       -- load, reset, auto_reset, expiry, credit_note
    amount          BIGINT NOT NULL,       -- signed
    balance         BIGINT NOT NULL,       -- after it
    currency_id     BIGINT NOT NULL,
    user_id         BIGINT NOT NULL,
    reference       TEXT   NOT NULL,       -- external payment identifier
    payment_option  BIGINT NOT NULL,
    PRIMARY KEY (organisation_id, endpoint_id, id)
) {{clustered}};
CREATE TABLE organisation_account (        -- what an organisation as a whole spends and may spend
    organisation_id BIGINT  PRIMARY KEY,
    prepaid         BOOLEAN NOT NULL,
    amount          BIGINT  NOT NULL,      -- 1e-10 = credited - debited
    credited        BIGINT  NOT NULL,
    debited         BIGINT  NOT NULL,
    last_updated    BIGINT  NOT NULL,
    billing_month   BIGINT  NOT NULL,      -- month that month_cost counts
    month_cost      BIGINT  NOT NULL,      -- 1e-10
    reserved        BIGINT  NOT NULL,      -- money held by running sessions
    holders         BIGINT  NOT NULL,      -- how many sessions hold some
    told            BIGINT  NOT NULL       -- 1 = event 12 was written for the present block
);
CREATE TABLE service_profile_limit (
    organisation_id    BIGINT  NOT NULL,
    service_profile_id BIGINT  NOT NULL,
    id                 BIGINT  NOT NULL,   -- a system limit's id, or one of the organisation's own
    service_id         BIGINT  NOT NULL,
    volume             BIGINT  NOT NULL,   -- bytes or SMS a month
    satellite_only     BOOLEAN NOT NULL,
    warning_percent    BIGINT  NOT NULL,   -- of what is used, 0 = none
    own                BOOLEAN NOT NULL,
    PRIMARY KEY (organisation_id, service_profile_id, id)
) {{clustered}};
CREATE TABLE limit_use (
    organisation_id BIGINT  NOT NULL,
    endpoint_id     BIGINT  NOT NULL,
    month           BIGINT  NOT NULL,      -- UTC, 202611
    service_id      BIGINT  NOT NULL,
    used            BIGINT  NOT NULL,      -- everything
    satellite       BIGINT  NOT NULL,      -- what of it went by satellite
    told            BIGINT  NOT NULL,      -- 1 warning, 2 exceeded; 4 and 8 the same for satellite
    PRIMARY KEY (organisation_id, endpoint_id, month, service_id)
) {{clustered}};
CREATE TABLE limit_extension (
    organisation_id BIGINT NOT NULL,
    endpoint_id     BIGINT NOT NULL,
    id              BIGINT NOT NULL,
    traffic_limit_id BIGINT NOT NULL,      -- 0 = the data limit
    service_id      BIGINT NOT NULL,
    satellite_only  BOOLEAN NOT NULL,
    volume          BIGINT NOT NULL,
    expiration_date BIGINT NOT NULL,
    created_at      BIGINT NOT NULL,
    PRIMARY KEY (organisation_id, endpoint_id, id)
) {{clustered}};
CREATE TABLE factory_test (                -- free use before a SIM is activated
    organisation_id BIGINT NOT NULL,
    sim_id          BIGINT NOT NULL,
    bytes           BIGINT NOT NULL,
    sms             BIGINT NOT NULL,
    PRIMARY KEY (organisation_id, sim_id)
) {{clustered}};

-- Where devices may be.
CREATE TABLE operator_blacklist (
    organisation_id BIGINT NOT NULL,
    endpoint_id     BIGINT NOT NULL,
    operator_id     BIGINT NOT NULL,
    PRIMARY KEY (organisation_id, endpoint_id, operator_id)
) {{clustered}};
CREATE TABLE tariff_profile_block (
    organisation_id   BIGINT NOT NULL,
    tariff_profile_id BIGINT NOT NULL,
    operator_id       BIGINT NOT NULL,
    rat_type_id       BIGINT NOT NULL,     -- 0 = the operator as a whole
    PRIMARY KEY (organisation_id, tariff_profile_id, operator_id, rat_type_id)
) {{clustered}};
CREATE TABLE network_coverage (            -- the roaming agreements of an issuer; without any, every operator is allowed
    id              BIGINT PRIMARY KEY,
    organisation_id BIGINT NOT NULL,
    name            TEXT   NOT NULL,
    imsi_pool_id    BIGINT NOT NULL
);
CREATE TABLE network_coverage_entry (
    coverage_id BIGINT NOT NULL,
    operator_id BIGINT NOT NULL,
    id          BIGINT NOT NULL,
    status_id   BIGINT NOT NULL,           -- 0 disabled, 1 enabled
    PRIMARY KEY (coverage_id, operator_id)
) {{clustered}};
CREATE TABLE network_coverage_rat (        -- RAT types that are blacklisted in an entry
    coverage_id BIGINT NOT NULL,
    operator_id BIGINT NOT NULL,
    rat_type_id BIGINT NOT NULL,
    PRIMARY KEY (coverage_id, operator_id, rat_type_id)
) {{clustered}};

-- Quality of service of an APN.
ALTER TABLE pdp_context_definition ADD COLUMN auto_assign BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE pdp_context_definition ADD COLUMN qos_subscribed TEXT NOT NULL DEFAULT '13911f';
ALTER TABLE pdp_context_definition ADD COLUMN ext_qos_subscribed TEXT NOT NULL DEFAULT '037396fefe44fbfefe';
ALTER TABLE pdp_context_definition ADD COLUMN ext2_qos_subscribed TEXT NOT NULL DEFAULT '007a00';
ALTER TABLE pdp_context_definition ADD COLUMN ext3_qos_subscribed TEXT NOT NULL DEFAULT '7a00';
ALTER TABLE pdp_context_definition ADD COLUMN ext4_qos_subscribed TEXT NOT NULL DEFAULT '';
CREATE TABLE qos_definition (
    definition_id    BIGINT NOT NULL,
    rat_type_id      BIGINT NOT NULL,
    max_bandwidth_dl BIGINT NOT NULL,      -- bit/s
    max_bandwidth_ul BIGINT NOT NULL,
    PRIMARY KEY (definition_id, rat_type_id)
) {{clustered}};

-- Sessions: how to reach their gateway, what it was told, what it holds.
ALTER TABLE session ADD COLUMN protocol BIGINT NOT NULL DEFAULT 0;             -- 0 RADIUS, 1 Gy
ALTER TABLE session ADD COLUMN peer TEXT NOT NULL DEFAULT '';                  -- address of the gateway, or the Diameter node it is behind
ALTER TABLE session ADD COLUMN realm TEXT NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN abilities BIGINT NOT NULL DEFAULT 0;            -- what the gateway can be told in mid-session
ALTER TABLE session ADD COLUMN tariff_profile_id BIGINT NOT NULL DEFAULT 0;
ALTER TABLE session ADD COLUMN enforced BIGINT NOT NULL DEFAULT 0;             -- 0 as it is, n throttled to n bit/s, -1 told to end, -2 to be refused
ALTER TABLE session ADD COLUMN request_number BIGINT NOT NULL DEFAULT -1;      -- highest CC-Request-Number
ALTER TABLE session ADD COLUMN request_window BIGINT NOT NULL DEFAULT 0;       -- bit n: request_number - n was seen
ALTER TABLE session ADD COLUMN results TEXT NOT NULL DEFAULT '';               -- the last answers, to be given again
ALTER TABLE session ADD COLUMN grants TEXT NOT NULL DEFAULT '';                -- what each rating group holds
ALTER TABLE session ADD COLUMN granted_until BIGINT NOT NULL DEFAULT 0;        -- µs, when the grants end, 0 = never
ALTER TABLE session ADD COLUMN reserved BIGINT NOT NULL DEFAULT 0;             -- bytes
ALTER TABLE session ADD COLUMN reserved_inclusive BIGINT NOT NULL DEFAULT 0;   -- bytes of the pool of the line
ALTER TABLE session ADD COLUMN reserved_cost BIGINT NOT NULL DEFAULT 0;        -- 1e-10 of the endpoint's balance
ALTER TABLE session ADD COLUMN reserved_shared BIGINT NOT NULL DEFAULT 0;      -- 1e-10 of the organisation's account
ALTER TABLE session ADD COLUMN line_inclusive BIGINT NOT NULL DEFAULT 0;       -- of the line's billed bytes
ALTER TABLE session ADD COLUMN line_rounding BIGINT NOT NULL DEFAULT 0;
ALTER TABLE session ADD COLUMN line_day BIGINT NOT NULL DEFAULT 0;             -- where rounding is by the day
ALTER TABLE session ADD COLUMN inclusive_volume_id BIGINT NOT NULL DEFAULT 0;  -- of the line
ALTER TABLE session ADD COLUMN line_pooled BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE session ADD COLUMN pending_inclusive BIGINT NOT NULL DEFAULT 0;
ALTER TABLE session ADD COLUMN pending_debited BIGINT NOT NULL DEFAULT 0;      -- of the cost: taken from the endpoint's balance
ALTER TABLE session ADD COLUMN event_began BIGINT NOT NULL DEFAULT 0;          -- when it began by the gateway's own clock, 0 = not known
UPDATE session SET event_began = event_time - session_time * 1000000 WHERE event_time > 0;
ALTER TABLE session ADD COLUMN lapse_bucket BIGINT NOT NULL DEFAULT 0;         -- granted_until by five minutes: what the sweep looks for
CREATE INDEX session_lapsed ON session (lapse_bucket) WHERE closed_at = 0 AND lapse_bucket > 0;
DROP INDEX session_nas;                    -- the sweep would read all open sessions of a gateway that has ever restarted
CREATE INDEX session_nas ON session (nas, opened_at) WHERE closed_at = 0;

CREATE TABLE credit_event (                -- answers of one-time requests, for an hour or two
    organisation_id BIGINT NOT NULL,
    hour            BIGINT NOT NULL,
    key_high        BIGINT NOT NULL,       -- hash of Origin-Host, Session-Id and CC-Request-Number
    key_low         BIGINT NOT NULL,
    result          TEXT   NOT NULL,
    PRIMARY KEY (organisation_id, hour, key_high, key_low)
) {{clustered}};
CREATE TABLE policy_session (              -- Gx
    organisation_id BIGINT NOT NULL,
    nas             TEXT   NOT NULL,       -- Origin-Host
    session_id      TEXT   NOT NULL,
    endpoint_id     BIGINT NOT NULL,
    sim_id          BIGINT NOT NULL,
    imsi            TEXT   NOT NULL,
    apn             TEXT   NOT NULL,
    plmn            TEXT   NOT NULL,
    rat_type_id     BIGINT NOT NULL,
    ue_address      TEXT   NOT NULL,
    peer            TEXT   NOT NULL,
    realm           TEXT   NOT NULL,
    abilities       BIGINT NOT NULL,
    uplink_rate     BIGINT NOT NULL,       -- bit/s as told, 0 = none
    downlink_rate   BIGINT NOT NULL,
    request_number  BIGINT NOT NULL,
    result          TEXT   NOT NULL,       -- of the last request
    opened_at       BIGINT NOT NULL,
    last_seen       BIGINT NOT NULL,
    closed_at       BIGINT NOT NULL,       -- 0 = open
    PRIMARY KEY (organisation_id, nas, session_id)
) {{clustered}};
CREATE INDEX policy_session_open ON policy_session (organisation_id, endpoint_id) WHERE closed_at = 0;
CREATE INDEX policy_session_closed ON policy_session (closed_at);

-- Records keep what their price came from.
ALTER TABLE usage_record ADD COLUMN tariff_profile_id BIGINT NOT NULL DEFAULT 0;
ALTER TABLE usage_record ADD COLUMN rounding_scope BIGINT NOT NULL DEFAULT 0;
ALTER TABLE usage_record ADD COLUMN inclusive BIGINT NOT NULL DEFAULT 0;       -- billed bytes that cost nothing
ALTER TABLE usage_record ADD COLUMN line_inclusive BIGINT NOT NULL DEFAULT 0;  -- the line's before this record
ALTER TABLE usage_record ADD COLUMN inclusive_volume_id BIGINT NOT NULL DEFAULT 0;
ALTER TABLE usage_record ADD COLUMN debited BIGINT NOT NULL DEFAULT 0;         -- of the cost, from the endpoint's balance
ALTER TABLE usage_record ADD COLUMN balance_currency_id BIGINT NOT NULL DEFAULT 0; -- 0 = the endpoint has no balance
ALTER TABLE usage_record ADD COLUMN balance_amount BIGINT NOT NULL DEFAULT 0;  -- after this record
ALTER TABLE usage_record ADD COLUMN balance_updated BIGINT NOT NULL DEFAULT 0;
ALTER TABLE usage_record ADD COLUMN balance_expiry BIGINT NOT NULL DEFAULT 0;

-- What an organisation used: by hour (UTC) and by day (its own time zone). Rows grow once a batch.
CREATE TABLE organisation_hour (
    organisation_id BIGINT NOT NULL,
    hour            BIGINT NOT NULL,       -- since the epoch
    traffic_type_id BIGINT NOT NULL,
    currency_id     BIGINT NOT NULL,
    volume_tx       BIGINT NOT NULL,
    volume_rx       BIGINT NOT NULL,
    cost            BIGINT NOT NULL,
    last_updated    BIGINT NOT NULL,
    PRIMARY KEY (organisation_id, hour, traffic_type_id, currency_id)
) {{clustered}};
CREATE TABLE organisation_day (
    organisation_id BIGINT NOT NULL,
    day             BIGINT NOT NULL,
    traffic_type_id BIGINT NOT NULL,
    currency_id     BIGINT NOT NULL,
    volume_tx       BIGINT NOT NULL,
    volume_rx       BIGINT NOT NULL,
    cost            BIGINT NOT NULL,
    last_updated    BIGINT NOT NULL,
    PRIMARY KEY (organisation_id, day, traffic_type_id, currency_id)
) {{clustered}};


