package db

// Tx is a running transaction. It is good only inside the function that Write called.
type Tx struct {
	conn  txConn
	heads map[int64]*Head
	was   map[int64]Head
	spare func(organisation int64) int64
}

// txConn is the driver's side of a transaction.
type txConn interface {
	Queryer
	exec(query string, args ...any) (int64, error)
	insert(rows *Rows) error // may be put off until the next query or the commit
	lookup(read Read) error
}

func newTx(conn txConn, heads []Head) *Tx {
	tx := &Tx{conn: conn, heads: make(map[int64]*Head, len(heads)), was: make(map[int64]Head, len(heads))}
	for i := range heads {
		tx.heads[heads[i].Organisation] = &heads[i]
		tx.was[heads[i].Organisation] = heads[i]
	}
	return tx
}

// Head returns the locked head of an organisation, nil when the organisation does not exist.
func (t *Tx) Head(organisation int64) *Head { return t.heads[organisation] }

// Each implements Queryer: it sees what the transaction wrote so far.
func (t *Tx) Each(fn func(*Row), query string, args ...any) error {
	return t.conn.Each(fn, query, args...)
}

// Lookup answers a bulk query; it sees what the transaction wrote so far.
func (t *Tx) Lookup(read Read) error { return t.conn.lookup(read) }

// Exec runs a statement and returns how many rows it touched.
func (t *Tx) Exec(query string, args ...any) (int64, error) { return t.conn.exec(query, args...) }

// Insert stores bulk rows. On PostgreSQL it travels with the next query or the commit.
func (t *Tx) Insert(rows *Rows) error {
	if rows.Len() == 0 {
		return nil
	}
	return t.conn.insert(rows)
}

// CreateHead makes the head of a new organisation and holds it.
func (t *Tx) CreateHead(organisation int64) error {
	_, err := t.Exec(`INSERT INTO organisation_head (organisation_id, position, recorded_day, config_version, log_next, log_end)
		VALUES ($1, 0, 0, 1, 0, 0)`, organisation)
	h := Head{Organisation: organisation, ConfigVersion: 1}
	t.was[organisation] = h
	h.spare = t.spare(organisation)
	t.heads[organisation] = &h
	return err
}

// short lists the organisations that need new log ids now or soon, so that one more run serves them all.
func (t *Tx) short() (out []int64) {
	for organisation, h := range t.heads {
		spare := t.spare(organisation)
		if h.logEnd-h.logNext < logBlock/64 && (spare == 0 || spare < h.logEnd) {
			out = append(out, organisation)
		}
	}
	return out
}

// changed lists the heads that fn moved.
func (t *Tx) changed() []Head {
	var out []Head
	for organisation, h := range t.heads {
		now := *h
		now.spare = 0
		if now != t.was[organisation] {
			out = append(out, now)
		}
	}
	return out
}

var updateHeads = NewInsert("organisation_head",
	"organisation_id bigint, position bigint, recorded_day bigint, config_version bigint, log_next bigint, log_end bigint",
	`ON CONFLICT (organisation_id) DO UPDATE SET position = excluded.position, recorded_day = excluded.recorded_day,
		config_version = excluded.config_version, log_next = excluded.log_next, log_end = excluded.log_end`)

// storeHeads writes the moved heads; the driver calls it last.
func (t *Tx) storeHeads() error {
	rows := updateHeads.New()
	for _, h := range t.changed() {
		rows.Int(h.Organisation, h.Position, h.RecordedDay, h.ConfigVersion, h.logNext, h.logEnd)
	}
	return t.Insert(rows)
}

const selectHeads = `SELECT organisation_id, position, recorded_day, config_version, log_next, log_end FROM organisation_head`

func scanHead(r *Row) Head {
	return Head{Organisation: r.Int(), Position: r.Int(), RecordedDay: r.Int(), ConfigVersion: r.Int(), logNext: r.Int(), logEnd: r.Int()}
}
