package simulate

import (
	"context"
	"errors"
	"net/netip"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/wire/diameter/client"
)

// creditLine is that of an SMF with Gy and Gx, in the way of Open5GS: the device uses what it is granted, and the SMF asks
// for more when that is used up or not valid any more.
type creditLine struct {
	*actor
	bearer *client.Bearer
}

// trafficEvery is the time between two looks at what a device sends and receives, µs.
const trafficEvery = 5 * clock.Second

func (l *creditLine) begin(ctx context.Context, now int64) (outcome, int64) {
	l.bearer = &client.Bearer{Client: l.fleet.smf, RatingGroup: client.Absent, Session: client.Session{
		IMSI: l.IMSI, MSISDN: l.MSISDN, IMEISV: l.IMEISV, APN: l.APN, ChargingID: l.fleet.sessions.Add(1), Address: pooled(l.index),
		GGSN: netip.AddrFrom4([4]byte{10, 255, gateways + 1, 1}), TimeZone: []byte{0x40, 0},
	}}
	l.locate(&l.bearer.Session)
	err := l.bearer.Start(ctx)
	var refusal *client.RefusedError
	switch {
	case err == nil:
		return connected, l.next(now)
	case errors.As(err, &refusal):
		l.fleet.Log.Debug("simulated device refused", "imsi", l.IMSI, "error", err)
		return refused, 0
	}
	return failed, 0
}

// report lets the device use the network, now and then after it has moved; what is due is reported on the way. Now and
// then the SMF misses an answer and asks once more.
func (l *creditLine) report(ctx context.Context, now int64) int64 {
	if l.move(0.02, 0.04) {
		l.bearer.Move(l.locate)
	}
	if !l.use(ctx) {
		return 0
	}
	if l.chance(0.02) {
		if same, err := l.bearer.Repeat(ctx); err == nil && !same {
			l.fleet.Log.Error("a repeated request has got another answer", "imsi", l.IMSI)
		}
	}
	return l.next(now)
}

// use reports whether the session goes on.
func (l *creditLine) use(ctx context.Context) bool {
	_, err := l.bearer.Carry(ctx, l.volume(10_000), l.volume(40_000))
	return err == nil && !l.bearer.Ended()
}

// next is when the SMF looks again: at the end of the grant's validity, if that comes first.
func (l *creditLine) next(now int64) int64 { return min(now+trafficEvery, l.bearer.Due()) }

func (l *creditLine) stop(ctx context.Context) {
	if l.use(ctx) {
		_ = l.bearer.Stop(ctx) // without an answer it is over as well
	}
}

func (l *creditLine) lose() { l.bearer.Forget() }

// locate tells where the device is.
func (l *creditLine) locate(s *client.Session) {
	s.PLMN, s.RAT, s.SGSN, s.Location = l.plmn, byte(l.rat), serving(l.plmn), l.cell()
}
