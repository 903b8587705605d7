package doctor

import (
	"context"
	"errors"
	"time"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
)

// longest is how long a reader may live: what it sees cannot be cleared away meanwhile.
const longest = 2 * time.Second

// errSlow says that a reader was given up.
var errSlow = errors.New("reading one page takes longer than two seconds")

// reader is db.Read, db.ReadByKey or db.Snapshot.
type reader func(ctx context.Context, fn func(db.Queryer) error) error

// read runs a reader that is given up after two seconds.
func (x *examination) read(ctx context.Context, open reader, fn func(db.Queryer) error) error {
	if x.before != nil {
		x.before()
	}
	limited, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	err := open(limited, fn)
	if err != nil && ctx.Err() == nil && limited.Err() != nil {
		return errSlow
	}
	return err
}

// pace is how much is read at once: more while that is quick, less while it is slow.
type pace struct{ size, most int64 }

// pace begins with a number of rows and reads at most another one.
func (x *examination) pace(size, most int64) pace {
	if x.page > 0 {
		return pace{x.page, x.page}
	}
	return pace{size, most}
}

// read reads a page. fn may be called again with a smaller size, so it must begin anew each time.
func (p *pace) read(ctx context.Context, x *examination, open reader, fn func(q db.Queryer, size int64) error) error {
	for {
		began := x.Clock.Micros()
		err := x.read(ctx, open, func(q db.Queryer) error { return fn(q, p.size) })
		if errors.Is(err, errSlow) && p.size > 1 {
			p.size = max(p.size/8, 1)
			continue
		}
		switch took := x.Clock.Micros() - began; {
		case took > clock.Second/2:
			p.size = max(p.size/2, 1)
		case took < clock.Second/10:
			p.size = min(p.size*2, p.most)
		}
		return err
	}
}
