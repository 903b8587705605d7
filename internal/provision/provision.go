package provision

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/network"
	"github.com/simstead/simstead/internal/stream"
	"github.com/simstead/simstead/internal/tariff"
)

// Provisioner applies files to a database.
type Provisioner struct {
	DB     *db.DB
	Clock  clock.Clock
	Out    io.Writer // gets a line for each thing made or found
	DryRun bool      // only says what would be made

	Destinations map[string]stream.Destination // of data streams, by connection type
	Streams      stream.Store
}

// run is one application of a file.
type run struct {
	*Provisioner
	file       *File
	operator   account.Organisation
	currencies map[string]int64 // by code
	plmns      network.PLMNs
	tariffs    map[string]int64 // by name; 0: not made yet
	prices     []tariff.Tariff  // of the file, in its order
	planned    []*planned       // organisations of the file, in its order
	wrong      []error
}

// Apply makes what the file names and is not there. When anything in the file is wrong it makes nothing.
func (p *Provisioner) Apply(ctx context.Context, f *File) error {
	r := &run{Provisioner: p, file: f, tariffs: map[string]int64{}}
	if err := p.DB.Read(ctx, r.load); err != nil {
		return err
	}
	r.checkTariffs()
	r.checkOrganisations()
	if len(r.wrong) > 0 { // what follows relies on names that are right
		return errors.Join(r.wrong...)
	}
	if err := r.compare(ctx); err != nil {
		return err
	}
	if len(r.wrong) > 0 {
		return errors.Join(r.wrong...)
	}
	if err := r.makeTariffs(ctx); err != nil {
		return fmt.Errorf("tariffs: %w", err)
	}
	for i, o := range r.planned {
		if err := r.makeOrganisation(ctx, o); err != nil {
			return fmt.Errorf("%s: %w", place("organisations", i, o.Name), err)
		}
	}
	if p.DryRun {
		r.say("nothing was changed")
	}
	return nil
}

// load reads what the file is held against.
func (r *run) load(q db.Queryer) error {
	operators, err := db.All(q, db.Int, `SELECT id FROM organisation WHERE type_id = $1 ORDER BY id`, account.Operator)
	if err != nil {
		return err
	}
	if len(operators) == 0 {
		return errors.New("there is no operator organisation yet: start simstead serve, which prints a setup token, and POST it to /api/v1/setup")
	}
	if r.operator, err = account.Get(q, operators[0]); err != nil {
		return err
	}
	currencies, err := network.Currencies(q)
	if err != nil {
		return err
	}
	r.currencies = map[string]int64{"": 0}
	for _, c := range currencies {
		r.currencies[c.Code] = c.ID
	}
	if r.plmns, err = network.LoadPLMNs(q); err != nil {
		return err
	}
	return r.loadTariffs(q)
}

// loadTariffs reads the operator's tariffs by name; of two with the same, the older one counts.
func (r *run) loadTariffs(q db.Queryer) error {
	return q.Each(func(row *db.Row) { id := row.Int(); r.tariffs[row.Text()] = id },
		`SELECT id, name FROM tariff WHERE organisation_id = $1 AND status_id <> $2 ORDER BY id DESC`, r.operator.ID, tariff.Deleted)
}

func (r *run) bad(at, format string, args ...any) {
	r.wrong = append(r.wrong, fmt.Errorf("%s: %w", at, fmt.Errorf(format, args...)))
}

func (r *run) say(format string, args ...any) { fmt.Fprintf(r.Out, format+"\n", args...) }

func (r *run) found(format string, args ...any) { r.say("found  "+format, args...) }

func (r *run) made(format string, args ...any) {
	if r.DryRun {
		r.say("would make  "+format, args...)
		return
	}
	r.say("made   "+format, args...)
}
