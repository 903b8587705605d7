package stream

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
)

const columns = `organisation_id, id, name, data_stream_type_id, connection_type, format, generation, credentials, filters,
	relation_resolution, status_id, error, confirmed, created, api_callback_id, signing, revision`

// scan reads a stream with its secrets as they are stored.
func scan(r *db.Row) *Stream {
	return &Stream{
		Organisation: r.Int(), ID: r.Int(), Name: r.Text(), Type: r.Int(), ConnectionType: r.Text(), Format: r.Text(),
		Generation: r.Int(), credentials: r.Text(), Filters: json.RawMessage(r.Text()),
		Relation: json.RawMessage(r.Text()), Status: r.Int(), Error: r.Text(), Confirmed: r.Bool(), Created: r.Int(),
		Callback: r.Int(), signing: r.Text(), Revision: r.Int(),
	}
}

// All lists an organisation's streams, newest first.
func (k Store) All(q db.Queryer, organisation int64) ([]*Stream, error) {
	return db.All(q, k.scan, `SELECT `+columns+` FROM data_stream WHERE organisation_id = $1 ORDER BY created DESC, id DESC`, organisation)
}

// Get returns one stream of an organisation.
func (k Store) Get(q db.Queryer, organisation, id int64) (*Stream, error) {
	s, err := db.One(q, k.scan, `SELECT `+columns+` FROM data_stream WHERE organisation_id = $1 AND id = $2`, organisation, id)
	if errors.Is(err, db.ErrNone) {
		return nil, fault.Missing("data stream", id)
	}
	return s, err
}

func (k Store) everyone(q db.Queryer) ([]*Stream, error) {
	return db.All(q, k.scan, `SELECT `+columns+` FROM data_stream ORDER BY organisation_id, id`)
}

// Backlog is how long records stay deliverable, counted from when they were stored.
const Backlog = 7 // days

// Create stores a new stream. It delivers what is recorded from now on, and before that what the last days of history
// recorded, as far as the log keeps it; 0 for none.
func (k Store) Create(tx *db.Tx, s *Stream, history int64) error {
	if err := k.save(tx, s); err != nil {
		return err
	}
	head := tx.Head(s.Organisation)
	day, position, until := head.RecordedDay, head.Position, int64(0)
	if history > 0 {
		day, position, until = clock.DayNumber(s.Created)-history, 0, head.Position
	}
	_, err := tx.Exec(`INSERT INTO stream_cursor (organisation_id, stream_id, recorded_day, position, fence, delivered, retried,
		lost, last_success_at, history) VALUES ($1, $2, $3, $4, 0, 0, 0, 0, 0, $5)`, s.Organisation, s.ID, day, position, until)
	return err
}

// Update stores what may change about a stream.
func (k Store) Update(tx *db.Tx, s *Stream) error {
	credentials, signing, err := k.seal(s)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE data_stream SET name = $1, data_stream_type_id = $2, connection_type = $3, format = $4, generation = $5,
		credentials = $6, filters = $7, relation_resolution = $8, status_id = $9, error = $10, confirmed = $11, signing = $12,
		revision = revision + 1
		WHERE organisation_id = $13 AND id = $14`,
		s.Name, s.Type, s.ConnectionType, s.Format, s.Generation, credentials, string(s.Filters), string(s.Relation), s.Status,
		s.Error, s.Confirmed, signing, s.Organisation, s.ID)
	return err
}

func (k Store) save(tx *db.Tx, s *Stream) error {
	credentials, signing, err := k.seal(s)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO data_stream (`+columns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, 1)`,
		s.Organisation, s.ID, s.Name, s.Type, s.ConnectionType, s.Format, s.Generation, credentials, string(s.Filters),
		string(s.Relation), s.Status, s.Error, s.Confirmed, s.Created, s.Callback,
		signing)
	return err
}

// Delete removes a stream and its cursor.
func Delete(tx *db.Tx, organisation, id int64) error {
	for _, table := range []string{"stream_cursor WHERE organisation_id = $1 AND stream_id = $2", "data_stream WHERE organisation_id = $1 AND id = $2"} {
		if _, err := tx.Exec(`DELETE FROM `+table, organisation, id); err != nil {
			return fmt.Errorf("delete stream: %w", err)
		}
	}
	return nil
}

// setStatus records what delivery found out of a stream as it ran; it leaves alone one that somebody changed in the
// meantime: what the destination of before did says nothing of another one.
func setStatus(tx *db.Tx, s *Stream, to int64, text string, confirmed bool) error {
	_, err := tx.Exec(`UPDATE data_stream SET status_id = $1, error = $2, confirmed = $3
		WHERE organisation_id = $4 AND id = $5 AND status_id = $6 AND revision = $7`, to, text, confirmed, s.Organisation, s.ID,
		s.Status, s.Revision)
	return err
}
