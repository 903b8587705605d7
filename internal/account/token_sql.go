package account

import (
	"errors"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/value"
)

// tokenRow is what a new token stores beside its owner.
type tokenRow struct {
	id              int64
	description     string
	hash            []byte
	ip              string
	expiry, created int64 // µs
}

func insertToken(tx *db.Tx, o Owner, t tokenRow) error {
	_, err := tx.Exec(`INSERT INTO application_token (organisation_id, id, creator_id, description, role_id, secret_hash,
		status_id, ip, expiry_date, created) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		o.Organisation, t.id, o.Creator, t.description, o.Role, t.hash, TokenActivated, t.ip, t.expiry, t.created)
	return err
}

func updateToken(tx *db.Tx, organisation, id int64, p TokenPatch, status int64) (int64, error) {
	return tx.Exec(`UPDATE application_token SET description = CASE WHEN $3 THEN $4 ELSE description END,
		status_id = CASE WHEN $5 THEN $6 ELSE status_id END WHERE organisation_id = $1 AND id = $2`,
		organisation, id, p.Description.Set, p.Description.Value, p.Status.Set, status)
}

// ListTokens reads an organisation's application tokens by id.
func ListTokens(q db.Queryer, organisation int64) ([]Token, error) {
	return db.All(q, scanToken, `SELECT t.id, t.description, t.created, t.status_id, t.expiry_date, t.ip, t.creator_id,
		u.username, u.name FROM application_token t
		LEFT JOIN account_user u ON u.organisation_id = t.organisation_id AND u.id = t.creator_id
		WHERE t.organisation_id = $1 ORDER BY t.id`, organisation)
}

func scanToken(r *db.Row) Token {
	t := Token{
		ID: value.ID(r.Int()), Description: r.Text(), Created: value.EntityTime(r.Int()),
		Status: statusOf(r.Int()), ExpiryDate: value.EntityTime(r.Int()),
	}
	if ip := r.Text(); ip != "" {
		t.IP = &ip
	}
	if creator := r.Int(); creator != 0 {
		t.Creator = &Creator{ID: value.ID(creator), Username: r.Text(), Name: r.Text()}
	}
	return t
}

func statusOf(id int64) value.Described {
	if id == TokenActivated {
		return value.Described{ID: 0, Description: "Activated"}
	}
	return value.Described{ID: value.ID(id), Description: "Revoked"}
}

// TokenCreator tells which user made a token: whatever is done with the token, the same user made that too.
func TokenCreator(q db.Queryer, organisation, token int64) (int64, error) {
	return db.One(q, db.Int, `SELECT creator_id FROM application_token WHERE organisation_id = $1 AND id = $2`, organisation, token)
}

// state is a token as it is now, with all that decides whether it is good.
type state struct {
	status, expiry     int64
	ip                 string
	hash               []byte
	creator            int64
	role               int64 // the creator's as it is now
	creatorStatus      int64 // -1 = deleted
	organisationStatus int64
	organisationType   int64
	version            int64 // of the organisation, when this was read
	read               int64 // µs, when that was
}

// readState reads all of it in one statement, so that the version belongs to the rest; false when there is no such
// token.
func readState(q db.Queryer, k tokenKey) (state, bool, error) {
	s, err := db.One(q, scanState, `SELECT t.status_id, t.expiry_date, t.ip, t.secret_hash, t.creator_id,
		COALESCE(u.role_id, t.role_id), CASE WHEN m.status_id = 2 OR m.id IS NULL AND u.home_id > 0 THEN 2 ELSE COALESCE(u.status_id, -1) END,
		o.status_id, o.type_id, h.config_version
		FROM application_token t
		JOIN organisation o ON o.id = t.organisation_id
		JOIN organisation_head h ON h.organisation_id = t.organisation_id
		LEFT JOIN account_user u ON u.organisation_id = t.organisation_id AND u.id = t.creator_id
		LEFT JOIN account_user m ON m.organisation_id = u.home_id AND m.id = u.id
		WHERE t.organisation_id = $1 AND t.id = $2`, k.organisation, k.id)
	if errors.Is(err, db.ErrNone) {
		return state{}, false, nil
	}
	return s, err == nil, err
}

func scanState(r *db.Row) state {
	return state{
		status: r.Int(), expiry: r.Int(), ip: r.Text(), hash: r.Bytes(), creator: r.Int(), role: r.Int(),
		creatorStatus: r.Int(), organisationStatus: r.Int(), organisationType: r.Int(), version: r.Int(),
	}
}
