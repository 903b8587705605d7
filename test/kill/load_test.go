package kill

import (
	"context"
	"sync"
	"testing"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/simulate"
	"github.com/simstead/simstead/test/rig"
)

// load is several gateways that report what their devices use and send again what is not answered.
type load struct {
	cancel  context.CancelFunc
	results chan outcome
	running int
	starting
}

// starting waits until gateways are at work: one that finds nobody when it begins gives up.
type starting struct{ sync.WaitGroup }

// watch returns what a gateway is to tell its progress.
func (s *starting) watch() func(simulate.Snapshot) {
	s.Add(1)
	atWork := sync.OnceFunc(s.Done)
	return func(now simulate.Snapshot) {
		if now.Answered > 0 {
			atWork()
		}
	}
}

type outcome struct {
	simulate.Result
	err error
}

// begin lets four gateways work: two serve the first enterprise's devices and two the second's; of each pair, one cuts a
// record with every report and ends sessions, the other reports little and leaves them open.
func begin(t *testing.T, site *rig.Site) *load {
	gateways := []simulate.Load{
		{NAS: "gw-1", IMSIs: devices(t, "262019000000011"), Rate: 120, RecordEvery: true, Interims: 12},
		{NAS: "gw-2", IMSIs: devices(t, "262019000000051"), Rate: 80, Bytes: 7001, Leave: true},
		{NAS: "gw-3", IMSIs: devices(t, "262019000001001"), Rate: 120, RecordEvery: true, Interims: 3},
		{NAS: "gw-4", IMSIs: devices(t, "262019000001051"), Rate: 80, Bytes: 49_999, Leave: true},
	}
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	l := &load{cancel: cancel, results: make(chan outcome, len(gateways)), running: len(gateways)}
	for _, g := range gateways {
		g.Progress = l.watch()
		g.AuthAddr, g.AcctAddr, g.Secret = site.Auth, site.Acct, "testing123"
		g.APN, g.PLMN, g.Account, g.Clock = "internet", "26201", true, clock.System()
		go func() {
			result, err := g.Run(ctx)
			l.results <- outcome{result, err}
		}()
	}
	return l
}

func devices(t *testing.T, first string) []string {
	imsis, err := simulate.Sequence(first, 30)
	check(t, err)
	return imsis
}

// end lets the gateways finish and returns what they know to be acknowledged.
func (l *load) end(t *testing.T) (sessions []simulate.Session) {
	l.cancel()
	for range l.running {
		o := <-l.results
		check(t, o.err)
		if o.Unanswered > 0 {
			t.Errorf("%d sessions have reports that were never answered, though the program runs", o.Unanswered)
		}
		t.Logf("%d reports answered, %d requests lost, %d sessions", o.Answered, o.Lost, len(o.Sessions))
		sessions = append(sessions, o.Sessions...)
	}
	return sessions
}

type name struct{ nas, session string }

// compare holds the database against the gateways: the same sessions, and for each one records plus pending volume are
// what was acknowledged; for those that ended the records alone.
func compare(t *testing.T, site *rig.Site, acknowledged []simulate.Session) {
	stored := map[name]*rig.Session{}
	check(t, site.Read(func(q db.Queryer) error {
		sessions, err := rig.Sessions(q)
		for _, s := range sessions {
			if other := stored[name{s.NAS, s.SessionID}]; other != nil {
				t.Errorf("session %s/%s is there twice: %+v and %+v", s.NAS, s.SessionID, *other, *s)
			}
			stored[name{s.NAS, s.SessionID}] = s
		}
		return err
	}))
	closed := 0
	for _, a := range acknowledged {
		s := stored[name{a.NAS, a.SessionID}]
		if s == nil {
			t.Errorf("session %s/%s was answered and is not there", a.NAS, a.SessionID)
			continue
		}
		delete(stored, name{a.NAS, a.SessionID})
		if s.RecordUp+s.PendingUp != a.Uplink || s.RecordDown+s.PendingDown != a.Downlink {
			t.Errorf("session %s/%s: acknowledged %d up %d down, records %d and %d, pending %d and %d",
				a.NAS, a.SessionID, a.Uplink, a.Downlink, s.RecordUp, s.RecordDown, s.PendingUp, s.PendingDown)
		}
		if s.Closed {
			closed++
		}
		if s.Closed && (s.RecordUp != a.Uplink || s.RecordDown != a.Downlink) {
			t.Errorf("session %s/%s ended with %d up %d down, its records hold %d and %d",
				a.NAS, a.SessionID, a.Uplink, a.Downlink, s.RecordUp, s.RecordDown)
		}
		if s.Opened != 1 {
			t.Errorf("session %s/%s: %d events say that it opened", a.NAS, a.SessionID, s.Opened)
		}
	}
	for n := range stored {
		t.Errorf("session %s/%s is there and no gateway had it", n.nas, n.session)
	}
	if open := len(acknowledged) - closed; closed < 50 || open < 50 {
		t.Errorf("%d sessions ended and %d stayed open: too few to show anything", closed, open)
	}
}
