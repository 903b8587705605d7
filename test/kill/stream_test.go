package kill

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/test/rig"
)

// subscription is a data stream of an organisation to a receiver that remembers the ids of what came.
type subscription struct {
	organisation int64
	stream       string // its id, where it is known
	kind         string // events, usage or both
	receiver     *rig.Receiver
	from         int64 // position it started at
}

// subscribe makes a stream of events and one of usage for either enterprise.
func subscribe(t *testing.T, site *rig.Site) (all []*subscription) {
	customer, err := site.Token(rig.CustomerToken)
	check(t, err)
	other, log, err := site.Run("token", "create", "--organisation", "4")
	if err != nil {
		t.Fatalf("token create: %v\n%s", err, log)
	}
	for organisation, token := range map[int64]string{3: customer, 4: strings.TrimSpace(other)} {
		client := &rig.Client{URL: site.URL(), Token: token}
		for _, kind := range []string{"events", "usage"} {
			s := &subscription{organisation: organisation, kind: kind}
			s.receiver, err = rig.NewReceiver()
			check(t, err)
			t.Cleanup(s.receiver.Close)
			s.receiver.Slim = true
			check(t, site.Read(func(q db.Queryer) error {
				s.from, err = db.One(q, db.Int, `SELECT COALESCE(MAX(position), 0) FROM organisation_head WHERE organisation_id = $1`, organisation)
				return err
			}))
			_, err = client.Stream(kind, s.receiver.URL())
			check(t, err)
			all = append(all, s)
		}
	}
	return all
}

// logged is what the stream has to bring: the ids of its log, in order of position.
func (s *subscription) logged(t *testing.T, site *rig.Site) (ids []int64) {
	check(t, site.Read(func(q db.Queryer) error {
		for _, table := range s.tables() {
			some, err := db.All(q, db.Int, `SELECT id FROM `+table+` WHERE organisation_id = $1 AND position > $2`, s.organisation, s.from)
			if err != nil {
				return err
			}
			ids = append(ids, some...)
		}
		return nil
	}))
	slices.Sort(ids) // they grow with the position
	return ids
}

func (s *subscription) tables() []string {
	return map[string][]string{"events": {"event"}, "usage": {"usage_record"}, "both": {"event", "usage_record"}}[s.kind]
}

// settle waits until the last record of the log has come.
func (s *subscription) settle(t *testing.T, site *rig.Site) {
	ids := s.logged(t, site)
	if len(ids) == 0 {
		t.Fatalf("organisation %d has no %s", s.organisation, s.kind)
	}
	last := ids[len(ids)-1]
	if !s.receiver.Await(30*time.Second, func(all []rig.Arrival) bool { return len(all) > 0 && all[len(all)-1].ID == last }) {
		t.Errorf("%s of organisation %d: the last record has not come", s.kind, s.organisation)
	}
}

// compare checks that each record came, in order, and that repeats are those of a batch that was in flight at a kill: the
// stream goes back over what came already, at most once a kill, and then on without a gap.
func (s *subscription) compare(t *testing.T, site *rig.Site, kills int) {
	ids := s.logged(t, site)
	place := make(map[int64]int, len(ids))
	for i, id := range ids {
		place[id] = i
	}
	arrivals := s.receiver.Arrivals()
	next, last, backwards := 0, -1, 0
	for _, a := range arrivals {
		at, known := place[a.ID]
		if !known {
			t.Fatalf("%s: record %d came and is not in the log", s, a.ID)
		}
		switch {
		case at > next:
			t.Fatalf("%s: record %d came before %d, which stands before it in the log", s, a.ID, ids[next])
		case at != last+1 && at > last:
			t.Errorf("%s: record %d came after %d: repeats have a gap", s, a.ID, ids[last])
		case at <= last:
			backwards++
		}
		last, next = at, max(next, at+1)
	}
	if next != len(ids) {
		t.Errorf("%s: %d records are in the log, %d came", s, len(ids), next)
	}
	if backwards > kills {
		t.Errorf("%s: the stream went back %d times", s, backwards)
	}
	t.Logf("%s: %d records in the log, %d arrivals, went back %d times", s, len(ids), len(arrivals), backwards)
}

func (s *subscription) String() string {
	return fmt.Sprintf("%s of organisation %d", s.kind, s.organisation)
}
