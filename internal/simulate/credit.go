package simulate

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/wire/diameter/client"
)

// CreditMode is what a CreditLoad asks for.
type CreditMode uint8

// The modes.
const (
	Sessions CreditMode = iota // one session after the other: Initiate, Updates, Terminate
	Events                     // one direct debit after the other, without a session
)

// CreditLoad asks an online charging system for credit over Diameter Gy, on behalf of many devices, as fast as it answers
// or at a rate. A device obeys: it uses what it is granted, and its session ends with the final unit or a refusal. Set the
// fields, then Run.
type CreditLoad struct {
	Addr      string // host:port
	Host      string // the gateways are called Host-1.Realm, Host-2.Realm, ...; "load" when empty
	Realm     string // of both sides; "localdomain" when empty
	Peers     int    // connections, each of a gateway of its own; 0: 1
	IMSIs     []string
	APN, PLMN string
	Strict    bool // speaks by the standard, with Rating-Group 1; else like Open5GS

	Mode     CreditMode
	Rate     float64       // requests per second; 0: as fast as they are answered (closed loop)
	InFlight int           // most requests under way; 0: 256
	For      time.Duration // how long to measure; 0: until the context ends

	Bytes   int64 // that an event asks for, or a report tells if as much is granted; a quarter of them uplink; 0: 250,500
	Updates int   // of each session; its end reports as well
	Gx      bool  // opens and closes each session on Gx, too
	Repeat  int   // how often each request is sent, from the second time on with the T flag; 0: once
	Tries   int   // how often a request is sent at most until it is answered, over one connection after the other; 0: 3
	Account bool  // adds up the use of each device in the result, to compare with what the platform counted

	Progress func(Snapshot) // called once a second while measuring; nil for none
	Clock    clock.Clock
	Log      *slog.Logger // nil for none
}

func (l CreditLoad) withDefaults() CreditLoad {
	orText := func(v *string, otherwise string) {
		if *v == "" {
			*v = otherwise
		}
	}
	orText(&l.Host, "load")
	orText(&l.Realm, "localdomain")
	l.Peers, l.Repeat = max(1, l.Peers), max(1, l.Repeat)
	if l.InFlight <= 0 {
		l.InFlight = 256
	}
	l.InFlight = min(l.InFlight, len(l.IMSIs))
	if l.Bytes <= 0 {
		l.Bytes = 250_500
	}
	if l.Log == nil {
		l.Log = slog.New(slog.DiscardHandler)
	}
	return l
}

// Run returns what was measured, also when the context ended it early. There is an error only when it could not begin.
// Sessions that are open at the end are ended, which does not count any more.
func (l CreditLoad) Run(ctx context.Context) (CreditResult, error) {
	switch {
	case len(l.IMSIs) == 0:
		return CreditResult{}, errors.New("simulate credit load: no devices")
	case l.Rate < 0 || l.Updates < 0:
		return CreditResult{}, errors.New("simulate credit load: the rate or the number of updates is negative")
	}
	l = l.withDefaults()
	work, release := outlive(ctx, lateLoad)
	defer release()
	r := newCreditRun(l)
	defer r.disconnect()
	for i := range l.Peers {
		c := &client.Client{
			OriginHost: fmt.Sprintf("%s-%d.%s", l.Host, i+1, l.Realm), OriginRealm: l.Realm, DestinationRealm: l.Realm,
			Strict: l.Strict, Tries: l.Tries, Clock: l.Clock, Log: l.Log,
		}
		if err := r.connect(ctx, work, c); err != nil {
			return CreditResult{}, err
		}
	}
	return r.all(ctx, work), nil
}
