package usage

import (
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/session"
)

// learnDevice notes in the endpoint which device its SIM is in: the one that was seen first when the SIM is locked to it,
// else the one seen last. What the endpoint says decides, not what is remembered of it.
func (w *work) learnDevice(sub *subscriber, s *session.Session) {
	if s.IMEISV == "" || imeisvOf(s.IMEISV) == sub.imei || sub.endpoint == 0 || sub.imeiLock && sub.imei != "" {
		return
	}
	if sub.imeiLock {
		changed, err := w.tx.Exec(`UPDATE endpoint SET imei = $1 WHERE organisation_id = $2 AND id = $3 AND imei = ''`,
			imeisvOf(s.IMEISV), sub.organisation, sub.endpoint)
		if err != nil || changed == 0 {
			return // an error ends the transaction at its next statement
		}
	}
	known := *w.subscribers[sub.imsi] // the one in memory is shared, and the SIM may have been activated by its use just now
	known.imei = imeisvOf(s.IMEISV)
	w.subscribers[sub.imsi] = &known
	w.learnt = append(w.learnt, &known)
}

var storeDevice = db.NewUpdate("endpoint", "organisation_id bigint, id bigint", "imei text")

// storeDevices writes the devices that were seen last, one for each endpoint.
func storeDevices(tx *db.Tx, learnt []*subscriber) error {
	last := make(map[holder]string, len(learnt))
	for _, sub := range learnt {
		last[holder{sub.organisation, sub.endpoint}] = sub.imei
	}
	rows := storeDevice.New()
	for endpoint, imei := range last {
		rows.Int(endpoint.organisation, endpoint.id).Text(imei)
	}
	return tx.Insert(rows)
}

// imeisvOf makes an IMEISV of 16 digits of an IMEI of 14 or 15, whose software version is not known.
func imeisvOf(digits string) string {
	if len(digits) == serial || len(digits) == serial+1 {
		return digits[:serial] + "00"
	}
	return digits
}

// remember takes over what a transaction has learnt about devices, unless something newer is known.
func (c *subscribers) remember(learnt []*subscriber) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range learnt {
		if old := c.byIMSI[s.imsi]; old != nil && old.version == s.version {
			c.byIMSI[s.imsi] = s
		}
	}
}
