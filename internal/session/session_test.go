package session_test

import (
	"context"
	"fmt"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/db/dbtest"
	"github.com/simstead/simstead/internal/session"
)

// fill gives every field a value of its own, so that no two columns can be mixed up unseen.
func fill(v reflect.Value, next *int64) {
	for i := range v.NumField() {
		field := v.Field(i)
		if !field.CanSet() {
			continue
		}
		*next++
		switch field.Kind() {
		case reflect.Struct:
			fill(field, next)
		case reflect.Int64:
			field.SetInt(*next)
		case reflect.String:
			field.SetString(fmt.Sprint("text ", *next))
		case reflect.Bool:
			field.SetBool(*next%2 == 0)
		default:
			panic(field.Kind())
		}
	}
}

func filled(from int64) *session.Session {
	s := &session.Session{}
	fill(reflect.ValueOf(s).Elem(), &from)
	s.Key = session.Key{Organisation: 1, NAS: "pgw", SessionID: "a"}
	return s
}

func TestStore(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		store := func(sessions ...*session.Session) {
			t.Helper()
			if err := d.Write(context.Background(), nil, func(tx *db.Tx) error { return session.Store(tx, sessions) }); err != nil {
				t.Fatal(err)
			}
		}
		read := func(want ...*session.Session) []*session.Session {
			t.Helper()
			var got []*session.Session
			keys := session.Lookup.New().Int(1).Text("pgw", "a")
			err := d.Lookup(context.Background(), db.Read{Bulk: session.Lookup, Keys: keys, Each: func(_ int, r *db.Row) {
				got = append(got, session.Scan(r))
			}})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(session.Session{})); diff != "" {
				t.Fatal(diff)
			}
			return got
		}
		hours := func(want ...int64) {
			t.Helper()
			err := d.Read(context.Background(), func(q db.Queryer) error {
				got, err := db.All(q, db.Int, `SELECT seen_hour FROM session ORDER BY generation`)
				if diff := cmp.Diff(want, got); diff != "" {
					t.Error(diff)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}

		first, second := filled(100), filled(200)
		first.Generation, second.Generation = 1, 2
		store(second, first)
		stored := read(first, second)

		// A report moves the marks alone.
		marks := stored[0]
		marks.Seen, marks.EventTime, marks.Time, marks.Uplink, marks.Downlink = 501, 502, 503, 504, 505
		marks.SliceStarted, marks.SliceTime, marks.PendingUp, marks.PendingDown, marks.PendingCost = 506, 507, 508, 509, 510
		marks.Line.Volume, marks.Line.Cost = 511, 512
		store(marks)
		stored = read(marks, second)
		hours(0, 0)

		// Anything else but who and when it was opened may change too; the sweep finds the hour.
		changed := filled(300)
		was := stored[1]
		changed.Generation, changed.ID, changed.SIM, changed.NSAPI = 2, was.ID, was.SIM, was.NSAPI
		changed.Opened, changed.Started, changed.BaseUplink, changed.BaseDownlink = was.Opened, was.Started, was.BaseUplink, was.BaseDownlink
		changed.Seen = 7*clock.Hour + 1
		store(changed)
		stored = read(marks, changed)
		hours(0, 7)
		stored[0].Seen = 5 * clock.Hour
		store(stored[0])
		hours(5, 7)

		beside := stored[0].Copy()
		beside.Generation = 3
		store(&beside)
		read(stored[0], changed, &beside)
	})
}

func TestOnline(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		open, closed := filled(100), filled(200)
		open.Generation, closed.Generation = 1, 2
		open.Closed = 0
		err := d.Write(context.Background(), nil, func(tx *db.Tx) error { return session.Store(tx, []*session.Session{open, closed}) })
		if err != nil {
			t.Fatal(err)
		}
		err = d.Read(context.Background(), func(q db.Queryer) error {
			n, err := session.Online(q)
			if n != 1 {
				t.Errorf("%d are online", n)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// A session's name in events stays the same for ever: streams tie events to records by it.
func TestUUID(t *testing.T) {
	const want = "7bcdc020-32f2-5a38-addc-8f636a8b6f36"
	if got := (&session.Session{ID: 1}).UUID(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if (&session.Session{ID: 1}).UUID() == (&session.Session{ID: 2}).UUID() {
		t.Error("two sessions have the same name")
	}
}
