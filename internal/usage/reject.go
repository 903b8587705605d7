package usage

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/value"
)

// Reject is a report that could not become usage: nobody's IMSI, or something no record can hold. It was answered, so
// the gateway will not send it again; an operator can replay it once the reason is gone.
type Reject struct {
	ID       value.ID        `json:"id"`
	Received value.EventTime `json:"received_at"`
	Reason   string          `json:"reason"`
	IMSI     string          `json:"imsi"`
	NAS      string          `json:"nas"`
	Report   json.RawMessage `json:"report"`
}

var insertReject = db.NewInsert("usage_reject", `fingerprint text, id bigint, received_at bigint, reason text, imsi text,
	nas text, report text, replayed_at bigint`, "ON CONFLICT (fingerprint) DO NOTHING")

// setAside keeps reports in the reject table and answers them. The same report is kept once.
func (f *Flow) setAside(ctx context.Context, batch []item, reason string) {
	for _, it := range batch {
		it.fail(reason)
	}
	err := f.keepRejects(ctx, batch, reason)
	if err != nil {
		f.Log.Error("reports could not be set aside; their gateways will send them again", "reports", len(batch), "error", err)
	} else {
		f.Counters.Rejects.Add(int64(len(batch)))
		f.Log.Warn("reports were set aside", "reports", len(batch), "reason", reason, "imsi", batch[0].IMSI, "nas", batch[0].NAS)
		for _, it := range batch {
			if it.aside != nil {
				it.aside()
			}
		}
	}
	f.answer(batch, err)
}

func (f *Flow) keepRejects(ctx context.Context, batch []item, reason string) error {
	first, err := f.DB.NextIDs(ctx, "usage_reject", 0, int64(len(batch)))
	if err != nil {
		return err
	}
	rows := insertReject.New()
	seen := map[string]bool{}
	for i, it := range batch {
		report, err := it.json()
		if err != nil {
			return err
		}
		if print := it.fingerprint(); !seen[print] {
			seen[print] = true
			rows.Text(print).Int(first+int64(i), it.Received).Text(reason, it.IMSI, it.NAS, string(report)).Int(0)
		}
	}
	return f.DB.Write(ctx, nil, func(tx *db.Tx) error { return tx.Insert(rows) })
}

// fail answers a request that cannot be taken, unless it has an answer for whoever nobody is.
func (it item) fail(reason string) {
	switch {
	case it.credit != nil && it.answer.Result != UnknownUser && it.answer.Result != UnknownSession:
		*it.answer = answerAll(it.credit, Failed, reason)
	case it.policy != nil:
		*it.quality = PolicyAnswer{Result: Failed, Reason: reason}
	}
}

// json is the report or the request for credit as it is kept.
func (it item) json() ([]byte, error) {
	if it.credit != nil {
		return json.Marshal(it.credit)
	}
	return json.Marshal(it.Report)
}

// fingerprint is the same for a report that is sent again, whenever it arrives and by whatever way.
func (it item) fingerprint() string {
	r := it.Report
	r.Received, r.Peer = 0, ""
	text := fmt.Appendf(nil, "%+v", r)
	if it.credit != nil {
		text = fmt.Appendf(text, " %d %d", it.credit.Type, it.credit.Number)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// Rejects lists what waits to be replayed, oldest first.
func Rejects(q db.Queryer, limit int64) ([]Reject, error) { return waiting(q, "", 0, limit) }

// waiting lists the rejects of an IMSI ("" = all) that follow an id.
func waiting(q db.Queryer, imsi string, after, limit int64) ([]Reject, error) {
	return db.All(q, func(r *db.Row) Reject {
		return Reject{
			ID: value.ID(r.Int()), Received: value.EventTime(r.Int()), Reason: r.Text(), IMSI: r.Text(), NAS: r.Text(),
			Report: json.RawMessage(r.Text()),
		}
	}, `SELECT id, received_at, reason, imsi, nas, report FROM usage_reject
		WHERE replayed_at = 0 AND id > $1 AND ($2 = '' OR imsi = $2) ORDER BY id LIMIT $3`, after, imsi, limit)
}

const replayPage = 1000

// Replay sends what was set aside through the flow again, oldest first, and returns how many became usage. What fails
// again stays where it is.
func (f *Flow) Replay(ctx context.Context, imsi string) (replayed int, err error) {
	for last := int64(0); ; {
		var page []Reject
		err := f.DB.Read(ctx, func(q db.Queryer) (err error) {
			page, err = waiting(q, imsi, last, replayPage)
			return err
		})
		if err != nil || len(page) == 0 {
			return replayed, err
		}
		for _, reject := range page {
			ok, err := f.replay(ctx, reject)
			if err != nil {
				return replayed, err
			}
			if ok {
				replayed++
			}
			last = int64(reject.ID)
		}
	}
}

func (f *Flow) replay(ctx context.Context, reject Reject) (bool, error) {
	var c Credit
	if err := json.Unmarshal(reject.Report, &c); err != nil {
		return false, fmt.Errorf("reject %d: %w", reject.ID, err)
	}
	r := c.Report
	found, err := f.find(ctx, []string{r.IMSI})
	if err != nil || found[r.IMSI] == nil {
		return false, err
	}
	again := false
	result := make(chan error, 1)
	it := item{Report: r, done: func(err error) { result <- err }, aside: func() { again = true }}
	if c.Type != 0 {
		it.credit, it.answer = &c, &Answer{}
	}
	if !f.submit(it) {
		return false, errors.New("too much is waiting: try again later")
	}
	select {
	case err = <-result:
	case <-ctx.Done():
		return false, ctx.Err()
	}
	if err != nil || again {
		return false, err
	}
	return true, f.DB.Write(ctx, nil, func(tx *db.Tx) error {
		_, err := tx.Exec(`UPDATE usage_reject SET replayed_at = $1 WHERE id = $2`, f.Clock.Micros(), int64(reject.ID))
		return err
	})
}
