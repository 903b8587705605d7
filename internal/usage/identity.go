package usage

import (
	"context"
	"fmt"
	"sync"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/session"
)

// identify gives an IMSI to what came without one: that of the SIM with its MSISDN, or of the Diameter session that it
// goes on about, whose name no other session has (RFC 6733 section 8.8).
func (f *Flow) identify(ctx context.Context, batch []item) error {
	for i := range batch {
		it := &batch[i]
		if it.IMSI == "" {
			it.IMSI = it.Class.IMSI // what we sent in the Access-Accept says who is meant
		}
		if it.IMSI != "" {
			continue
		}
		var err error
		if it.IMSI, err = f.imsiOf(ctx, it.MSISDN); err == nil && it.IMSI == "" && it.goesOn() {
			it.IMSI, err = f.named.find(ctx, f.DB, session.Key{NAS: it.NAS, SessionID: it.SessionID})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// goesOn reports whether an item is about a Diameter session that has begun before.
func (it *item) goesOn() bool {
	switch {
	case it.credit != nil:
		return it.credit.Type == Update || it.credit.Type == Terminate
	case it.policy != nil:
		return it.policy.Type == Update || it.policy.Type == Terminate
	}
	return false
}

var lookupMSISDN = db.NewLookup("k_msisdn text", `SELECT s.imsi FROM sim s JOIN imsi_route r ON r.imsi = s.imsi AND r.sim_id = s.id
	WHERE s.msisdn = $1 AND s.msisdn <> '' AND s.status_id <> 3`) // not a deleted one's

// imsiOf is the IMSI of the SIM with an MSISDN; "" when there is none, or more than one.
func (f *Flow) imsiOf(ctx context.Context, msisdn string) (string, error) {
	if msisdn == "" {
		return "", nil
	}
	var found []string
	err := f.DB.Lookup(ctx, db.Read{Bulk: lookupMSISDN, Keys: lookupMSISDN.New().Text(msisdn), Each: func(_ int, r *db.Row) {
		found = append(found, r.Text())
	}})
	if err != nil {
		return "", fmt.Errorf("read whose MSISDN it is: %w", err)
	}
	if len(found) != 1 {
		return "", nil
	}
	return found[0], nil
}

// named remembers whose sessions were that were asked about without an identity.
type named struct {
	mu   sync.Mutex
	imsi map[session.Key]string // without the organisation
}

const maxNamed = 50_000

// An organisation's sessions are found by their names, so each organisation is asked.
var lookupNamed = db.NewLookup("k_nas text, k_session text", `SELECT s.imsi FROM organisation_head h CROSS JOIN session s
		WHERE s.organisation_id = h.organisation_id AND s.nas = $1 AND s.acct_session_id = $2
	UNION ALL SELECT p.imsi FROM organisation_head h CROSS JOIN policy_session p
		WHERE p.organisation_id = h.organisation_id AND p.nas = $1 AND p.session_id = $2`)

// find is the IMSI of a session, "" when it is not known.
func (n *named) find(ctx context.Context, d *db.DB, key session.Key) (string, error) {
	n.mu.Lock()
	imsi := n.imsi[key]
	n.mu.Unlock()
	if imsi != "" {
		return imsi, nil
	}
	err := d.Lookup(ctx, db.Read{Bulk: lookupNamed, Keys: lookupNamed.New().Text(key.NAS, key.SessionID), Each: func(_ int, r *db.Row) {
		imsi = r.Text()
	}})
	if err != nil {
		return "", fmt.Errorf("read whose session it is: %w", err)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.imsi == nil || len(n.imsi) >= maxNamed { // what is used comes back
		n.imsi = map[session.Key]string{}
	}
	if imsi != "" {
		n.imsi[key] = imsi
	}
	return imsi, nil
}
