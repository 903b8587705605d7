-- +goose Up
-- Events are counted by the day on which they happened, too. What was counted is counted anew.

DROP TABLE event_count;
CREATE TABLE event_count (
    organisation_id BIGINT  NOT NULL,
    recorded_day    BIGINT  NOT NULL,
    occurred_day    BIGINT  NOT NULL,
    type_id         BIGINT  NOT NULL,
    severity_id     BIGINT  NOT NULL,
    source_id       BIGINT  NOT NULL,
    alert           BOOLEAN NOT NULL,
    operator_id     BIGINT  NOT NULL,
    country_id      BIGINT  NOT NULL,
    rat_type_id     BIGINT  NOT NULL,
    events          BIGINT  NOT NULL,
    PRIMARY KEY (organisation_id, recorded_day, occurred_day, type_id, severity_id, source_id, alert, operator_id, country_id, rat_type_id)
) {{clustered}};
DELETE FROM event_counted;
