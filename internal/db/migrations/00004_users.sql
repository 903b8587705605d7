-- +goose Up
-- Users in more than one organisation, and how they get in.

-- A user has a home organisation and may be a guest in others: each has a row of it, under the same id.
ALTER TABLE account_user ADD COLUMN home_id BIGINT NOT NULL DEFAULT 0;  -- organisation that the user's account belongs to
ALTER TABLE account_user ADD COLUMN roles   BIGINT NOT NULL DEFAULT 0;  -- bit n = role n; role_id is the strongest of them
UPDATE account_user SET home_id = organisation_id, roles = CASE role_id WHEN 1 THEN 2 WHEN 2 THEN 4 ELSE 8 END;

-- Finds the account of a username, in lower case. Of two that had the same name before names were unique, the older keeps it.
CREATE TABLE user_route (
    username        TEXT PRIMARY KEY,
    organisation_id BIGINT NOT NULL,
    user_id         BIGINT NOT NULL
) {{clustered}};
INSERT INTO user_route (username, organisation_id, user_id)
    SELECT LOWER(u.username), u.organisation_id, u.id FROM account_user u WHERE NOT EXISTS (
        SELECT 1 FROM account_user o WHERE LOWER(o.username) = LOWER(u.username) AND o.id < u.id);

-- All below stands with the home organisation.
CREATE TABLE user_workspace (
    organisation_id BIGINT NOT NULL,
    user_id         BIGINT NOT NULL,
    workspace_id    BIGINT NOT NULL,  -- organisation that the user is a guest in
    PRIMARY KEY (organisation_id, user_id, workspace_id)
) {{clustered}};
CREATE TABLE user_credential (
    organisation_id      BIGINT NOT NULL,
    user_id              BIGINT NOT NULL,
    password             TEXT   NOT NULL,  -- argon2id, in the form of the Password Hashing Competition; '' = none
    epoch                BIGINT NOT NULL,  -- auth tokens of an earlier one are void
    default_organisation BIGINT NOT NULL,  -- where a login leads, 0 = home
    PRIMARY KEY (organisation_id, user_id)
) {{clustered}};
CREATE TABLE user_activation (
    organisation_id BIGINT NOT NULL,
    user_id         BIGINT NOT NULL,
    workspace_id    BIGINT NOT NULL,  -- what is accepted with the key
    hash            BYTEA  NOT NULL,  -- SHA-256 of the key
    sent            BIGINT NOT NULL,  -- µs
    expires         BIGINT NOT NULL,  -- µs
    PRIMARY KEY (organisation_id, user_id, workspace_id)
) {{clustered}};
CREATE TABLE user_session (
    organisation_id BIGINT NOT NULL,
    user_id         BIGINT NOT NULL,
    id              BIGINT NOT NULL,
    workspace_id    BIGINT NOT NULL,
    hash            BYTEA  NOT NULL,  -- SHA-256 of the refresh token that is good next
    created         BIGINT NOT NULL,
    expires         BIGINT NOT NULL,
    PRIMARY KEY (organisation_id, user_id, id)
) {{clustered}};
CREATE TABLE user_mfa (
    organisation_id BIGINT NOT NULL,
    user_id         BIGINT NOT NULL,
    id              BIGINT NOT NULL,
    type_id         BIGINT NOT NULL,
    status_id       BIGINT NOT NULL,
    secret          TEXT   NOT NULL,  -- sealed; '' for codes by e-mail
    last_step       BIGINT NOT NULL,  -- time step of the last code that was used
    code_hash       TEXT   NOT NULL,  -- of the code that was sent, '' = none
    code_expires    BIGINT NOT NULL,
    created         BIGINT NOT NULL,
    PRIMARY KEY (organisation_id, user_id, id)
) {{clustered}};
CREATE TABLE user_device (
    organisation_id  BIGINT NOT NULL,
    user_id          BIGINT NOT NULL,
    id               BIGINT NOT NULL,
    fingerprint_hash BYTEA  NOT NULL,  -- SHA-256
    operating_system TEXT   NOT NULL,
    browser          TEXT   NOT NULL,
    name             TEXT   NOT NULL,
    activated        BIGINT NOT NULL,
    expires          BIGINT NOT NULL,
    PRIMARY KEY (organisation_id, user_id, id)
) {{clustered}};

-- Few events have a user.
CREATE INDEX event_user ON event (organisation_id, user_id, id) WHERE user_id > 0;

-- Secrets that calls to customers are signed with.
CREATE TABLE api_secret (
    organisation_id BIGINT NOT NULL,
    id              BIGINT NOT NULL,
    purpose         TEXT   NOT NULL,
    secret          TEXT   NOT NULL,  -- sealed
    PRIMARY KEY (organisation_id, id)
) {{clustered}};
