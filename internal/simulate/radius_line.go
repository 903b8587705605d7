package simulate

import (
	"context"
	"fmt"

	"layeh.com/radius"
	"layeh.com/radius/rfc2866"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/wire/radius/client"
)

// interimEvery is the time between reports, unless the server wants them more often, µs.
const interimEvery = 10 * clock.Second

// radiusLine is that of a gateway with RADIUS.
type radiusLine struct {
	*actor
	gateway gateway
	session client.Session
	usage   client.Usage
	began   int64 // µs
	every   int64 // time between interim reports, µs
}

func (l *radiusLine) begin(ctx context.Context, now int64) (outcome, int64) {
	s := l.newSession()
	answer, err := l.fleet.auth.Exchange(ctx, client.Access(s))
	if l.fleet.radius.heard(err); err != nil {
		return failed, 0
	}
	if answer.Code != radius.CodeAccessAccept {
		l.fleet.Log.Debug("simulated device refused", "imsi", l.IMSI, "reason", answer.Reason)
		return refused, 0
	}
	s.Address, s.Class = answer.Address, answer.Class
	if !s.Address.IsValid() {
		s.Address = pooled(l.index)
	}
	l.session, l.usage, l.began = s, client.Usage{}, now
	if !l.send(ctx, rfc2866.AcctStatusType_Value_Start) {
		return failed, 0
	}
	l.every = interimEvery
	if answer.Interim > 0 {
		l.every = min(l.every, answer.Interim*clock.Second)
	}
	return connected, now + l.every
}

// report sends an interim report, now and then after the device has moved, now and then twice.
func (l *radiusLine) report(ctx context.Context, now int64) int64 {
	l.use()
	if l.move(0.02, 0.04) {
		l.locate(&l.session)
	}
	if !l.chance(0.02) || !l.sendTwice(ctx) {
		l.send(ctx, rfc2866.AcctStatusType_Value_InterimUpdate) // when it is lost, the next one says more
	}
	return now + l.every
}

func (l *radiusLine) stop(ctx context.Context) {
	l.use()
	l.send(ctx, rfc2866.AcctStatusType_Value_Stop)
}

func (l *radiusLine) lose() {}

// use adds what the device sent and received since the last report.
func (l *radiusLine) use() {
	l.usage.Uplink += l.volume(20_000)
	l.usage.Downlink += l.volume(80_000)
}

// send sends a report and tells whether it was answered.
func (l *radiusLine) send(ctx context.Context, status rfc2866.AcctStatusType) bool {
	l.stamp()
	_, err := l.fleet.acct.Exchange(ctx, client.Accounting(status, l.session, l.usage))
	l.fleet.radius.heard(err)
	return err == nil
}

func (l *radiusLine) stamp() {
	l.usage.At = l.fleet.Clock.Now()
	l.usage.Seconds = max(0, l.usage.At.UnixMicro()-l.began) / clock.Second
}

// newSession is what the gateway sends when the device comes.
func (l *radiusLine) newSession() client.Session {
	number := l.fleet.sessions.Add(1)
	s := client.Session{
		IMSI: l.IMSI, IMEISV: l.IMEISV, MSISDN: l.MSISDN, APN: l.APN, ChargingID: number,
		SessionID: fmt.Sprintf("%x%08x", l.fleet.began/clock.Second, number),
		NAS:       l.gateway.name, NASAddress: l.gateway.address, GGSN: l.gateway.user, NSAPI: 5,
	}
	l.locate(&s)
	return s
}

// locate tells where the device is.
func (l *radiusLine) locate(s *client.Session) {
	s.PLMN, s.RAT, s.SGSN, s.Location = l.plmn, l.rat, serving(l.plmn), l.cell()
}
