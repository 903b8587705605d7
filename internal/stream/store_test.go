package stream_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/secret"
	"github.com/simstead/simstead/internal/stream"
)

const (
	keyOne = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
	keyTwo = "f00102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
)

func (s *site) keys(texts ...string) *secret.Keys {
	s.t.Helper()
	k, err := secret.New(texts...)
	s.must(err)
	return k
}

// stored is what stands in the secret columns of a stream.
func (s *site) stored(one *stream.Stream) string {
	s.t.Helper()
	var text string
	s.must(s.d.Read(context.Background(), func(q db.Queryer) (err error) {
		text, err = db.One(q, db.Text, `SELECT credentials || signing FROM data_stream WHERE id = $1`, one.ID)
		return err
	}))
	return text
}

func (s *site) sealed(one *stream.Stream) bool {
	text := s.stored(one)
	return strings.HasPrefix(text, "sealed:v1:") && !strings.Contains(text, "a secret key") && !strings.Contains(text, "whsec")
}

// signed gives a stream a signing secret.
func signed(one *stream.Stream) {
	one.Signing = []stream.SigningKey{{Secret: "whsec_AAAA", Created: 1}}
}

func TestSecretsAreSealed(t *testing.T) {
	each(t, func(s *site) {
		s.store.Keys = s.keys(keyOne)
		f := &fake{}
		one := s.stream(stream.EventStream, f, signed)
		if !s.sealed(one) {
			s.t.Fatal(s.stored(one))
		}
		now := s.status(one)
		if string(now.Credentials) != `{"key": "a secret key"}` || len(now.Secrets(0)) != 1 {
			s.t.Errorf("%s, %v", now.Credentials, now.Signing)
		}
		now.Credentials = json.RawMessage(`{"key": "another"}`)
		s.write(func(tx *db.Tx) error { return s.store.Update(tx, now) })
		if now = s.status(one); !s.sealed(one) || string(now.Credentials) != `{"key": "another"}` || len(now.Secrets(0)) != 1 {
			s.t.Errorf("%s, %v, %s", now.Credentials, now.Signing, s.stored(one))
		}
	})
}

func TestClearSecretsAreSealedAtTheStart(t *testing.T) {
	each(t, func(s *site) {
		f := &fake{}
		one, other := s.stream(stream.EventStream, f, signed), s.stream(stream.UsageStream, &fake{})
		s.store.Keys = s.keys(keyOne)
		s.start()
		if !s.sealed(one) || !s.sealed(other) {
			s.t.Fatal(s.stored(one))
		}
		all := s.log(2, "e")
		s.settle(time.Second)
		s.expect(f, all)
		if now := s.status(one); string(now.Credentials) != `{"key": "a secret key"}` || len(now.Secrets(0)) != 1 {
			s.t.Errorf("%s, %v", now.Credentials, now.Signing)
		}
	})
}

func TestRotation(t *testing.T) {
	lite(t, func(s *site) {
		s.store.Keys = s.keys(keyOne)
		one, plain := s.stream(stream.EventStream, &fake{}, signed), s.stream(stream.EventStream, &fake{})
		before := s.stored(one)
		s.store.Keys = s.keys(keyTwo, keyOne)
		for _, want := range []int{2, 0} {
			if sealed, unreadable, err := s.store.Seal(context.Background(), s.d); sealed != want || unreadable != 0 || err != nil {
				s.t.Fatal(sealed, unreadable, err)
			}
		}
		s.store.Keys = s.keys(keyTwo)
		for _, each := range []*stream.Stream{one, plain} {
			if now := s.status(each); string(now.Credentials) != `{"key": "a secret key"}` || len(now.Signing) != len(each.Signing) {
				s.t.Errorf("%s, %v", now.Credentials, now.Signing)
			}
		}
		if s.stored(one) == before {
			s.t.Error("sealed with the old key")
		}
	})
}

// A sealed text that somebody puts into another row, or whose key is gone, opens for nobody; the stream says so and takes
// new credentials.
func TestSecretsThatCannotBeRead(t *testing.T) {
	for name, spoil := range map[string]func(s *site, one, other *stream.Stream){
		"swapped": func(s *site, one, other *stream.Stream) {
			s.write(func(tx *db.Tx) error {
				_, err := tx.Exec(`UPDATE data_stream SET credentials = (SELECT credentials FROM data_stream WHERE id = $1) WHERE id = $2`, other.ID, one.ID)
				return err
			})
		},
		"another key": func(s *site, _, _ *stream.Stream) { s.store.Keys = s.keys(keyTwo) },
	} {
		t.Run(name, func(t *testing.T) {
			lite(t, func(s *site) {
				s.store.Keys = s.keys(keyOne)
				f := &fake{}
				one, other := s.stream(stream.EventStream, f), s.stream(stream.UsageStream, &fake{})
				spoil(s, one, other)
				kept := s.stored(one)
				s.start()
				all := s.log(1, "e")
				s.settle(time.Second)
				now := s.status(one)
				if now.Status != stream.Broken || !strings.Contains(now.Error, "give them again") || f.opens() != 0 {
					s.t.Fatalf("%d, %q, opened %d times", now.Status, now.Error, f.opens())
				}
				if _, err := s.engine.Test(context.Background(), s.organisation, one.ID); err == nil {
					s.t.Error("tested")
				}
				s.setStatus(one, stream.Paused) // keeps what is there: the key may come back
				if s.stored(one) != kept {
					s.t.Error("lost")
				}
				now = s.status(one)
				now.Status, now.Credentials = stream.Running, json.RawMessage(`{"key": "a new one"}`)
				s.write(func(tx *db.Tx) error { return s.store.Update(tx, now) })
				s.must(s.engine.Reload(s.organisation, one.ID))
				s.settle(time.Second)
				s.expect(f, all)
			})
		})
	}
}
