package stream

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/secret"
)

// Store keeps the streams, their credentials and signing secrets sealed with its keys. Without keys it leaves them clear,
// until an engine with keys starts.
type Store struct{ Keys *secret.Keys }

// scan reads a stream. Credentials that cannot be opened are as if there were none: the stream cannot deliver, and says so.
func (k Store) scan(r *db.Row) *Stream {
	s := scan(r)
	text, err := k.Keys.Open(s.credentials, s.place("credentials"))
	if err != nil {
		s.unreadable = err
		return s
	}
	s.Credentials = json.RawMessage(text)
	if text, err = k.Keys.Open(s.signing, s.place("signing")); err == nil {
		s.Signing = signingOf(text)
	}
	return s
}

// place is what a secret of a stream is sealed for: it opens nowhere else.
func (s *Stream) place(column string) string {
	return fmt.Sprintf("data_stream %s of organisation %d, stream %d", column, s.Organisation, s.ID)
}

// seal returns the secrets as they are stored. Those that could not be read, and were not given again, stay as they were.
func (k Store) seal(s *Stream) (credentials, signing string, err error) {
	if s.Credentials == nil && s.unreadable != nil {
		return s.credentials, s.signing, nil
	}
	if credentials, err = k.Keys.Seal(string(s.Credentials), s.place("credentials")); err != nil {
		return "", "", fmt.Errorf("seal the credentials of data stream %d: %w", s.ID, err)
	}
	if signing = s.signingText(); signing == "" {
		return credentials, "", nil
	}
	if signing, err = k.Keys.Seal(signing, s.place("signing")); err != nil {
		return "", "", fmt.Errorf("seal the signing secrets of data stream %d: %w", s.ID, err)
	}
	return credentials, signing, nil
}

// Seal seals what is clear or sealed with an older key, and returns how many streams it was that it changed and how many it
// could not read.
func (k Store) Seal(ctx context.Context, d *db.DB) (sealed, unreadable int, err error) {
	var all []*Stream
	err = d.Read(ctx, func(q db.Queryer) (err error) {
		all, err = db.All(q, scan, `SELECT `+columns+` FROM data_stream ORDER BY organisation_id, id`)
		return err
	})
	if err != nil {
		return 0, 0, err
	}
	for _, s := range all {
		if k.Keys.Current(s.credentials) && (s.signing == "" || k.Keys.Current(s.signing)) {
			continue
		}
		err := d.Write(ctx, []int64{s.Organisation}, func(tx *db.Tx) error {
			now, err := k.Get(tx, s.Organisation, s.ID)
			if err != nil || now.unreadable != nil {
				return err
			}
			credentials, signing, err := k.seal(now)
			if err != nil {
				return err
			}
			_, err = tx.Exec(`UPDATE data_stream SET credentials = $1, signing = $2 WHERE organisation_id = $3 AND id = $4`,
				credentials, signing, s.Organisation, s.ID)
			return err
		})
		if err != nil {
			return sealed, unreadable, err
		}
		if _, err := k.Keys.Open(s.credentials, s.place("credentials")); err != nil {
			unreadable++
		} else {
			sealed++
		}
	}
	return sealed, unreadable, nil
}
