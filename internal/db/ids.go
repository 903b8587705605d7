package db

import (
	"context"
	"errors"
	"fmt"
)

// Log ids stay below 2^53 and entity ids below 2^31, so that every JSON client can hold them.
const (
	logBlock    = 1 << 16
	entityBlock = 64
	logKind     = "log"
	maxEntity   = 1 << 31
)

type blockKey struct {
	kind         string
	organisation int64
}

type block struct{ next, end int64 }

// NextID gives a new id to an entity of the given kind ("endpoint", "sim", ...) that belongs to an organisation. Ids are
// unique over all organisations; unused ones of a block are lost when the process ends.
func (d *DB) NextID(ctx context.Context, kind string, organisation int64) (int64, error) {
	return d.NextIDs(ctx, kind, organisation, 1)
}

// NextIDs gives n consecutive new ids and returns the first.
func (d *DB) NextIDs(ctx context.Context, kind string, organisation, n int64) (int64, error) {
	d.leasing.Lock()
	defer d.leasing.Unlock()
	key := blockKey{kind, organisation}
	b := d.blocks[key]
	if b == nil || b.end-b.next < n {
		size := max(n, entityBlock)
		if organisation == 0 {
			size = n // global kinds are few: no gaps
		}
		first, err := d.lease(ctx, kind, size, organisation)
		if err != nil {
			return 0, err
		}
		if first+size > maxEntity {
			return 0, fmt.Errorf("ids of kind %s are used up", kind)
		}
		b = &block{first, first + size}
		d.blocks[key] = b
	}
	b.next += n
	return b.next - n, nil
}

// OwnerOf tells which organisation an entity id was given to, 0 when to none.
func OwnerOf(q Queryer, kind string, id int64) (int64, error) {
	owner, err := One(q, Int, `SELECT organisation_id FROM id_block WHERE kind = $1 AND first <= $2 ORDER BY first DESC LIMIT 1`, kind, id)
	if errors.Is(err, ErrNone) {
		return 0, nil
	}
	return owner, err
}

// lease gives each of the organisations a block of ids of the kind and returns where the first begins; the others follow
// in order, size by size.
func (d *DB) lease(ctx context.Context, kind string, size int64, organisations ...int64) (first int64, err error) {
	all := size * int64(len(organisations))
	err = d.driver.write(ctx, nil, nil, func(tx *Tx) error {
		end, err := One(tx, Int, `INSERT INTO id_counter (kind, next) VALUES ($1, $2)
			ON CONFLICT (kind) DO UPDATE SET next = id_counter.next + $3 RETURNING next`, kind, 1+all, all)
		if err != nil {
			return err
		}
		first = end - all
		rows := insertBlock.New()
		for i, organisation := range organisations {
			rows.Text(kind).Int(first+int64(i)*size, organisation)
		}
		return tx.Insert(rows)
	})
	if err != nil {
		return 0, fmt.Errorf("lease ids of kind %s: %w", kind, err)
	}
	return first, nil
}

var insertBlock = NewInsert("id_block", "kind text, first bigint, organisation_id bigint", "")

// leaseLog leases blocks of log ids that the organisations' heads may go on with. Blocks only rise, so ids grow with
// positions; a block that another writer has passed by is lost.
func (d *DB) leaseLog(ctx context.Context, organisations ...int64) error {
	first, err := d.lease(ctx, logKind, logBlock, organisations...)
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for i, organisation := range organisations {
		d.spares[organisation] = first + int64(i)*logBlock
	}
	return nil
}

func (d *DB) spare(organisation int64) int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.spares[organisation]
}
