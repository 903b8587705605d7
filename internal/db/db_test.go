package db_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/db/dbtest"
)

var insertCurrency = db.NewInsert("currency", "id bigint, code text, symbol text, name text",
	"ON CONFLICT (id) DO UPDATE SET name = excluded.name")

var lookupCurrency = db.NewLookup("wanted bigint", "SELECT code, name FROM currency WHERE id = $1")

func TestBulk(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		write := func(name string) {
			t.Helper()
			rows := insertCurrency.New()
			for i := range int64(300) {
				rows.Int(i).Text(fmt.Sprintf("C%03d", i), "€", name)
			}
			if err := d.Write(ctx, nil, func(tx *db.Tx) error { return tx.Insert(rows) }); err != nil {
				t.Fatal(err)
			}
		}
		write("first")
		write("second") // the conflict clause takes over

		got := map[int][]string{}
		keys := lookupCurrency.New().Int(7, 299, 1000)
		err := d.Write(ctx, nil, func(*db.Tx) error { return nil },
			db.Read{Bulk: lookupCurrency, Keys: keys, Each: func(key int, r *db.Row) { got[key] = []string{r.Text(), r.Text()} }})
		if err != nil {
			t.Fatal(err)
		}
		want := map[int][]string{0: {"C007", "second"}, 1: {"C299", "second"}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

// Placeholders are bound by number, not by order of appearance.
func TestPlaceholders(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		err := d.Read(context.Background(), func(q db.Queryer) error {
			got, err := db.One(q, func(r *db.Row) string { return r.Text() + r.Text() + r.Text() },
				`SELECT CAST($2 AS TEXT), CAST($1 AS TEXT), '$1'`, "a", "b")
			if got != "ba$1" {
				t.Errorf("got %q", got)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestErrors(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		add := func() error {
			return d.Write(ctx, nil, func(tx *db.Tx) error {
				_, err := tx.Exec(`INSERT INTO setting (name, value) VALUES ($1, $2)`, "a", "b")
				return err
			})
		}
		if err := add(); err != nil {
			t.Fatal(err)
		}
		if err := add(); !errors.Is(err, db.ErrDuplicate) {
			t.Errorf("second insert: %v", err)
		}
		boom := errors.New("boom")
		err := d.Write(ctx, nil, func(tx *db.Tx) error {
			if _, err := tx.Exec(`INSERT INTO setting (name, value) VALUES ($1, $2)`, "c", "d"); err != nil {
				return err
			}
			return boom
		})
		if !errors.Is(err, boom) {
			t.Errorf("got %v", err)
		}
		err = d.Read(ctx, func(q db.Queryer) error {
			_, err := db.One(q, db.Text, `SELECT value FROM setting WHERE name = $1`, "c")
			return err
		})
		if !errors.Is(err, db.ErrNone) {
			t.Errorf("the failed transaction left something: %v", err)
		}
	})
}

// Positions are dense and ids grow with them, whoever writes; blocks of ids are leased on the way.
func TestPositions(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		for _, organisation := range []int64{1, 2} {
			if err := d.Write(ctx, nil, func(tx *db.Tx) error { return tx.CreateHead(organisation) }); err != nil {
				t.Fatal(err)
			}
		}
		const writers, each, rows = 8, 20, 1000
		var mu sync.Mutex
		places := map[int64]map[int64]int64{1: {}, 2: {}}
		var group sync.WaitGroup
		for w := range writers {
			group.Go(func() {
				organisation := int64(w%2 + 1)
				for range each {
					var mine []db.Place
					err := d.Write(ctx, []int64{2, 1, 2}, func(tx *db.Tx) error {
						mine = mine[:0]
						for range rows {
							mine = append(mine, tx.Head(organisation).Next(20000))
						}
						return nil
					})
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					for _, p := range mine {
						if _, twice := places[organisation][p.Position]; twice {
							t.Errorf("position %d was given twice", p.Position)
						}
						places[organisation][p.Position] = p.ID
					}
					mu.Unlock()
				}
			})
		}
		group.Wait()
		for organisation, given := range places {
			last := int64(0)
			for position := int64(1); position <= writers*each*rows/2; position++ {
				if given[position] <= last {
					t.Fatalf("organisation %d: id %d at position %d follows id %d", organisation, given[position], position, last)
				}
				last = given[position]
			}
		}
	})
}

// All queries of a snapshot see what was committed when it began, and it leaves its connection free.
func TestSnapshot(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		count := func(q db.Queryer) int64 {
			n, err := db.One(q, db.Int, `SELECT COUNT(*) FROM setting WHERE name = $1`, "seen")
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		boom := errors.New("boom")
		for range 20 { // more often than there are connections
			if err := d.Snapshot(ctx, func(db.Queryer) error { return boom }); !errors.Is(err, boom) {
				t.Fatal(err)
			}
		}
		err := d.Snapshot(ctx, func(q db.Queryer) error {
			before := count(q)
			err := d.Write(ctx, nil, func(tx *db.Tx) error {
				_, err := tx.Exec(`INSERT INTO setting (name, value) VALUES ('seen', '')`)
				return err
			})
			if after := count(q); before != 0 || after != 0 {
				t.Errorf("the snapshot sees %d rows, then %d", before, after)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Snapshot(ctx, func(q db.Queryer) error {
			if n := count(q); n != 1 {
				t.Errorf("the next snapshot sees %d rows", n)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	})
}
