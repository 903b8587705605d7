package sim

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/event"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/value"
)

// MaxMigration is how many SIMs one migration may move.
const MaxMigration = 500

// Migration asks for SIMs to be moved to another workspace. Exactly one of the first three says which.
type Migration struct {
	SIMs       []value.Ref     `json:"sims" maxItems:"500"`
	ICCIDs     []string        `json:"iccids" maxItems:"500" doc:"19 digits each, or 20 with the check digit."`
	Range      *ICCIDRange     `json:"iccid_range"`
	Allowed    []value.Ref     `json:"allowed_sim_statuses" doc:"Only SIMs in one of these statuses may be moved; by default in any."`
	DryRun     value.Opt[bool] `json:"dry_run" doc:"Only say what would be moved: true by default."`
	Target     value.Ref       `json:"target_workspace" required:"true" doc:"An enterprise that the user administers."`
	AutoDetach bool            `json:"auto_detach_devices" doc:"Take SIMs from their endpoints, which is refused otherwise."`
}

// ICCIDRange are all ICCIDs of 19 digits from one to another.
type ICCIDRange struct {
	Start string `json:"start" required:"true"`
	End   string `json:"end" required:"true"`
}

// Dry tells whether nothing is to be moved.
func (m Migration) Dry() bool { return !m.DryRun.Has() || m.DryRun.Value }

// Moved is a SIM of a migration, as it was before.
type Moved struct {
	ID            value.ID        `json:"id"`
	ICCID         string          `json:"iccid"`
	ICCIDWithLuhn string          `json:"iccid_with_luhn"`
	Endpoint      *value.Named    `json:"endpoint"`
	Status        value.Described `json:"status"`
	Source        value.Named     `json:"source_workspace"`
}

// Migrated is what a migration did, or would do.
type Migrated struct {
	Count      int               `json:"sim_count"`
	DryRun     bool              `json:"dry_run"`
	Allowed    []value.Described `json:"allowed_sim_statuses" nullable:"false"`
	Target     value.Named       `json:"target_workspace"`
	AutoDetach bool              `json:"auto_detach_devices"`
	SIMs       []Moved           `json:"sims" nullable:"false"`
}

// The contract's codes of what keeps SIMs from being moved.
const (
	codeAttached = 1502
	codeStatus   = 1503
	codeNoAdmin  = 1504
	codeBrazil   = 1505
)

// Obstacle is what keeps some SIMs from being moved.
type Obstacle struct {
	Code    int     `json:"error_code"`
	Message string  `json:"message"`
	SIMs    []Moved `json:"sims" nullable:"false"`
}

// Obstacles is the error of SIMs that cannot be moved: all that is in the way.
type Obstacles struct {
	Status  int        `json:"status_code"`
	Message string     `json:"message"`
	Errors  []Obstacle `json:"errors"`
}

// Error implements error.
func (o *Obstacles) Error() string { return o.Message }

// Select finds the SIMs that a migration names. A user sees those of organisations that it is a user of.
func (m Migration) Select(q db.Queryer, user int64) ([]int64, error) {
	given := 0
	for _, is := range []bool{len(m.SIMs) > 0, len(m.ICCIDs) > 0, m.Range != nil} {
		if is {
			given++
		}
	}
	switch {
	case given != 1:
		return nil, fault.New(fault.BadRequest, "exactly one of sims, iccids and iccid_range is required")
	case len(m.SIMs) > MaxMigration || len(m.ICCIDs) > MaxMigration:
		return nil, tooMany()
	case m.Range != nil:
		return m.Range.find(q, user)
	}
	ids, seen := []int64{}, map[int64]bool{}
	add := func(id int64) {
		if !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	for _, ref := range m.SIMs {
		add(int64(ref.ID.Value))
	}
	for _, text := range m.ICCIDs {
		iccid, _ := withoutLuhn(strings.TrimSpace(text))
		id, err := db.One(q, db.Int, `SELECT sim_id FROM iccid_route WHERE iccid = $1`, iccid)
		if errors.Is(err, db.ErrNone) {
			return nil, fault.Missing("SIM with ICCID", text)
		}
		if err != nil {
			return nil, err
		}
		add(id)
	}
	return ids, nil
}

func tooMany() error {
	return fault.New(fault.BadRequest, "at most %d SIMs can be moved at once", MaxMigration)
}

func (r ICCIDRange) find(q db.Queryer, user int64) ([]int64, error) {
	if len(r.Start) != iccidDigits || len(r.End) != iccidDigits || !digits(r.Start) || !digits(r.End) || r.Start > r.End {
		return nil, fault.New(fault.BadRequest, "iccid_range: two ICCIDs of %d digits in order expected", iccidDigits)
	}
	ids, err := db.All(q, db.Int, `SELECT i.sim_id FROM iccid_route i JOIN account_user u ON u.organisation_id = i.organisation_id AND u.id = $3
		WHERE i.iccid >= $1 AND i.iccid <= $2 ORDER BY i.iccid LIMIT $4`, r.Start, r.End, user, MaxMigration+1)
	switch {
	case err != nil:
		return nil, fmt.Errorf("find SIMs of a range: %w", err)
	case len(ids) > MaxMigration:
		return nil, tooMany()
	case len(ids) == 0:
		return nil, fault.Missing("SIM with ICCID", r.Start)
	}
	return ids, nil
}

// Migrate moves the SIMs of a migration for a user who administers both sides, or only says what it would do. tx holds the
// heads of all owners and of the target. moving is called before a SIM leaves its owner. What keeps SIMs from being moved is
// an *Obstacles.
func (m Migration) Migrate(tx *db.Tx, now, user int64, cards []*Card, moving Moving) (*Migrated, error) {
	to, name, err := m.target(tx, user)
	if err != nil {
		return nil, err
	}
	sims, err := m.check(tx, user, cards, to)
	if err != nil {
		return nil, err
	}
	done := &Migrated{
		Count: len(sims), DryRun: m.Dry(), Target: value.Named{ID: value.ID(to.customer), Name: name}, AutoDetach: m.AutoDetach, SIMs: sims,
		Allowed: []value.Described{},
	}
	for _, ref := range m.Allowed {
		done.Allowed = append(done.Allowed, Status(int64(ref.ID.Value)))
	}
	if m.Dry() {
		return done, nil
	}
	return done, m.move(tx, now, user, cards, to, moving)
}

// target is who holds the SIMs afterwards.
func (m Migration) target(tx *db.Tx, user int64) (to parts, name string, err error) {
	id := int64(m.Target.ID.Value)
	parent, parentType, above := int64(0), int64(0), int64(0)
	err = tx.Each(func(r *db.Row) {
		to.customer, name, parent, parentType, above = id, r.Text(), r.Int(), r.Int(), r.Int()
	}, `SELECT o.name, o.parent_id, p.type_id, p.parent_id FROM organisation o JOIN organisation p ON p.id = o.parent_id
		WHERE o.id = $1 AND o.type_id = $2`, id, enterpriseType)
	if err != nil {
		return to, name, err
	}
	role, err := roleIn(tx, user, id)
	if err == nil && (to.customer == 0 || role != administrator) {
		err = fault.Missing("Workspace", id)
	}
	if to.issuer = parent; parentType == resellerType {
		to.issuer, to.reseller = above, parent
	}
	return to, name, err
}

const administrator = 1 // role id

// Workspaces are the organisations that a user is in.
func Workspaces(q db.Queryer, user int64) (map[int64]bool, error) {
	ids, err := db.All(q, db.Int, `SELECT organisation_id FROM account_user WHERE id = $1 AND status_id = 1`, user)
	set := make(map[int64]bool, len(ids))
	for _, id := range ids {
		set[id] = true
	}
	return set, err
}

// roleIn is the role of a user in an organisation, 0 for none.
func roleIn(q db.Queryer, user, organisation int64) (int64, error) {
	role, err := db.One(q, db.Int, `SELECT role_id FROM account_user WHERE organisation_id = $1 AND id = $2 AND status_id = 1`, organisation, user)
	if errors.Is(err, db.ErrNone) {
		return 0, nil
	}
	return role, err
}

// check says what is in the way, and shows the SIMs.
func (m Migration) check(tx *db.Tx, user int64, cards []*Card, to parts) ([]Moved, error) {
	country, err := db.One(tx, db.Text, `SELECT COALESCE(c.iso_code, '') FROM organisation o LEFT JOIN country c ON c.id = o.country_id WHERE o.id = $1`, to.customer)
	if err != nil {
		return nil, err
	}
	allowed := map[int64]bool{}
	for _, ref := range m.Allowed {
		allowed[int64(ref.ID.Value)] = true
	}
	found, sims, roles := map[int][]Moved{}, []Moved{}, map[int64]int64{}
	for _, c := range cards {
		role, known := roles[c.Owner()]
		if !known {
			if role, err = roleIn(tx, user, c.Owner()); err != nil {
				return nil, err
			}
			roles[c.Owner()] = role
		}
		if role == 0 || c.Issuer != to.issuer { // of somebody else's, who must stay unknown
			return nil, fault.Missing("SIM", c.ID)
		}
		s, err := c.moved(tx)
		if err != nil {
			return nil, err
		}
		sims = append(sims, s)
		for code, broken := range map[int]bool{
			codeAttached: c.Endpoint != 0 && !m.AutoDetach,
			codeStatus:   len(allowed) > 0 && !allowed[c.Status] || c.Status == Deleted,
			codeNoAdmin:  role != administrator,
			codeBrazil:   strings.HasPrefix(c.IMSI, brazil) && !strings.EqualFold(country, "BR"),
		} {
			if broken {
				found[code] = append(found[code], s)
			}
		}
	}
	if len(found) == 0 {
		return sims, nil
	}
	o := &Obstacles{Status: 409, Message: "some SIMs cannot be moved"}
	for _, code := range slices.Sorted(maps.Keys(found)) {
		o.Errors = append(o.Errors, Obstacle{Code: code, Message: obstacle(code), SIMs: found[code]})
	}
	return nil, o
}

// brazil is the mobile country code of SIMs that may not leave the country's organisations.
const brazil = "724"

func obstacle(code int) string {
	return map[int]string{
		codeAttached: "the SIM is at an endpoint: auto_detach_devices takes it from there",
		codeStatus:   "the status of the SIM is not one of the allowed ones",
		codeNoAdmin:  "the user does not administer the workspace that has the SIM",
		codeBrazil:   "a Brazilian SIM can only be moved to a Brazilian workspace",
	}[code]
}

func (c *Card) moved(q db.Queryer) (Moved, error) {
	s := Moved{ID: value.ID(c.ID), ICCID: c.ICCID, ICCIDWithLuhn: WithLuhn(c.ICCID), Status: Status(c.Status), Source: value.Named{ID: value.ID(c.Owner())}}
	err := q.Each(func(r *db.Row) {
		s.Source.Name = r.Text()
		if c.Endpoint != 0 {
			s.Endpoint = &value.Named{ID: value.ID(c.Endpoint), Name: r.Text()}
		}
	}, `SELECT o.name, e.name FROM organisation o LEFT JOIN endpoint e ON e.organisation_id = o.id AND e.id = $2 WHERE o.id = $1`, c.Owner(), c.Endpoint)
	return s, err
}

// move does it: active SIMs are suspended, which their old owner hears of, and both sides learn of the migration.
func (m Migration) move(tx *db.Tx, now, user int64, cards []*Card, to parts, moving Moving) error {
	leaving := map[int64]*Moves{}
	counts := map[int64]int{}
	for _, c := range cards {
		from := c.Owner()
		if from == to.customer {
			continue
		}
		if err := moving(c.ID, from, to.customer); err != nil {
			return err
		}
		if leaving[from] == nil {
			leaving[from] = NewMoves(now, user, from)
		}
		counts[from]++
		leaving[from].Release(c)
		if c.Status == Activated {
			if err := leaving[from].SetStatus(c, Suspended); err != nil {
				return err
			}
		}
	}
	arrived := 0
	for from, moves := range leaving {
		moves.Tell(migration(now, user, from, fmt.Sprintf("%d SIMs were moved to workspace %d", counts[from], to.customer)))
		if err := moves.Store(tx, nil); err != nil {
			return err
		}
		arrived += counts[from]
	}
	if arrived == 0 {
		return nil
	}
	if err := TransferMany(tx, now, user, cards, to.issuer, to.reseller, to.customer); err != nil {
		return err
	}
	return event.Append(tx, now, migration(now, user, to.customer, fmt.Sprintf("%d SIMs were moved here from other workspaces", arrived)))
}

func migration(now, user, organisation int64, text string) event.Event {
	return event.Event{Organisation: organisation, Time: now, Type: event.SIMMigration, Description: text, User: user}
}
