package tag

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/value"
)

// Color is a colour that a tag can have.
type Color struct {
	ID          value.ID `json:"id"`
	HexColor    string   `json:"hex_color" doc:"#RRGGBB"`
	Description string   `json:"description"`
}

// Colors is the look-up of colours, by id from 1.
func Colors() []Color {
	return []Color{
		{1, "#1F77B4", "Blue"}, {2, "#2CA02C", "Green"}, {3, "#D62728", "Red"}, {4, "#FF7F0E", "Orange"}, {5, "#9467BD", "Purple"},
		{6, "#8C564B", "Brown"}, {7, "#E377C2", "Pink"}, {8, "#7F7F7F", "Grey"}, {9, "#BCBD22", "Olive"}, {10, "#17BECF", "Cyan"},
	}
}

// ColorRef names a colour.
type ColorRef struct {
	ID value.ID `json:"id"`
}

// Tag is a tag as the API shows it.
type Tag struct {
	ID            value.ID `json:"id"`
	Name          string   `json:"name"`
	ResourceCount int64    `json:"resource_count" doc:"Endpoints that have it."`
	Color         ColorRef `json:"tag_color"`
}

// Made is a tag as its creation answers it.
type Made struct {
	ID    value.ID `json:"id"`
	Name  string   `json:"name"`
	Color ColorRef `json:"tag_color"`
}

// Fields are what clients may say of a tag. A field that is absent stays as it is.
type Fields struct {
	Name  value.Opt[string]    `json:"name" doc:"At most 128 characters; no other tag of the organisation has it, in any case."`
	Color value.Opt[value.Ref] `json:"color" doc:"By default any."`
}

const maxName = 128 // characters

// row is a tag as it is stored.
type row struct {
	id    int64
	name  string
	color int64
}

// read puts the fields into the row and says what is wrong with them.
func (t *row) read(f Fields) (wrong []*fault.Error) {
	if f.Name.Set {
		t.name = strings.TrimSpace(f.Name.Value)
		wrong = fault.RequiredText("Tag", "name", t.name, maxName)
	}
	if id := int64(f.Color.Value.ID.Value); f.Color.Has() && f.Color.Value.ID.Has() {
		if t.color = id; id < 1 || id > int64(len(Colors())) {
			wrong = append(wrong, fault.New(fault.InvalidReference, "Tag - color %d does not exist", id))
		}
	}
	return wrong
}

// taken tells whether another tag of the organisation has the name.
func (t *row) taken(tx *db.Tx, organisation int64) (bool, error) {
	_, err := db.One(tx, db.Int, `SELECT id FROM tag WHERE organisation_id = $1 AND LOWER(name) = LOWER($2) AND id <> $3`, organisation, t.name, t.id)
	if errors.Is(err, db.ErrNone) {
		return false, nil
	}
	return err == nil, err
}

func (t *row) duplicate() *fault.Error {
	return fault.New(fault.Duplicated, "Tag - there is one named %s already", t.name)
}

// Create makes a tag. tx holds the organisation's head; the id comes from db.NextID of the kind "tag". A name that is taken is
// a conflict.
func Create(tx *db.Tx, organisation, id int64, f Fields) (Made, error) {
	f.Name.Set = true
	t := row{id: id, color: 1 + rand.Int64N(int64(len(Colors())))}
	if err := fault.Invalid(t.read(f)...); err != nil {
		return Made{}, err
	}
	taken, err := t.taken(tx, organisation)
	if err == nil && taken {
		err = t.duplicate()
	}
	if err != nil {
		return Made{}, err
	}
	_, err = tx.Exec(`INSERT INTO tag (organisation_id, id, name, color_id) VALUES ($1, $2, $3, $4)`, organisation, id, t.name, t.color)
	if err != nil {
		return Made{}, fmt.Errorf("create tag: %w", err)
	}
	return Made{ID: value.ID(id), Name: t.name, Color: ColorRef{value.ID(t.color)}}, nil
}

// Change changes what is given of a tag. A name that is taken is an error of the field: the contract has no conflict here.
func Change(tx *db.Tx, organisation, id int64, f Fields) error {
	t, err := db.One(tx, func(r *db.Row) row { return row{r.Int(), r.Text(), r.Int()} },
		`SELECT id, name, color_id FROM tag WHERE organisation_id = $1 AND id = $2`, organisation, id)
	if errors.Is(err, db.ErrNone) {
		return fault.Missing("Tag", id)
	}
	if err != nil {
		return fmt.Errorf("read tag: %w", err)
	}
	wrong := t.read(f)
	if taken, err := t.taken(tx, organisation); err != nil {
		return err
	} else if taken {
		wrong = append(wrong, t.duplicate())
	}
	if err := fault.Invalid(wrong...); err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE tag SET name = $1, color_id = $2 WHERE organisation_id = $3 AND id = $4`, t.name, t.color, organisation, id)
	return err
}

// Delete removes tags, all or none, from their endpoints too. An unknown one is missing.
func Delete(tx *db.Tx, organisation int64, ids ...int64) error {
	for _, id := range ids {
		n, err := tx.Exec(`DELETE FROM tag WHERE organisation_id = $1 AND id = $2`, organisation, id)
		if err == nil && n == 0 {
			err = fault.Missing("Tag", id)
		}
		if err == nil {
			_, err = tx.Exec(`DELETE FROM endpoint_tag WHERE organisation_id = $1 AND tag_id = $2`, organisation, id)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
