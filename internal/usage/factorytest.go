package usage

import (
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/event"
	"github.com/simstead/simstead/internal/sim"
)

// factoryTest is what a SIM used before it was activated: free of charge, up to a little.
type factoryTest struct {
	holder     // the SIM of an organisation
	bytes, sms int64
}

// What a SIM may use in a factory test; the last byte or SMS of either activates it.
const (
	testBytes = 100_000
	testSMS   = 10
)

func (s *subscriber) inFactoryTest() bool { return s.simStatus == sim.FactoryTest }

var lookupTest = db.NewLookup("k_organisation bigint, k_sim bigint", `SELECT organisation_id, sim_id, bytes, sms FROM factory_test
	WHERE organisation_id = $1 AND sim_id = $2`)

func (l *ledger) readTests(wanted map[holder]bool) []db.Read {
	if len(wanted) == 0 {
		return nil
	}
	keys := lookupTest.New()
	for h := range wanted {
		keys.Int(h.organisation, h.id)
	}
	return []db.Read{{Bulk: lookupTest, Keys: keys, Each: func(_ int, r *db.Row) {
		t := factoryTest{holder: holder{r.Int(), r.Int()}, bytes: r.Int(), sms: r.Int()}
		l.tests[t.holder] = &t
	}}}
}

var insertTest = db.NewInsert("factory_test", "organisation_id bigint, sim_id bigint, bytes bigint, sms bigint",
	"ON CONFLICT (organisation_id, sim_id) DO UPDATE SET bytes = excluded.bytes, sms = excluded.sms")

func storeTests(tx *db.Tx, tests []factoryTest) error {
	rows := insertTest.New()
	for _, t := range tests {
		rows.Int(t.organisation, t.id, t.bytes, t.sms)
	}
	return tx.Insert(rows)
}

// untested is how many bytes of its factory test a SIM may be granted at once, as its use is free up to the report that ends
// the test. least is for a session whose other services hold the rest.
func (w *work) untested(sub *subscriber, held, least int64) int64 {
	left := testBytes - held
	if t := w.ledger.tests[holder{sub.organisation, sub.sim}]; t != nil {
		left -= t.bytes
	}
	return max(left, least)
}

// test counts use in a factory test and activates the SIM when it is over. What was used so far stays free.
func (w *work) test(sub *subscriber, at, bytes, sms int64) error {
	t := w.ledger.tests[holder{sub.organisation, sub.sim}]
	t.bytes, t.sms = t.bytes+bytes, t.sms+sms
	w.ledger.tested[t] = true
	if t.bytes < testBytes && t.sms < testSMS {
		return nil
	}
	card, err := sim.Load(w.tx, sub.sim)
	if err != nil || card.Status != sim.FactoryTest {
		return err
	}
	if err := w.ledger.putPools(w.tx); err != nil { // the activation adds to them
		return err
	}
	if err := card.ActivateByUse(w.tx, w.now); err != nil {
		return err
	}
	reason := "The data of the factory test is used up"
	if t.sms >= testSMS {
		reason = "The SMS of the factory test are used up"
	}
	w.notices = append(w.notices, notice{sub: sub, at: at, kind: event.SIMActivatedByUse, text: "SIM was activated: " + reason + ".", detail: sim.ActivationDetail(reason)})
	t.bytes, t.sms = 0, 0
	active := *sub // the one in memory is shared
	active.simStatus = sim.Activated
	w.subscribers[sub.imsi] = &active
	return nil
}
