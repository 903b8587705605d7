package usage

import (
	"crypto/sha256"
	"encoding/binary"
	"strconv"

	"github.com/simstead/simstead/internal/balance"
	"github.com/simstead/simstead/internal/charging"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/quota"
	"github.com/simstead/simstead/internal/rating"
	"github.com/simstead/simstead/internal/record"
	"github.com/simstead/simstead/internal/session"
)

// eventKey names a request that belongs to no session, or to one that was refused.
type eventKey struct{ organisation, high, low int64 }

func keyOfRequest(organisation int64, c *Credit) eventKey {
	sum := sha256.Sum256([]byte(c.NAS + "\x00" + c.SessionID + "\x00" + strconv.FormatInt(c.Number, 10)))
	return eventKey{organisation, int64(binary.BigEndian.Uint64(sum[:8])), int64(binary.BigEndian.Uint64(sum[8:16]))}
}

// rememberedAnswer is kept for an hour at least, so that a repeated request gets it again.
type rememberedAnswer struct {
	eventKey
	text string
}

var (
	lookupAnswer = db.NewLookup("k_organisation bigint, k_hour bigint, k_high bigint, k_low bigint", `SELECT result FROM credit_event
		WHERE organisation_id = $1 AND hour = $2 AND key_high = $3 AND key_low = $4`)
	insertAnswer = db.NewInsert("credit_event", "organisation_id bigint, hour bigint, key_high bigint, key_low bigint, result text", "")
)

func storeAnswers(tx *db.Tx, now int64, list []rememberedAnswer) error {
	rows := insertAnswer.New()
	for _, a := range list {
		rows.Int(a.organisation, now/clock.Hour, a.high, a.low).Text(a.text)
	}
	return tx.Insert(rows)
}

// recall finds the answer that a request got before.
func (w *work) recall(c *Credit) (Answer, bool) {
	text, known := w.answered[c.key]
	if !known {
		return Answer{}, false
	}
	return answerOf(text, c), true
}

func (w *work) remember(c *Credit, a Answer) {
	text := a.text()
	w.answered[c.key] = text
	w.remembered = append(w.remembered, rememberedAnswer{c.key, text})
}

// takeEvent is a request outside of any session: what it reports is charged at once, what it asks for only if all of it may
// be used.
func (w *work) takeEvent(sub *subscriber, c *Credit) (Answer, error) {
	if a, known := w.recall(c); known {
		w.flow.Counters.Repeats.Add(1)
		return a, nil
	}
	up, down, err := c.used()
	if err != nil {
		return Answer{}, err
	}
	asked := int64(0)
	for _, service := range c.Services {
		asked += service.asks()
	}
	a, err := w.event(sub, c, up, down, asked)
	if err == nil && !c.Enquiry {
		w.remember(c, a)
	}
	return a, err
}

// asks is what a service of a one-time request wants to be debited: nothing where it reports what was used.
func (s Service) asks() int64 {
	if !s.Requests || s.Up+s.Down > 0 {
		return 0
	}
	return max(s.Requested, 0)
}

// event decides on a one-time request and charges it.
func (w *work) event(sub *subscriber, c *Credit, up, down, asked int64) (Answer, error) {
	if c.Refund {
		return answerAll(c, NotApplicable, "amounts are given back through the balance"), nil
	}
	service := dataService
	if c.SMS {
		service = charging.ServiceOf(!c.Incoming)
	}
	s := w.loose(sub, c.Report)
	why := w.flow.admissible(w.catalogue, sub, service, place{operator: s.Operator, rat: s.RAT, apn: s.APN, imeisv: s.IMEISV}, c.at())
	if err := w.ready(sub, c.at()); err != nil {
		return Answer{}, err
	}
	if !why.closed() {
		why = judged(w.verdict(sub, service, s.RAT))
	}
	if !why.closed() && asked > 0 && !w.affords(sub, s, service, c.at(), asked) {
		why = refusal{LimitReached, "what is left is not enough"}
	}
	if why.closed() && up+down == 0 {
		w.flow.Counters.Refused.Add(1)
		return answerAll(c, why.result, why.reason), nil
	}
	if !c.Enquiry {
		switch {
		case why.closed():
		case c.SMS && !c.Incoming:
			up += asked
		default:
			down += asked
		}
		if err := w.chargeEvent(sub, s, c, service, up, down); err != nil {
			return Answer{}, err
		}
	}
	if why.result == NotRated { // it is recorded without a price, and the gateway must know
		return answerAll(c, why.result, why.reason), nil
	}
	a := answerAll(c, Granted, "")
	for i, service := range c.Services {
		if service.asks() > 0 && !why.closed() {
			a.Services[i].Units = service.Requested
		}
	}
	return a, nil
}

// loose is a session that is not stored: it carries the line and the slice of a one-time request.
func (w *work) loose(sub *subscriber, r Report) *session.Session {
	s := &session.Session{
		Key: keyOf(sub, r), ChargingID: r.ChargingID, SIM: sub.sim, IMSIID: sub.imsiID, IMSI: sub.imsi, Started: r.at(), Seen: r.at(),
		SliceStarted: r.at(), APN: r.APN, IMEISV: r.IMEISV, UEAddress: address(r.UEAddress),
	}
	w.looseSession = s
	charging.Enter(s, w.slice(sub, s, r))
	return s
}

// affords reports whether all that is asked for may be used, and paid for.
func (w *work) affords(sub *subscriber, s *session.Session, service, at, asked int64) bool {
	means := w.means(sub, s)
	if service == dataService {
		return asked <= min(means.Bytes, charging.Affordable(s.Line, means.Money, means.Pool))
	}
	if sub.terms.Counted() && asked > sub.terms.LeftSMS(w.account(sub), service, w.now) {
		return false
	}
	rate, ok := w.flow.rate(w.catalogue, sub, s.Operator, service, at)
	if !ok || means.Money >= balance.Unlimited {
		return true
	}
	cost, err := rating.Price{Rate: rate.Rate, Block: 1, Unit: rating.PerPiece}.Cost(asked, 0)
	return err == nil && cost <= means.Money
}

// chargeEvent charges a one-time use and records it.
func (w *work) chargeEvent(sub *subscriber, s *session.Session, c *Credit, service, up, down int64) error {
	if up+down == 0 {
		return nil
	}
	if !c.SMS {
		if err := w.use(sub, s, c.at(), up, down); err != nil {
			return err
		}
		w.cut(s, c.at())
		w.tellNotices(s)
		return nil
	}
	return w.useSMS(sub, s, c.at(), service, up, down)
}

// useSMS charges SMS: up was sent by the device, down went to it.
func (w *work) useSMS(sub *subscriber, s *session.Session, at, service, up, down int64) error {
	r := record.Record{
		Organisation: s.Organisation, Endpoint: s.Endpoint, SIM: s.SIM, IMSI: s.IMSIID, Start: at, End: at, TrafficType: record.SMS,
		Operator: s.Operator, RAT: s.RAT, PLMN: s.PLMN, Currency: sub.currency, BillingMonth: month(sub, at), VolumeTx: up, VolumeRx: down,
		TariffProfile: sub.tariffProfile, IMEI: s.IMEISV, IPAddress: s.UEAddress,
	}
	if rate, ok := w.flow.rate(w.catalogue, sub, s.Operator, service, at); ok {
		r.Tariff, r.Ratezone, r.Currency, r.Rate, r.Block, r.Rated = sub.tariff, rate.Ratezone, rate.Currency, rate.Rate, 1, true
		cost, err := rating.Price{Rate: rate.Rate, Block: 1, Unit: rating.PerPiece}.Cost(up+down, 0)
		if err != nil {
			return err
		}
		r.Cost = cost
	}
	if sub.terms.Prepaid && r.Cost > 0 {
		if b := w.balance(sub); b != nil && b.Currency == r.Currency {
			b.Debit(r.Cost, w.now)
			r.Debited = r.Cost
		}
	}
	w.takeQuota(sub, at, quota.SMS, up+down)
	w.takeLimits(sub, at, service, up+down, s.RAT == charging.SatelliteRAT)
	w.spend(sub, at, r.Currency, r.BillingMonth, r.Cost)
	if sub.inFactoryTest() {
		if err := w.test(sub, at, 0, up+down); err != nil {
			return err
		}
	}
	currency := r.Currency
	if !r.Rated {
		currency = 0
	}
	w.countDay(sub, s, record.SMS, currency, at, up, down, r.Cost)
	r.Balance, r.Country = w.balanceOf(s), countryOf(w.catalogue, r.Operator)
	w.records.Add(w.tx, w.now, r)
	w.counts.records++
	w.tellNotices(s)
	return nil
}
