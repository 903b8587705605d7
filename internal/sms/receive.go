package sms

import (
	"errors"
	"fmt"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/event"
)

// Sent is an SMS that a device has sent: its text or octets as they came.
type Sent struct {
	Destination, Payload, UDH string
	DCS, PID                  int64
}

// shortNumber is the most digits of a destination that is a customer's own service; longer ones are other subscribers.
const shortNumber = 7

// What a device may send to other subscribers.
const (
	peerMost   = 5   // SMS within peerWindow of the first one
	peerWindow = day // µs
)

// Receive keeps an SMS that a device has sent, and sees to where it goes: a short number is the customer's service, which is
// told over HTTP where the service profile says so; a longer one is another subscriber, if the profile lets the device reach
// that. One that goes nowhere is Failed. tx holds the head of the organisation.
func Receive(tx *db.Tx, now int64, w Waiting, s Sent) error {
	d, err := loadDevice(tx, w.Organisation, w.Endpoint)
	if err != nil {
		return err
	}
	m := row{
		id: tx.Head(w.Organisation).NextID(), endpoint: w.Endpoint, fromDevice: true, status: Delivered, sim: d.sim, iccid: d.iccid, imsi: d.imsi,
		msisdn: d.msisdn, source: d.msisdn, sourceType: International, destination: s.Destination, payload: s.Payload, udh: s.UDH, dcs: s.DCS,
		pid: s.PID, msc: w.PLMN, submitted: now, expiry: now + day, delivered: now, final: now, tried: now,
	}
	if len(s.Destination) > shortNumber {
		if err := d.reach(tx, now, &m); err != nil {
			return err
		}
		return m.insert(tx, w.Organisation)
	}
	told, err := isTold(tx, w.Organisation, w.Endpoint)
	if told {
		m.due = now
	}
	return errors.Join(err, m.insert(tx, w.Organisation))
}

// reach hands an SMS on to another subscriber: one of the organisation's own gets it, any other is the network's to find.
func (d device) reach(tx *db.Tx, now int64, m *row) error {
	fail := func(why string) error {
		m.status, m.delivered = Failed, 0
		return event.Append(tx, now, event.Event{
			Organisation: d.organisation, Time: now, Type: event.SessionControl, Endpoint: d.endpoint, SIM: d.sim,
			Description: fmt.Sprintf("SMS %d to another subscriber was not sent: %s.", m.id, why),
		})
	}
	within, outside, err := d.mayReach(tx)
	if err != nil {
		return err
	}
	peer, err := subscriber(tx, d.organisation, m.destination)
	switch {
	case err != nil:
		return err
	case peer == nil && !outside:
		return fail("the service profile does not have sms_p2p_ext")
	case peer != nil && !within:
		return fail("the service profile does not have sms_p2p_int")
	}
	sent, err := d.countPeers(tx, now, m)
	switch {
	case err != nil:
		return err
	case sent >= peerMost:
		return fail(fmt.Sprintf("there were %d within 24 hours", peerMost))
	case peer == nil:
		return nil
	}
	if shut := peer.gate(tx, now); shut != nil {
		return fail(shut.Error())
	}
	forwarded := row{
		id: tx.Head(d.organisation).NextID(), endpoint: peer.endpoint, status: Buffered, sim: peer.sim, iccid: peer.iccid, imsi: peer.imsi,
		msisdn: peer.msisdn, source: m.source, sourceType: International, destination: m.destination, payload: m.payload, udh: m.udh, dcs: m.dcs,
		pid: m.pid, submitted: now, expiry: now + day,
	}
	return forwarded.insert(tx, d.organisation)
}

// mayReach says whom the service profile lets the device send SMS to: endpoints of the organisation, and anybody else.
func (d device) mayReach(q db.Queryer) (within, outside bool, err error) {
	err = q.Each(func(r *db.Row) { within, outside = r.Bool(), r.Bool() }, `SELECT p.sms_p2p_int, p.sms_p2p_ext FROM endpoint e
		JOIN service_profile p ON p.organisation_id = e.organisation_id AND p.id = e.service_profile_id
		WHERE e.organisation_id = $1 AND e.id = $2`, d.organisation, d.endpoint)
	if err != nil {
		return false, false, fmt.Errorf("read whom a device may send SMS to: %w", err)
	}
	return within, outside, nil
}

// subscriber finds the endpoint of an organisation that has a number; nil when none has.
func subscriber(q db.Queryer, organisation int64, number string) (*device, error) {
	ids, err := db.All(q, db.Int, `SELECT e.id FROM sim_identity n JOIN endpoint e ON e.organisation_id = n.organisation_id AND e.sim_id = n.sim_id
		WHERE n.organisation_id = $1 AND n.msisdn = $2 AND e.status_id <> 2`, organisation, number)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	d, err := loadDevice(q, organisation, ids[0])
	return &d, err
}

// countPeers counts what the device has sent to other subscribers in the 24 hours that began with the first of them, and notes
// where these began.
func (d device) countPeers(q db.Queryer, now int64, m *row) (sent int64, err error) {
	m.peerWindow = now
	err = q.Each(func(r *db.Row) {
		if began, n := r.Int(), r.Int(); began > now-peerWindow {
			m.peerWindow, sent = began, n
		}
	}, `SELECT peer_window, COUNT(*) FROM sms WHERE organisation_id = $1 AND endpoint_id = $2 AND from_device AND peer_window =
			(SELECT MAX(peer_window) FROM sms WHERE organisation_id = $1 AND endpoint_id = $2 AND from_device) AND peer_window > 0
		GROUP BY peer_window`, d.organisation, d.endpoint)
	if err != nil {
		return 0, fmt.Errorf("count SMS to other subscribers: %w", err)
	}
	return sent, nil
}
