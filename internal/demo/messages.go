package demo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/simstead/simstead/internal/app"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/sms"
	"github.com/simstead/simstead/internal/usage"
)

// messages plays the message centre: devices that are online get the SMS that wait for them, and one in three answers.
type messages struct {
	app *app.App
}

const (
	lookEvery = time.Second
	atOnce    = 50
	service   = "4477" // the number that devices answer to when the SMS came from none
)

func (m messages) run(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		if err := m.deliver(ctx); err != nil && ctx.Err() == nil {
			m.app.Log.Error("SMS could not be delivered", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (m messages) deliver(ctx context.Context) error {
	var waiting []sms.Waiting
	err := m.app.DB.Read(ctx, func(q db.Queryer) (err error) {
		waiting, err = sms.ListWaiting(q, m.app.Clock.Micros(), atOnce)
		return err
	})
	seen := map[int64]bool{} // a device may have two sessions
	for _, w := range waiting {
		if err == nil && !seen[w.ID] {
			seen[w.ID] = true
			err = m.one(ctx, w)
		}
	}
	return err
}

// one charges an SMS, as the core's message centre would ask for it, and says what became of it. A charge that is asked for
// again, because the program ended in between, is not made again.
func (m messages) one(ctx context.Context, w sms.Waiting) error {
	result, err := m.charge(ctx, w, fmt.Sprintf("sms-%d", w.ID), true)
	if err != nil || result == usage.Busy {
		return err
	}
	status := sms.Failed
	if result == usage.Granted || result == usage.NotRated {
		status = sms.Delivered
	}
	err = m.app.DB.Write(ctx, []int64{w.Organisation}, func(tx *db.Tx) error { return w.Finish(tx, m.app.Clock.Micros(), status) })
	if err != nil || status != sms.Delivered || rand.IntN(3) > 0 {
		return err
	}
	return m.reply(ctx, w)
}

// reply makes the device answer.
func (m messages) reply(ctx context.Context, w sms.Waiting) error {
	result, err := m.charge(ctx, w, fmt.Sprintf("sms-%d-reply", w.ID), false)
	if err != nil || result != usage.Granted {
		return err
	}
	to := w.Source
	if to == "" {
		to = service
	}
	return m.app.DB.Write(ctx, []int64{w.Organisation}, func(tx *db.Tx) error {
		return sms.Receive(tx, m.app.Clock.Micros(), w, sms.Sent{Destination: to, Payload: "OK"})
	})
}

func (m messages) charge(ctx context.Context, w sms.Waiting, id string, toDevice bool) (usage.Result, error) {
	answers := make(chan usage.Answer, 1)
	taken := m.app.Flow.Credit(usage.Credit{
		Report: usage.Report{
			Protocol: usage.Gy, NAS: "smsc.demo", SessionID: id, ChargingID: usage.Absent, IMSI: w.IMSI, IMEISV: w.IMEISV, PLMN: w.PLMN,
			RAT: w.RAT, Time: -1, Received: m.app.Clock.Micros(),
		},
		Type: usage.Event, SMS: true, Incoming: toDevice,
		Services: []usage.Service{{RatingGroup: usage.Absent, ServiceID: usage.Absent, Requests: true, Requested: 1}},
	}, func(a usage.Answer) { answers <- a })
	if !taken {
		return usage.Busy, nil
	}
	select {
	case a := <-answers:
		return a.Result, nil
	case <-ctx.Done():
		return usage.Busy, ctx.Err()
	}
}
