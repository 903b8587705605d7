package simulate

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/wire/radius/client"
)

// Load reports the usage of many devices as fast as the server answers, or at a rate. It first connects every device,
// then measures, then ends the sessions. Set the fields, then Run.
type Load struct {
	AuthAddr, AcctAddr string // host:port
	Secret             string
	IMSIs              []string // one device each; see Sequence
	APN, PLMN          string   // not sent when empty
	NAS                string   // NAS-Identifier, "load-1" when empty

	Rate     float64       // reports per second; 0: as fast as they are answered (closed loop)
	InFlight int           // most requests under way; 0: 256, or what the sockets can carry when there is a rate
	Sockets  int           // for accounting, 256 requests each; 0: 4
	For      time.Duration // how long to measure; 0: until the context ends

	Bytes       int64 // a report adds, a quarter of them uplink; 0: 120,000
	Interims    int   // reports between Start and Stop of a session; 0: one session to the end
	RecordEvery bool  // session time goes a minute forward with each report, so that each makes a usage record
	Leave       bool  // leaves the sessions open at the end
	Account     bool  // lists every session in the result, to compare with what the platform counted

	Progress func(Snapshot) // called once a second while measuring; nil for none
	Clock    clock.Clock
}

// What each report of a Load with RecordEvery adds at least, to be over what makes the platform cut a record: 45 s of
// session time and 100 kB.
const (
	recordSeconds = 60
	recordBytes   = 100_004
)

const (
	idsPerSocket = 256             // requests under way: the identifier is one octet
	lateLoad     = 5 * time.Second // for answers and Stops once the context has ended
)

func (l Load) withDefaults() Load {
	if l.NAS == "" {
		l.NAS = "load-1"
	}
	if l.Sockets <= 0 {
		l.Sockets = 4
	}
	if l.InFlight <= 0 {
		l.InFlight = 256
		if l.Rate > 0 {
			l.InFlight = l.Sockets * idsPerSocket
		}
	}
	l.InFlight = min(l.InFlight, l.Sockets*idsPerSocket, len(l.IMSIs))
	if l.Bytes <= 0 {
		l.Bytes = 120_000
	}
	if l.RecordEvery {
		l.Bytes = max(l.Bytes, recordBytes)
	}
	return l
}

// Run returns what was measured, also when the context ended it early. There is an error only when it could not begin.
func (l Load) Run(ctx context.Context) (Result, error) {
	if len(l.IMSIs) == 0 {
		return Result{}, errors.New("simulate load: no devices")
	}
	if l.Rate < 0 {
		return Result{}, errors.New("simulate load: the rate is negative")
	}
	l = l.withDefaults()
	auth, err := client.Dial(l.AuthAddr, []byte(l.Secret), 1)
	if err != nil {
		return Result{}, err
	}
	defer auth.Close()
	acct, err := client.Dial(l.AcctAddr, []byte(l.Secret), l.Sockets)
	if err != nil {
		return Result{}, err
	}
	defer acct.Close()
	work, release := outlive(ctx, lateLoad)
	defer release()
	return newRun(l, auth, acct).all(ctx, work)
}

// Sequence returns n IMSIs that follow one another.
func Sequence(first string, n int) ([]string, error) {
	number, err := strconv.ParseInt(first, 10, 64)
	if err != nil || number < 0 || len(first) < 6 || len(first) > 15 {
		return nil, fmt.Errorf("first IMSI %q has not 6 to 15 digits", first)
	}
	if n < 1 {
		return nil, fmt.Errorf("%d devices", n)
	}
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("%0*d", len(first), number+int64(i))
	}
	if len(list[n-1]) > len(first) {
		return nil, fmt.Errorf("%d IMSIs from %s on have too many digits", n, first)
	}
	return list, nil
}

// outlive returns a context that ends a while after its parent.
func outlive(ctx context.Context, by time.Duration) (work context.Context, release func()) {
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		timer := time.NewTimer(by)
		defer timer.Stop()
		select {
		case <-timer.C:
			cancel()
		case <-work.Done():
		}
	})
	return work, func() { stop(); cancel() }
}
