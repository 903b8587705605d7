-- +goose Up
-- An issuer or a reseller lists the SIMs of many customers: these indexes hold all that such a list filters and sorts by, so that
-- it does not read each SIM.

DROP INDEX sim_issuer;
CREATE INDEX sim_issuer ON sim (issuer_org_id, id, reseller_org_id, customer_org_id, status_id, endpoint_id, production_date, iccid, eid, imsi, msisdn, model);
DROP INDEX sim_reseller;
CREATE INDEX sim_reseller ON sim (reseller_org_id, id, issuer_org_id, customer_org_id, status_id, endpoint_id, production_date, iccid, eid, imsi, msisdn, model);
